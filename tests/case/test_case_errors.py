"""The one-line errors of bad input: file, line, key, and what to write instead."""

from pathlib import Path

import pytest

from solver.case.loading import load_case
from solver.inputs.errors import CaseError
from tests.support.cone_file import load, write

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
    "no terminals": (
        [(f"terminals:\n  {BASE}", "terminals:")],
        "11: terminals: nothing is not a mapping; write '{NAME: ...}'",
    ),
    "only cations": ([("K: , Cl: {}", "K: ")], "9: electrolyte.species: needs "),
    "species without a concentration": (
        [(BASE, "base: {concentrations: {K: 1 mM}}")],
        "12: terminals.base.concentrations: species 'Cl' is missing; write e.g. 'Cl: 1 mM'",
    ),
    "mixture for all terminals": (
        [("10 mM", "{K: 1 mM, Cl: 1 mM}")],
        "10: electrolyte.concentration: gives one number, of the salt; write those of ions at each terminal, e.g. '",
    ),
    "mixture for all terminals, in the plural": (
        [("concentration: 10 mM", "concentrations: {K: 1 mM, Cl: 1 mM}")],
        "10: electrolyte.concentrations: gives one number, of the salt",
    ),
    "mixture as a salt": (
        [(BASE, "base: {concentration: {K: 1 mM, Cl: 1 mM}}")],
        "12: terminals.base.concentration: is one number, of the salt; write 'concentrations' for those of each ion",
    ),
    "concentration of no species": (
        [(BASE, "base: {concentrations: {K: 1 mM, Cll: 1 mM}}")],
        "12: terminals.base.concentrations.Cll: unknown species; did you mean 'Cl'?",
    ),
    "ion not in the table": (
        [("K: ,", "Kalium: ,")],
        "9: electrolyte.species.Kalium: 'Kalium' is not in the ion table",
    ),
    "name that is empty": (
        [("K: , Cl: {}", "K: , Cl: {}, '': {valence: 0, diffusivity: 1e-9}")],
        "9: electrolyte.species.: '' is no name, which has letters or digits; write another name",
    ),
    "name with a unit": (
        [("K: , Cl: {}", "K: , Cl: {}, 'x [M]': {valence: 0, diffusivity: 1e-9, stoichiometry: 1}")],
        "9: electrolyte.species.x [M]: 'x [M]' has a '[', which headers of columns have around units",
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
        [(CHARGE, "surface_charge: {type: expression, formula: '-0.02 * w'}")],
        "15: walls.channel.surface_charge.formula: unknown name 'w'",
    ),
    "charge break outside": (
        [(CHARGE, "surface_charge: {type: piecewise, breaks: [5 um], values: [0.02, -0.02]}")],
        "15: walls.channel.surface_charge.breaks.0: 5e-06 m lies outside the wall, 0 to 1e-06 m",
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
        "16: membranes: unknown key; the keys here are format, title, geometry",
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
    "sensitivity to the slip of a wall without slip": (
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


def test_free_electrolyte_has_no_place_of_its_own_in_a_channel(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match=r"regions.*has no place in a drawn channel"):
        load(tmp_path, overrides=["regions={water: fluid}"])
    with pytest.raises(CaseError, match=r"unknown type 'fluit'; did you mean 'fluid'"):
        load(tmp_path, overrides=["regions={water: fluit}"])
