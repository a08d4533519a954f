"""The case schema and its loading."""

import pickle
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from meshes.course import Places
from solver.case.case import Case
from solver.case.layers import layer_thickness
from solver.case.loading import load_case
from solver.case.mesh import MeshSize
from solver.case.studies.steady import Sweep
from solver.inputs.errors import CaseError
from solver.laws.walls.surface_charge import ExpressionCharge, PiecewiseCharge
from tests.support.cone_file import load, write
from tests.support.paths import CASE_FILES, DEVICE_FILES


# ------------------------------------------------------------------------------------------------ good input
def test_defaults_are_filled_in(tmp_path: Path) -> None:
    case = load(tmp_path)
    assert list(case.terminals) == ["base", "tip"]
    assert list(case.walls) == ["channel", "membrane_face"]
    assert case.terminals["tip"].potential == 0.0
    assert case.bulk("tip") == {"K": 10.0, "Cl": 10.0}
    assert case.electrolyte.species["K"].diffusivity == 1.957e-9
    assert case.electrolyte.viscosity == 0.89e-3
    assert case.walls["membrane_face"].is_charged is False
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
        ("mesh.refinement", 0.5, "is not a whole number"),
    ],
)
def test_with_value_refuses(tmp_path: Path, parameter: str, value: float | str, message: str) -> None:
    with pytest.raises(CaseError, match=message):
        load(tmp_path).with_value(parameter, value)


def test_with_value_is_quick(tmp_path: Path) -> None:
    case = load(tmp_path)
    begin = time.process_time()
    for i in range(100):
        case.with_value("terminals.base.potential", i / 100)
    assert (time.process_time() - begin) / 100 < 2e-3


# ------------------------------------------------------------------------------------------------ charges, mesh sizes
def test_charges(tmp_path: Path) -> None:
    case = load(tmp_path, ("-20 mC/m^2", "{type: expression, formula: '-0.02 * where(s < 0.5, 1, 2*s)'}"))
    charge = case.walls["channel"].surface_charge
    assert isinstance(charge, ExpressionCharge)
    course = case.geometry.course("channel")
    assert charge.at(course.places(np.array([0.0, 0.25e-6, 1e-6]), np.zeros(3))) == pytest.approx([-0.02, -0.02, -0.04])
    assert case.walls["channel"].largest_charge(case.solution("base"), course) == pytest.approx(0.04)
    assert case.charge_at("channel", np.array([0.0, 1e-6])) == pytest.approx([-0.02, -0.04])
    assert case.charge_at("membrane_face", np.zeros(3)) == pytest.approx([0.0] * 3)
    middle = Places(position=np.full(2, 0.5e-6), s=np.full(2, 0.5), r=np.full(2, 10e-9))
    assert ExpressionCharge(formula="0.01").at(middle) == pytest.approx([0.01, 0.01])
    assert ExpressionCharge(formula="max(sin(pi*s), -s**2)").at(middle) == pytest.approx([1.0, 1.0])
    assert ExpressionCharge(formula="where(r < 20e-9, -0.08, 0)").at(middle) == pytest.approx([-0.08, -0.08])
    pieces = PiecewiseCharge(breaks=(1.0, 2.0), values=(3.0, -4.0, 5.0))
    assert pieces.evaluate(np.array([0.0, 1.0, 1.5, 9.0])) == pytest.approx([3.0, -4.0, -4.0, 5.0])
    assert pieces.extremes(course) == (-4.0, 5.0)


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        ("s +", "is not a formula"),
        ("w", "unknown name 'w'"),
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
    thickness = layer_thickness(case)
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


def test_shipped_cases_load() -> None:
    for file in (*CASE_FILES, *DEVICE_FILES):
        case = load_case(file)
        assert case.title
        assert case.driven_terminal in (*case.terminals, *case.electrodes)
