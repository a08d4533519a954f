"""Cases of electrodes, Stern layers and closed cells; their errors."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from solver.case.case import Case
from solver.case.layers import charge_of_metal, layer_thickness
from solver.case.loading import load_case
from solver.case.studies.transient import schedule_of
from solver.inputs.errors import CaseError
from solver.physics.constants import VACUUM_PERMITTIVITY
from solver.physics.double_layer import surface_charge
from tests.support.cone_file import load, load_transient

CELL = """\
geometry: {type: cell, length: 20 nm, width: 1 um, height: 5 nm}
electrolyte:
  species: {K: , Cl: }
  concentration: 1 mM
solver: {flow: none}
walls:
  left: {potential: 0 V, stern: {thickness: 0.5 nm, relative_permittivity: 10}}
  right: {potential: 0.1 V, stern: {thickness: 1 nm}}
"""


def load_cell(folder: Path, *overrides: str) -> Case:
    (folder / "case.yaml").write_text(CELL)
    return load_case(folder, overrides)


def test_closed_cell(tmp_path: Path) -> None:
    case = load_cell(tmp_path)
    assert case.terminals == {}
    assert case.electrodes == ("left", "right")
    assert case.driven_terminal == "right"  # the first with a potential
    assert case.potential_of("right") == case.largest_bias() == 0.1
    assert case.potential_key("right") == "walls.right.potential"
    assert case.bulk() == case.bulk("right") == {"K": 1.0, "Cl": 1.0}
    [solution] = case.solutions()
    assert solution.debye_length == pytest.approx(9.619830e-9, rel=1e-6)
    assert case.stern_capacitance("left") == pytest.approx(10 * VACUUM_PERMITTIVITY / 0.5e-9)
    assert case.stern_capacitance("right") == pytest.approx(78.5 * VACUUM_PERMITTIVITY / 1e-9)
    assert case.stern_capacitance("side") is None
    assert load_cell(tmp_path, "walls.right.potential=0").driven_terminal == "left"


def test_driven_electrodes(tmp_path: Path) -> None:
    step = "protocol: [{type: step, to: {walls.left.potential: 1 V}}, {type: hold, duration: 1 us}]"
    assert load_cell(tmp_path, f"study={{type: transient, {step}}}").driven_terminal == "left"
    sweep = "study={type: sweep, parameter: walls.left.potential, values: [0 V, 50 mV]}"
    assert load_cell(tmp_path, sweep).driven_terminal == "left"
    impedance = "study={type: impedance, frequencies: [1 Hz], terminal: left, at: [10 mV]}"
    case = load_cell(tmp_path, impedance)
    assert case.driven_terminal == "left"
    assert case.with_value(case.potential_key("left"), 0.01).potential_of("left") == 0.01


def test_charge_of_an_electrode(tmp_path: Path) -> None:
    """Half the voltage over one side; with a Stern layer, the charge that both layers have in common."""
    case = load_cell(tmp_path, "walls.left.stern=null", "walls.right.potential=0.2 V")
    solution = case.solution()
    assert charge_of_metal(case, "left", solution) == pytest.approx(surface_charge(0.1, solution))
    charge, capacitance = charge_of_metal(case, "right", solution), case.stern_capacitance("right")
    assert capacitance is not None
    assert charge == pytest.approx(surface_charge(0.1 - charge / capacitance, solution), rel=1e-9)
    debye = solution.debye_length
    assert layer_thickness(case) == pytest.approx(solution.edl_thickness(surface_charge(0.1, solution)))
    assert layer_thickness(case) < debye
    strong = load_cell(tmp_path, "walls.left.stern=null", "walls.right.potential=100 V")
    assert np.isfinite(layer_thickness(strong))


def test_electrode_in_an_open_device(tmp_path: Path) -> None:
    gate = "walls.membrane_face.potential=0.2 V"
    step = "[{type: ramp, duration: 1 ms, to: {walls.membrane_face.potential: -0.2 V}}]"
    case = load_transient(tmp_path, step, overrides=[gate])
    assert case.electrodes == ("membrane_face",)
    assert case.driven_terminal == "base"
    assert schedule_of(case).range("walls.membrane_face.potential") == (-0.2, 0.2)
    assert (
        load_transient(tmp_path, step, "driven_terminal: membrane_face", overrides=[gate]).driven_terminal
        == "membrane_face"
    )
    with pytest.raises(CaseError, match="unknown terminal 'membrane_face'"):
        load(tmp_path, overrides=[gate, "study={type: steady, driven_terminal: membrane}"])


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        (["solver.flow=stokes"], "--set solver.flow: a closed cell has no flow; write 'solver: {flow: none}'"),
        (["mesh.tolerance=1 %"],
         "--set mesh.tolerance: a closed cell without reactions has no steady current; give another goal, e.g. 'goal:"),
        (["electrolyte.concentration=null"], "--set electrolyte.concentration: is missing; a closed cell has no reservoir"),
        (["electrolyte.concentration=0 mM"], "--set electrolyte.concentration: the concentration of 'K' is zero"),
        (["electrolyte.species={K: , Na: , Cl: }"], "CASE:4: electrolyte.concentration: with more than two species"),
        (["walls.left.potential=null", "walls.right.potential=null"], "CASE:6: walls: nothing is held: without openings"),
        (["walls.left.surface_charge=1 mC/m^2"], "CASE:7: walls.left.potential: given together with a surface_charge"),
        (["walls.left.stern.thickness=0 nm"], "--set walls.left.stern.thickness: '0 nm' must be positive"),
        (["walls.left.reactions=[{type: butler_volmer, equation: 'Cl- + Ag = AgCl', exchange_current: 1}]"],
         "--set walls.left.reactions.0.equation: 'Cl- + Ag = AgCl' has no electrons, so that no current passes; write e.g."),
        (["walls.left.reactions=[{type: butler_volmer, equation: 'Na+ + e- = Na', exchange_current: 1}]"],
         "--set walls.left.reactions.0.equation: 'Na+ + e- = Na': 'Na+' is no species of the electrolyte; "),
        (["walls.left.reactions=[{type: linear, equation: 'K+ + 2 e- = K(s)', charge_transfer_resistance: 1}]"],
         "--set walls.left.reactions.0.equation: 'K+ + 2 e- = K(s)': is not balanced in charge: one event makes -1 e;"),
        (["walls.left.reactions=[{type: linear, equation: 'Cl- = Cl2(g) + e-', charge_transfer_resistance: 1}]"],
         "--set walls.left.reactions.0.equation: 'Cl- = Cl2(g) + e-': is not balanced in atoms: Cl (+1) from left to right"),
        (["walls.left.reactions=[{type: marcus, equation: '2 Cl- = Cl2(g) + 2 e-', exchange_current: 1,"
          " reorganization_energy: 1 eV}]"],
         "--set walls.left.reactions.0.equation: moves more than one electron at once; write the step of one electron"),
        (["walls.side.reactions=[{type: linear, equation: 'K+ + e- = K(s)', charge_transfer_resistance: 1}]"],
         "--set walls.side.reactions: need a metal; give the wall its potential, e.g. 'potential: 0 V', or its current"),
        (["walls.left.reactions=[{type: linear, equation: 'K+ + e- = K(s)', charge_transfer_resistance: 1,"
          " reference_concentrations: {Cl: 1}}]"],
         "--set walls.left.reactions.0.reference_concentrations.Cl: takes no part in 'K+ + e- = K(s)'; its species are K"),
        (["walls.left={current: 1 nA}"], "--set walls.left.current: no reaction passes it, so that it would charge the wall"),
        (["walls.left={current: 1 nA, potential: 1 V}"],
         "--set walls.left.current: given together with a potential, which follows from the current: keep one of them"),
        (["walls.left={current: 1 nA, reactions: [{type: linear, equation: K+ + e- = K(s), charge_transfer_resistance: 1}]}"],
         "--set walls.left.current: has no way out: everything else that lets a current pass holds one, too; give"),
        (["walls.left.stern={}"], "--set walls.left.stern.thickness: is missing"),
        (["terminals.left.potential=1 V"], "--set terminals.left: unknown terminal; there is none here"),
        (["study={type: sweep, parameter: walls.side.potential, values: [0, 1]}"],
         "--set study.parameter: the case gives no walls.side.potential to start from"),
        (["study={type: impedance, frequencies: [1 Hz], terminal: side}"],
         "--set study.terminal: unknown terminal or electrode 'side'; the terminals and electrodes are left, right"),
    ],
)  # fmt: skip
def test_bad_cells(tmp_path: Path, overrides: list[str], expected: str) -> None:
    with pytest.raises(CaseError) as caught:
        load_cell(tmp_path, *overrides)
    assert str(caught.value).startswith(expected.replace("CASE", str(tmp_path / "case.yaml")))


def test_stern_layers_of_insulators(tmp_path: Path) -> None:
    case: Any = load(tmp_path, overrides=["walls.channel.stern={thickness: 0.3 nm}"])
    assert case.electrodes == ()
    assert case.stern_capacitance("channel") == pytest.approx(78.5 * VACUUM_PERMITTIVITY / 0.3e-9)
