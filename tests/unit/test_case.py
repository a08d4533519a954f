"""The case schema, its loading, and the one-line errors of bad input."""

import pickle
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from solver.case import Case, CaseError, ExpressionCharge, MeshSize, PiecewiseCharge, Sweep
from solver.loading import load_case

TEXT = """\
title: A cone
geometry:
  type: cone
  length: 1 um
  radius_tip: 5 nm
  radius_base: 50 nm
  reservoirs: {length: 0.5 um, radius: 0.5 um}
electrolyte:
  species: {K: , Cl: {}}
  concentration: 10 mM
terminals:
  base: {potential: 1 V}
walls:
  channel:
    surface_charge: -20 mC/m^2
study:
  type: sweep
  parameter: terminals.base.potential
  range: {start: -1 V, stop: 1 V, points: 41}
"""


def write(folder: Path, *changes: tuple[str, str]) -> Path:
    text = TEXT
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (folder / "case.yaml").write_text(text)
    return folder


def load(folder: Path, *changes: tuple[str, str], overrides: list[str] | None = None) -> Case:
    return load_case(write(folder, *changes), overrides or [])


# ------------------------------------------------------------------------------------------------ good input
def test_defaults_are_filled_in(tmp_path: Path) -> None:
    case = load(tmp_path)
    assert list(case.terminals) == ["base", "tip"]
    assert list(case.walls) == ["channel", "membrane"]
    assert case.terminals["tip"].potential == 0.0
    assert case.bulk("tip") == {"K": 10.0, "Cl": 10.0}
    assert case.electrolyte.species["K"].diffusivity == 1.957e-9
    assert case.electrolyte.viscosity == 0.89e-3
    assert case.walls["membrane"].extreme_charge == 0.0
    assert case.directory == tmp_path
    assert case.name == tmp_path.name
    assert case.driven_terminal == "base"
    assert case.solution("tip").debye_length == pytest.approx(9.619830e-9 / np.sqrt(10.0), rel=1e-6)


def test_dump_loads_again(tmp_path: Path) -> None:
    dump = load(tmp_path).model_dump(mode="json")
    assert Case.model_validate(dump).model_dump(mode="json") == dump
    assert dump["electrolyte"]["species"]["Cl"]["valence"] == -1
    assert dump["mesh"]["wall_size"] == "0.3 debye_length"
    import json

    again = tmp_path / "again"
    again.mkdir()
    (again / "case.yaml").write_text(json.dumps(dump))  # YAML contains JSON
    assert load_case(again).model_dump(mode="json") == dump


def test_pickles(tmp_path: Path) -> None:
    case = load(tmp_path)
    assert pickle.loads(pickle.dumps(case)) == case


def test_overrides_use_the_same_validation(tmp_path: Path) -> None:
    case = load(
        tmp_path,
        overrides=["terminals.tip.potential=0.5 V", "study={type: steady}", "mesh.refinement=2", "title=other"],
    )
    assert case.terminals["tip"].potential == 0.5
    assert case.mesh.refinement == 2
    assert case.title == "other"
    assert case.study.type == "steady"


def test_relative_and_direct_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "device"
    folder.mkdir()
    write(folder)
    monkeypatch.chdir(tmp_path)
    assert load_case("device").name == "device"
    assert load_case(Path("device/case.yaml")).directory == Path("device")
    monkeypatch.chdir(folder)
    assert load_case(".").name == "device"


@pytest.mark.parametrize(
    ("species", "concentration", "bulk"),
    [
        ("{K: , SO4: }", "1 mM", {"K": 2.0, "SO4": 1.0}),
        ("{La: , Cl: }", "1 mM", {"La": 1.0, "Cl": 3.0}),
        ("{Mg: , SO4: }", "2 mM", {"Mg": 2.0, "SO4": 2.0}),
        (
            "{K: {stoichiometry: 1}, Na: {stoichiometry: 1}, Cl: {stoichiometry: 2}}",
            "3 mM",
            {"K": 3.0, "Na": 3.0, "Cl": 6.0},
        ),
    ],
)
def test_salts(tmp_path: Path, species: str, concentration: str, bulk: dict[str, float]) -> None:
    case = load(tmp_path, ("{K: , Cl: {}}", species), ("10 mM", concentration))
    assert case.bulk("base") == bulk


def test_own_species(tmp_path: Path) -> None:
    case = load(tmp_path, ("K: , Cl: {}", "A: {valence: 2, diffusivity: 1e-9}, B: {valence: -1, diffusivity: 2e-9}"))
    assert case.bulk("tip") == {"A": 10.0, "B": 20.0}


def test_every_terminal_its_own_concentrations(tmp_path: Path) -> None:
    base = "base: {potential: 1 V, concentrations: {K: 1 mM, Cl: 1 mM}}\n  tip: {concentration: 5 mM}"
    case = load(tmp_path, ("base: {potential: 1 V}", base), ("  concentration: 10 mM\n", ""))
    assert case.bulk("base") == {"K": 1.0, "Cl": 1.0}
    assert case.bulk("tip") == {"K": 5.0, "Cl": 5.0}


def test_driven_terminal(tmp_path: Path) -> None:
    steady = "study={type: steady}"
    assert load(tmp_path, overrides=[steady]).driven_terminal == "base"
    zero = "terminals.base.potential=0"
    assert load(tmp_path, overrides=[steady, zero]).driven_terminal == "base"
    assert load(tmp_path, overrides=[steady, zero, "terminals.tip.pressure=1 bar"]).driven_terminal == "tip"
    assert load(tmp_path, overrides=["study.driven_terminal=tip"]).driven_terminal == "tip"
    outer = "study.outer={parameter: terminals.tip.potential, values: [0, 1]}"
    other = "study.parameter=electrolyte.concentration"
    values = ["study.range=null", "study.values=[1 mM, 10 mM]"]
    assert load(tmp_path, overrides=[outer, other, *values]).driven_terminal == "tip"


# ------------------------------------------------------------------------------------------------ sweeps
def test_symmetric_range_has_exact_zero_and_opposites(tmp_path: Path) -> None:
    [(parameter, values)] = _axes(load(tmp_path))
    assert parameter == "terminals.base.potential"
    assert len(values) == 41
    assert values[20] == 0.0
    assert values[21] == 0.05
    assert all(a == -b for a, b in zip(values, reversed(values), strict=True))


def test_nested_logarithmic_sweep(tmp_path: Path) -> None:
    outer = (
        "{parameter: electrolyte.concentration, range: {start: 0.01 mM, stop: 1 M, points: 6, spacing: logarithmic}}"
    )
    axes = _axes(load(tmp_path, overrides=[f"study.outer={outer}"]))
    assert [axis[0] for axis in axes] == ["electrolyte.concentration", "terminals.base.potential"]
    assert axes[0][1] == [0.01, 0.1, 1.0, 10.0, 100.0, 1000.0]


def test_values_stay_in_their_order(tmp_path: Path) -> None:
    case = load(tmp_path, overrides=["study.range=null", "study.values=[0.2 V, -100 mV, 0.5]"])
    assert _axes(case)[0][1] == [0.2, -0.1, 0.5]
    assert case.model_dump(mode="json")["study"]["values"] == [0.2, -0.1, 0.5]


def _axes(case: Case) -> list[tuple[str, list[float]]]:
    assert isinstance(case.study, Sweep)
    return case.study.axes()


@pytest.mark.parametrize(
    ("parameter", "value", "unit"),
    [
        ("terminals.tip.potential", 0.3, "V"),
        ("terminals.tip.pressure", 1e5, "Pa"),
        ("terminals.base.concentration", 2.0, "mol/m^3"),
        ("walls.channel.surface_charge", -0.05, "C/m^2"),
        ("walls.channel.slip_length", 1e-9, "m"),
        ("geometry.radius_tip", 6e-9, "m"),
        ("geometry.reservoirs.length", 1e-6, "m"),
        ("electrolyte.species.K.diffusivity", 1e-9, "m^2/s"),
        ("electrolyte.temperature", 300.0, "K"),
        ("electrolyte.relative_permittivity", 80.0, ""),
        ("mesh.refinement", 2, ""),
        ("mesh.wall_size", 1e-9, "m"),
        ("solver.tolerance", 1e-8, ""),
    ],
)
def test_with_value(tmp_path: Path, parameter: str, value: float, unit: str) -> None:
    case = load(tmp_path)
    changed: Any = case.with_value(parameter, value)
    assert case.unit(parameter) == unit
    assert changed.directory == case.directory
    for part in parameter.split("."):
        changed = changed[part] if isinstance(changed, dict) else getattr(changed, part)
    assert (changed.metres(1.0) if isinstance(changed, MeshSize) else changed) == pytest.approx(value)


def test_with_value_inside_a_piecewise_charge(tmp_path: Path) -> None:
    case = load(tmp_path, ("-20 mC/m^2", "{type: piecewise, breaks: [0.5 um], values: [20 mC/m^2, -20 mC/m^2]}"))
    changed = case.with_value("walls.channel.surface_charge.values.1", "-5 mC/m^2")
    assert case.unit("walls.channel.surface_charge.breaks.0") == "m"
    assert changed.walls["channel"].surface_charge == PiecewiseCharge(breaks=(5e-7,), values=(0.02, -0.005))


@pytest.mark.parametrize(
    ("parameter", "value", "message"),
    [
        ("terminals.base.potentail", 1.0, "did you mean 'potential'"),
        ("terminals.bse.potential", 1.0, "did you mean 'base'"),
        ("terminals.base", 1.0, "is not a numeric key"),
        ("title", 1.0, "is not a numeric key"),
        ("outputs.checkpoint", 1.0, "is not a numeric key"),
        ("title.x", 1.0, "'title' has no keys below it"),
        ("geometry.radius_tip", 1.0, "is larger than radius_base"),
        ("geometry.radius_tip", "5 V", "is not a quantity in m"),
        ("mesh.refinement", 0.5, "valid integer"),
    ],
)
def test_with_value_refuses(tmp_path: Path, parameter: str, value: float | str, message: str) -> None:
    with pytest.raises(CaseError, match=message):
        load(tmp_path).with_value(parameter, value)


def test_with_value_is_quick(tmp_path: Path) -> None:
    case = load(tmp_path)
    begin = time.perf_counter()
    for i in range(100):
        case.with_value("terminals.base.potential", i / 100)
    assert (time.perf_counter() - begin) / 100 < 2e-3


# ------------------------------------------------------------------------------------------------ charges, mesh sizes
def test_charges(tmp_path: Path) -> None:
    case = load(tmp_path, ("-20 mC/m^2", "{type: expression, formula: '-0.02 * where(s < 0.5, 1, 2*s)'}"))
    charge = case.walls["channel"].surface_charge
    assert isinstance(charge, ExpressionCharge)
    assert charge.evaluate(np.array([0.0, 0.25, 1.0])) == pytest.approx([-0.02, -0.02, -0.04])
    assert case.walls["channel"].extreme_charge == pytest.approx(0.04)
    assert case.charge_at("channel", np.array([0.0, 1e-6])) == pytest.approx([-0.02, -0.04])
    assert case.charge_at("membrane", np.zeros(3)) == pytest.approx([0.0] * 3)
    assert ExpressionCharge(formula="0.01").evaluate(np.zeros(2)) == pytest.approx([0.01, 0.01])
    assert ExpressionCharge(formula="max(sin(pi*s), -s**2)").evaluate(np.array([0.5])) == pytest.approx([1.0])
    pieces = PiecewiseCharge(breaks=(1.0, 2.0), values=(3.0, -4.0, 5.0))
    assert pieces.evaluate(np.array([0.0, 1.0, 1.5, 9.0])) == pytest.approx([3.0, -4.0, -4.0, 5.0])
    assert pieces.extremes == (-4.0, 5.0)


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        ("s +", "is not a formula"),
        ("x", "unknown name 'x'"),
        ("sinn(s)", "did you mean 'sin'"),
        ("min(s)", "takes 2 arguments, not 1"),
        ("1/s", "not finite"),
        ("9**9**9**9", "Result too large|too large|out of range"),
        ("s.real", "is not arithmetic"),
        ("(lambda: 1)()", "is not arithmetic"),
        ("True", "is not arithmetic"),
        ("__import__('os')", "unknown function"),
    ],
)
def test_formulas_are_only_arithmetic(formula: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ExpressionCharge(formula=formula)


def test_mesh_sizes(tmp_path: Path) -> None:
    case = load(tmp_path, overrides=["mesh.wall_size=2 nm", "mesh.corner_size=0.1 debye_length"])
    assert case.mesh.wall_size.metres(5e-9) == pytest.approx(2e-9)
    assert case.mesh.corner_size.metres(5e-9) == pytest.approx(0.5e-9)
    thickness = case.layer_thickness()
    debye, gouy_chapman = case.solution("base").debye_length, 1.7854e-9
    assert thickness == pytest.approx(debye / np.hypot(1.0, debye / gouy_chapman), rel=1e-3)


@pytest.mark.parametrize(("written", "value"), [("0.2 %", 2e-3), ("0.002", 2e-3), (0.002, 2e-3), ("5e-4", 5e-4)])
def test_tolerance(tmp_path: Path, written: str | float, value: float) -> None:
    case = load(tmp_path, overrides=[f"mesh.tolerance={written}", "mesh.goal=rectification_ratio"])
    assert case.mesh.tolerance == pytest.approx(value, rel=1e-15)
    assert Case.model_validate(case.model_dump(mode="json")).mesh == case.mesh
    assert load(tmp_path).mesh.tolerance is None


def test_sensitivities(tmp_path: Path) -> None:
    """Any number of the device, the electrolyte and what is held; the keys stay as written."""
    keys = [
        "walls.channel.surface_charge",
        "terminals.base.potential",
        "terminals.tip.pressure",
        "electrolyte.temperature",
        "electrolyte.species.Cl.diffusivity",
        "geometry.radius_tip",
        "geometry.reservoirs.length",
    ]
    case = load(tmp_path, overrides=[f"outputs.sensitivities=[{', '.join(keys)}]"])
    assert case.outputs.sensitivities == tuple(keys)
    assert case.outputs.errors == "all"
    piecewise = "{type: piecewise, breaks: [0.5 um], values: [20 mC/m^2, -20 mC/m^2]}"
    one = "outputs.sensitivities=[walls.channel.surface_charge.values.1]"
    assert load(tmp_path, ("-20 mC/m^2", piecewise), overrides=[one]).outputs.sensitivities
    with pytest.raises(CaseError, match=r"no derivative by 'walls\.channel\.surface_charge\.breaks\.0'"):
        load(tmp_path, ("-20 mC/m^2", piecewise), overrides=[one.replace("values.1", "breaks.0")])


# ------------------------------------------------------------------------------------------------ bad input
BASE = "base: {potential: 1 V}"
CHARGE = "surface_charge: -20 mC/m^2"
RESERVOIRS = "{length: 0.5 um, radius: 0.5 um}"
STUDY = "parameter: terminals.base.potential\n  range: {start: -1 V, stop: 1 V, points: 41}"

BAD = {
    "wrong unit": (
        [("{K: , Cl: {}}", "\n    K:\n      diffusivity: 2.0e-9 m^2\n    Cl:")],
        "11: electrolyte.species.K.diffusivity: '2.0e-9 m^2' is not a quantity in m^2/s; write e.g. '1.96e-9 m^2/s'",
    ),
    "unknown key": (
        [("electrolyte:", "electrolyte:\n  viscositty: 1 mPa s")],
        "9: electrolyte.viscositty: unknown key; did you mean 'viscosity'?",
    ),
    "misspelt required key": (
        [("radius_tip", "radius_tp")],
        "5: geometry.radius_tp: unknown key; did you mean 'radius_tip'?",
    ),
    "missing key": (
        [("  radius_tip: 5 nm\n", "")],
        "2: geometry.radius_tip: is missing; write e.g. 'radius_tip: 5 nm'",
    ),
    "missing species": (
        [("  species: {K: , Cl: {}}\n", "")],
        "8: electrolyte.species: is missing; write e.g. 'species: {K: {}, Cl: {}}'",
    ),
    "only cations": ([("K: , Cl: {}", "K: ")], "9: electrolyte.species: needs "),
    "species without a concentration": (
        [(BASE, "base: {concentrations: {K: 1 mM}}")],
        "12: terminals.base.concentrations: species 'Cl' is missing; write e.g. 'Cl: 1 mM'",
    ),
    "concentration of no species": (
        [(BASE, "base: {concentrations: {K: 1 mM, Cll: 1 mM}}")],
        "12: terminals.base.concentrations.Cll: unknown species; did you mean 'Cl'?",
    ),
    "ion not in the table": (
        [("K: ,", "Kalium: ,")],
        "9: electrolyte.species.Kalium: 'Kalium' is not in the ion table",
    ),
    "other valence than the table": ([("K: ,", "K: {valence: 2},")], "9: electrolyte.species.K.valence: the ion table"),
    "non-neutral reservoir": (
        [(BASE, "base: {concentrations: {K: 1 mM, Cl: 2 mM}}")],
        "12: terminals.base.concentrations: net charge -1 mol/m^3 (sum of valence times concentration),"
        " but a reservoir is neutral; write e.g. 'Cl: 1 mM'",
    ),
    "wrong stoichiometry": (
        [("K: , Cl: {}", "K: {stoichiometry: 1}, Cl: {stoichiometry: 2}")],
        "10: electrolyte.concentration: net charge -10 mol/m^3",
    ),
    "zero concentration": ([("10 mM", "0 mM")], "10: electrolyte.concentration: the concentration of 'K' is zero"),
    "no concentration": (
        [("  concentration: 10 mM\n", "")],
        "11: terminals.base: no concentration; write terminals.base.concentration, e.g. '1 mM',"
        " or electrolyte.concentration for all terminals",
    ),
    "two concentrations": (
        [(BASE, "base: {concentration: 1 mM, concentrations: {K: 1 mM, Cl: 1 mM}}")],
        "12: terminals.base.concentrations: given together with 'concentration'",
    ),
    "three species, one concentration": (
        [("K: ,", "K: , Na: ,")],
        "10: electrolyte.concentration: with more than two species",
    ),
    "negative radius": ([("5 nm", "-5 nm")], "5: geometry.radius_tip: '-5 nm' must be positive; write e.g. '5 nm'"),
    "tip larger than base": (
        [("5 nm", "70 nm")],
        "5: geometry.radius_tip: 7e-08 m is larger than radius_base, 5e-08 m; the tip is the narrow end,"
        " so exchange the two (and the terminals' values)",
    ),
    "duplicate key": (
        [("  radius_tip: 5 nm\n", "  radius_tip: 5 nm\n  radius_tip: 6 nm\n")],
        "6: duplicate key 'radius_tip' in the mapping that starts on line 3; keep one of them",
    ),
    "tab": ([("  radius_tip", "\tradius_tip")], "5: not valid YAML: a tab in the indentation; use spaces"),
    "YAML syntax": ([(RESERVOIRS, "{length: 0.5 um, radius: 0.5 um")], "8: not valid YAML: expected ',' or '}'"),
    "wrong terminal": ([("  base: {", "  bse: {")], "12: terminals.bse: unknown terminal; did you mean 'base'?"),
    "wrong wall": ([("  channel:", "  chanel:")], "14: walls.chanel: unknown wall; did you mean 'channel'?"),
    "wrong geometry": ([("type: cone", "type: cune")], "3: geometry.type: unknown type 'cune'; did you mean 'cone'?"),
    "no geometry type": ([("  type: cone\n", "")], "2: geometry.type: is missing; write one of cone, cylinder"),
    "reservoir inside the pore": (
        [(RESERVOIRS, "{length: 1 um, radius: 1 nm}")],
        "7: geometry.reservoirs.radius: 1e-09 m",
    ),
    "not a number": ([("10 mM", ".nan")], "10: electrolyte.concentration: nan is not finite; write e.g. '1 mM'"),
    "bare text": ([("10 mM", "much")], "10: electrolyte.concentration: 'much' is not a quantity in mol/m^3"),
    "charge unit": ([(CHARGE, "surface_charge: -20 mC/m")], "15: walls.channel.surface_charge: '-20 mC/m' is not"),
    "charge formula": (
        [(CHARGE, "surface_charge: {type: expression, formula: '-0.02 * z'}")],
        "15: walls.channel.surface_charge.formula: unknown name 'z'",
    ),
    "charge break outside": (
        [(CHARGE, "surface_charge: {type: piecewise, breaks: [5 um], values: [0.02, -0.02]}")],
        "15: walls.channel.surface_charge.breaks.0: 5e-06 m lies outside the channel, 0 to 1e-06 m",
    ),
    "charge values": (
        [(CHARGE, "surface_charge: {type: piecewise, breaks: [0.5 um], values: [0.02]}")],
        "15: walls.channel.surface_charge.values: has 1 entries; with 1 breaks write 2",
    ),
    "sweep of an unknown key": (
        [(STUDY, STUDY.replace("potential", "potentail"))],
        "18: study.parameter: unknown key 'terminals.base.potentail': no 'potentail' below 'terminals.base';"
        " did you mean 'potential'?",
    ),
    "sweep of a name": (
        [(STUDY, STUDY.replace(".potential", ""))],
        "18: study.parameter: 'terminals.base' is not a numeric",
    ),
    "sweep in the wrong unit": (
        [("start: -1 V", "start: -1 A")],
        "19: study.range.start: '-1 A' is not a quantity in V; write e.g. '0.1 V'",
    ),
    "sweep beyond the geometry": (
        [(STUDY, "parameter: geometry.radius_tip\n  values: [1 nm, 60 nm]")],
        "19: study.values.1: geometry.radius_tip = 6e-08 m is refused: 6e-08 m is larger than radius_base",
    ),
    "sweep without values": (
        [("  range: {start: -1 V, stop: 1 V, points: 41}\n", "")],
        "16: study: needs either values",
    ),
    "logarithm through zero": (
        [("points: 41", "points: 41, spacing: logarithmic")],
        "19: study.range.start: logarithmic spacing needs",
    ),
    "driven terminal": (
        [("type: sweep", "type: sweep\n  driven_terminal: tipp")],
        "18: study.driven_terminal: unknown terminal 'tipp'; did you mean 'tip'?",
    ),
    "mesh size": (
        [("study:", "mesh: {wall_size: 0.3 debye}\nstudy:")],
        "16: mesh.wall_size: '0.3 debye' is not a quantity in m; write e.g. '0.3 debye_length'",
    ),
    "choice": (
        [("study:", "solver: {flow: navier}\nstudy:")],
        "16: solver.flow: unknown value 'navier'; one of stokes, none",
    ),
    "later feature": (
        [("study:", "membranes: {}\nstudy:")],
        "16: membranes: unknown key; the keys here are title, geometry",
    ),
    "mesh file": (
        [
            ("  type: cone\n  length: 1 um\n  radius_tip: 5 nm\n  radius_base: 50 nm\n", "  type: file\n"),
            (f"  reservoirs: {RESERVOIRS}", "  path: no.msh\n  symmetry: axisymmetric\n  terminals: {base: b, tip: t}"),
            ("walls:\n  channel:\n    surface_charge: -20 mC/m^2\n", ""),
        ],
        "4: geometry.path: no mesh file",
    ),
}


GOALS = {
    "negative tolerance": (
        [("study:", "mesh: {tolerance: -0.2 %}\nstudy:")],
        "16: mesh.tolerance: '-0.2 %' must be positive",
    ),
    "tolerance with a unit": (
        [("study:", "mesh: {tolerance: 1 nm}\nstudy:")],
        "16: mesh.tolerance: '1 nm' is not a ",
    ),
    "goal of another name": (
        [("study:", "mesh: {tolerance: 0.01, goal: ratio}\nstudy:")],
        "16: mesh.goal: unknown value 'ratio'; ",
    ),
    "ratio without two signs": (
        [("study:", "mesh: {tolerance: 0.01, goal: rectification_ratio}\nstudy:"), ("start: -1 V", "start: 0 V")],
        "16: mesh.goal: 'rectification_ratio' needs a sweep of a potential from -V to V",
    ),
    "ratio of a steady point": (
        [
            ("study:", "mesh: {tolerance: 0.01, goal: rectification_ratio}\nstudy:"),
            (f"type: sweep\n  {STUDY}", "type: steady"),
        ],
        "16: mesh.goal: 'rectification_ratio' needs a sweep",
    ),
    "ratio of a sweep of something else": (
        [
            ("study:", "mesh: {tolerance: 0.01, goal: rectification_ratio}\nstudy:"),
            (STUDY, "parameter: walls.channel.surface_charge\n  values: [-10 mC/m^2, 10 mC/m^2]"),
        ],
        "16: mesh.goal: 'rectification_ratio' needs a sweep of a potential",
    ),
    "flow rate without flow": (
        [("study:", "solver: {flow: none}\nmesh: {tolerance: 0.01, goal: flow_rate}\nstudy:")],
        "17: mesh.goal: 'flow_rate' needs 'solver: {flow: stokes}'",
    ),
    "too few unknowns": ([("study:", "mesh: {tolerance: 0.01, most_unknowns: 10}\nstudy:")], "16: mesh.most_unknowns"),
    "sensitivity to an unknown key": (
        [("study:", "outputs: {sensitivities: [geometry.radius]}\nstudy:")],
        "16: outputs.sensitivities.0: unknown key 'geometry.radius': no 'radius' below 'geometry'",
    ),
    "sensitivity to a name": (
        [("study:", "outputs: {sensitivities: [geometry.length, title]}\nstudy:")],
        "16: outputs.sensitivities.1: 'title' is not a numeric key",
    ),
    "sensitivity to the mesh": (
        [("study:", "outputs: {sensitivities: [mesh.growth]}\nstudy:")],
        "16: outputs.sensitivities.0: the results have no derivative by 'mesh.growth'",
    ),
    "sensitivity to a valence": (
        [("study:", "outputs: {sensitivities: [electrolyte.species.K.valence]}\nstudy:")],
        "16: outputs.sensitivities.0: the results have no derivative by 'electrolyte.species.K.valence'",
    ),
    "sensitivity to slip": (
        [("study:", "outputs: {sensitivities: [walls.channel.slip_length]}\nstudy:")],
        "16: outputs.sensitivities.0: the results have no derivative by 'walls.channel.slip_length'",
    ),
}
BAD |= GOALS


@pytest.mark.parametrize("kind", BAD)
def test_bad_input_is_one_line_with_file_line_and_key(tmp_path: Path, kind: str) -> None:
    changes, expected = BAD[kind]
    with pytest.raises(CaseError) as caught:
        load(tmp_path, *changes)
    message = str(caught.value)
    assert message.startswith(f"{tmp_path / 'case.yaml'}:{expected}")
    assert "\n" not in message


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("geometry.radius_tip=-5 nm", "--set geometry.radius_tip: '-5 nm' must be positive"),
        ("geometry.radius_tp=5 nm", "--set geometry.radius_tp: unknown key; did you mean 'radius_tip'?"),
        ("terminal.base.potential=1", "--set terminal: unknown key; did you mean 'terminals'?"),
        ("title.x=1", "--set title.x: 'title' has no keys below it"),
        ("geometry.radius_tip=[1", "--set geometry.radius_tip: not valid YAML"),
        ("geometry", "--set: 'geometry' is not key=value"),
    ],
)
def test_bad_override(tmp_path: Path, override: str, message: str) -> None:
    with pytest.raises(CaseError) as caught:
        load(tmp_path, overrides=[override])
    assert str(caught.value).startswith(message)


def test_bad_files(tmp_path: Path) -> None:
    write(_folder(tmp_path, "conical"))
    with pytest.raises(CaseError, match=r"conicl: no such file or directory; did you mean 'conical'\?"):
        load_case(tmp_path / "conicl")
    with pytest.raises(CaseError, match=r"case\.yaml: no such file"):
        load_case(_folder(tmp_path, "empty"))
    for content, message in [
        (b"", "1: holds no case"),
        (b"- 1", "1: holds no case"),
        (b"\xff\xfe", "is not UTF-8"),
        (b"a: &x [*y]", "not valid YAML"),
    ]:
        (tmp_path / "case.yaml").write_bytes(content)
        with pytest.raises(CaseError, match=message):
            load_case(tmp_path)


def _folder(parent: Path, name: str) -> Path:
    folder = parent / name
    folder.mkdir()
    return folder


def test_shipped_cases_load() -> None:
    cases = sorted(Path(__file__).parents[2].glob("cases/*/case.yaml"))
    for file in cases:
        case = load_case(file.parent)
        assert case.title
        assert case.driven_terminal in case.terminals
