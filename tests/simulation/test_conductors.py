"""Conductors: floating ones in the liquid and on solids, and gates in time and under alternating voltage."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mpi4py import MPI

from solver.case.case import Case
from solver.inputs.errors import CaseError
from solver.parallel.ranks import on_root
from tests.support.block_between_reservoirs import small_block
from tests.support.walled_slit import write
from validation.devices import row, rows, simulated
from validation.mapped import both_ends

COMM = MPI.COMM_WORLD
WIDTH, VACUUM, OXIDE = 1e-6, 8.8541878128e-12, 3.9
AREA = 2 * WIDTH * 60e-9
"""Surface of the blocks on both sides of the slit (m^2)."""
CURRENT, CHARGE, POTENTIAL = "current [A]", "charge_wall [C]", "potential_wall [V]"


@pytest.fixture(scope="module")
def block(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The mesh of a slit through a block, on all ranks."""
    made = COMM.bcast(tmp_path_factory.mktemp("block") / "block.msh" if COMM.rank == 0 else None)
    on_root(COMM, lambda: small_block(made))
    return Path(made)


@pytest.fixture(scope="module")
def slit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The mesh of a slit of 8 nm by 40 nm under 8 nm of glass, on all ranks."""
    made = COMM.bcast(tmp_path_factory.mktemp("slit") / "slit.msh" if COMM.rank == 0 else None)
    heights, glass = np.array([0.0, 1.5, 2.6, 3.3, 3.7, 4.0]), np.array([4.0, 6.0, 12.0])
    on_root(COMM, lambda: write(made, both_ends(1.0, 1.8, 40.0), heights, glass))
    return Path(made)


def around_a_block(path: Path, walls: dict[str, Any], permittivity: float | None = None, **changes: Any) -> Any:
    """A slit through a block in KCl with 0.2 V and unlike reservoirs; without a permittivity the block is left out."""
    on_mesh = {"wall": "wall", "top": "top"} | ({} if permittivity is None else {"outside": "outside"})
    glass = {} if permittivity is None else {"glass": {"type": "dielectric", "relative_permittivity": permittivity}}
    return {
        "geometry": {
            "type": "file",
            "path": str(path),
            "symmetry": "planar",
            "width": WIDTH,
            "scale": 1e-9,
            "axis": "axis",
            "terminals": {"left": "left", "right": "right"},
            "walls": on_mesh,
        },
        "electrolyte": {"species": {"K": {}, "Cl": {}}, "concentration": 1.0, "relative_permittivity": 78.5},
        "terminals": {"left": {"potential": 0.2, "concentration": 2.0}, "right": {}},
        "walls": walls,
        "regions": {"water": "fluid"} | glass,
        "solver": {"flow": "none"},
        "outputs": {"errors": "none"},
        **changes,
    }


def gated(path: Path, walls: dict[str, Any], **changes: Any) -> Any:
    """A slit between glass with a wall of metal on its outside, in 1 mM KCl."""
    data = around_a_block(path, walls, OXIDE, **changes)
    data["geometry"] |= {"walls": {"wall": "wall", "gate": "outside"}, "rest": "sides"}
    return data | {"terminals": changes.get("terminals", {"left": {}, "right": {}})}


# ------------------------------------------------------------------------------------------------ steady states
@pytest.mark.serial
def test_a_floating_conductor_is_a_dielectric_of_infinite_permittivity(block: Path) -> None:
    """The deviation of the dielectric falls like one over its permittivity, with and without charge."""
    for density in (0.0, -2e-3):
        floating = row(around_a_block(block, {"wall": {"charge": density * AREA}}))
        for permittivity, deviation in ((1e6, 3e-4), (1e9, 3e-7)):
            solid = row(around_a_block(block, {"wall": {"surface_charge": density}}, permittivity))
            assert solid[CURRENT] == pytest.approx(floating[CURRENT], rel=deviation)
        assert floating[CHARGE] == pytest.approx(density * AREA, rel=1e-7, abs=1e-24)
        assert floating["conservation_error"] < 1e-8


def test_a_floating_conductor_is_an_electrode_at_its_potential(block: Path) -> None:
    """Held at the potential that it has, it keeps its charge, and the current is the same: in the liquid, behind a Stern
    layer, and as a sheet between liquid and solid."""
    given = -1e-3 * AREA
    for layer, permittivity in (({}, None), ({"stern": {"thickness": 3e-10}}, None), ({}, 3.9)):
        floating = row(around_a_block(block, {"wall": {"charge": given} | layer}, permittivity))
        held = row(around_a_block(block, {"wall": {"potential": floating[POTENTIAL]} | layer}, permittivity))
        assert held[CHARGE] == pytest.approx(given, rel=1e-7)
        assert held[CURRENT] == pytest.approx(floating[CURRENT], rel=1e-9)


@pytest.mark.serial
def test_a_thin_stern_layer_changes_nothing(block: Path) -> None:
    bare = row(around_a_block(block, {"wall": {"charge": -1e-3 * AREA}}))
    layered = row(around_a_block(block, {"wall": {"charge": -1e-3 * AREA, "stern": {"thickness": 1e-13}}}))
    assert layered[CURRENT] == pytest.approx(bare[CURRENT], rel=1e-4)
    assert layered[POTENTIAL] == pytest.approx(bare[POTENTIAL], rel=1e-4)


def test_the_charge_of_a_floating_gate_is_swept_in_few_steps(slit: Path) -> None:
    """Steps are those of Newton's method, and error bars stand beside the potential."""
    study = {"type": "sweep", "parameter": "walls.gate.charge", "values": [-2e-16, 0.0, 2e-16]}
    walls = {"wall": {"surface_charge": -2e-3}, "gate": {"charge": 0.0}}
    found = rows(gated(slit, walls, study=study, outputs={"errors": "all"}))
    found.sort(key=lambda each: each["walls.gate.charge [C]"])
    potentials = [each["potential_gate [V]"] for each in found]
    assert np.all(np.diff(potentials) > 0)
    capacitance = OXIDE * VACUUM * 2 * WIDTH * 40e-9 / 8e-9
    for each in found:
        assert each["charge_gate [C]"] == pytest.approx(each["walls.gate.charge [C]"], rel=1e-8, abs=1e-24)
        across = each["walls.gate.charge [C]"] / capacitance
        assert each["potential_gate [V]"] - each["zeta_potential_mean [V]"] == pytest.approx(across, abs=1e-7)
        assert each["potential_gate_error [V]"] < 1e-3
        assert "charge_gate_error [C]" not in each
        assert each["factorisations"] <= 8


@pytest.mark.serial
def test_flow_beside_a_floating_conductor(block: Path) -> None:
    """Induced-charge flow: charge stays, flow and current are conserved."""
    found = row(around_a_block(block, {"wall": {"charge": 0.0}}, solver={"flow": "stokes"}))
    assert found["conservation_error"] < 1e-8
    assert found["flow_conservation_error"] < 1e-8
    assert found["flow_rate [m^3/s]"] != 0.0


def test_derivatives_by_and_beside_a_floating_conductor(block: Path) -> None:
    """Those of the adjoint state are those of differences."""
    for layer in ({}, {"stern": {"thickness": 3e-10}}):
        walls = {"wall": {"charge": -1e-3 * AREA} | layer}
        keys = ["walls.wall.charge", "terminals.left.potential", *(["walls.wall.stern.thickness"] if layer else [])]
        data = around_a_block(block, walls)
        result = simulated(data | {"outputs": {"errors": "none", "sensitivities": keys}})
        table = result.sensitivities.set_index("parameter")
        case = Case.model_validate(data)
        for key in keys:
            value = float(table.loc[key, "value"])
            ends = [
                row(case.with_value(key, factor * value).model_dump(mode="json"))[CURRENT] for factor in (1.01, 0.99)
            ]
            slope = (ends[0] - ends[1]) / (0.02 * value)
            assert table.loc[key, "derivative"] == pytest.approx(slope, rel=2e-3), key


# ------------------------------------------------------------------------------------------------ in time
@pytest.mark.serial
def test_what_charges_a_gate_is_the_integral_of_its_current(slit: Path) -> None:
    """After a step of the gate the charge is that of the glass between gate and liquid; currents balance always."""
    protocol = [{"type": "step", "to": {"walls.gate.potential": -1.0}}, {"type": "hold", "duration": 1e-5}]
    study = {"type": "transient", "protocol": protocol, "driven_terminal": "gate"}
    walls = {"wall": {"surface_charge": -2e-3}, "gate": {"potential": 0.0}}
    found = rows(gated(slit, walls, study=study))
    first, last = found[0], found[-1]
    capacitance = OXIDE * VACUUM * 2 * WIDTH * 40e-9 / 8e-9
    zeta = last["zeta_potential_mean [V]"] - first["zeta_potential_mean [V]"]
    assert last["charge_passed [C]"] == pytest.approx(capacitance * (-1.0 - zeta), rel=1e-6)
    assert last["charge_passed [C]"] == pytest.approx(last["charge_gate [C]"] - first["charge_gate [C]"], rel=1e-9)
    assert max(each["conservation_error"] for each in found) < 1e-8
    assert max(each["charge_balance_error"] for each in found) < 1e-8
    for each in found[1:]:
        assert each["displacement_current [A]"] == each["current_gate [A]"] == each[CURRENT]


def test_a_gate_that_meets_the_terminals_shares_no_charge_with_them(slit: Path) -> None:
    protocol = [{"type": "step", "to": {"walls.gate.potential": -1.0}}, {"type": "hold", "duration": 1e-7}]
    walls = {"wall": {"surface_charge": -2e-3}, "gate": {"potential": 0.0}}
    data = gated(slit, walls, study={"type": "transient", "protocol": protocol, "tolerance": 1e-2})
    data["geometry"] |= {"terminals": {"left": ["left", "left_glass"], "right": ["right", "right_glass"]}}
    data["geometry"].pop("rest")
    assert max(each["conservation_error"] for each in rows(data)) < 1e-7  # 1e-5 with shared nodes; 1e-8 after the jump


def test_a_floating_conductor_keeps_its_charge_in_time(block: Path) -> None:
    protocol = [{"type": "step", "to": {"terminals.left.potential": 0.0}}, {"type": "hold", "duration": 1e-5}]
    study = {"type": "transient", "protocol": protocol, "tolerance": 1e-2}
    for layer in ({}, {"stern": {"thickness": 3e-10}}):
        walls = {"wall": {"charge": -1e-3 * AREA} | layer}
        found = rows(around_a_block(block, walls, study=study))
        charges = np.array([each[CHARGE] for each in found])
        np.testing.assert_allclose(charges, -1e-3 * AREA, rtol=1e-6)
        assert max(each["conservation_error"] for each in found) < 1e-8
        settled = around_a_block(block, walls, terminals={"left": {"concentration": 2.0}, "right": {}})
        assert found[-1][POTENTIAL] == pytest.approx(row(settled)[POTENTIAL], abs=1e-5)


# ------------------------------------------------------------------------------------------------ spectra
def spectrum(data: dict[str, Any], terminal: str, *frequencies: float) -> list[dict[str, Any]]:
    study = {"type": "impedance", "terminal": terminal, "frequencies": list(frequencies)}
    return rows(data | {"study": study})


def admittance(found: dict[str, Any], port: str) -> complex:
    return complex(found[f"admittance_{port}_real [S]"], found[f"admittance_{port}_imaginary [S]"])


@pytest.mark.serial
def test_the_admittance_of_a_planar_capacitor_is_that_of_its_capacitance(slit: Path) -> None:
    """Gate on glass above an electrode: j omega C at all frequencies."""
    walls = {"wall": {"potential": 0.0}, "gate": {"potential": 0.0}}
    capacitance = OXIDE * VACUUM * 2 * WIDTH * 40e-9 / 8e-9
    for found in spectrum(gated(slit, walls), "gate", 1.0, 1e9):
        exact = 2j * np.pi * found["frequency [Hz]"] * capacitance
        assert admittance(found, "gate") == pytest.approx(exact, rel=1e-8)
        assert admittance(found, "wall") == pytest.approx(-exact, rel=1e-8)


@pytest.mark.serial
def test_the_slow_admittance_of_a_gate_is_the_slope_of_its_charge(slit: Path) -> None:
    walls = {"wall": {"surface_charge": -2e-3}, "gate": {"potential": 0.0}}
    data = gated(slit, walls, terminals={"left": {"potential": 0.1}, "right": {}})
    (slow,) = spectrum(data, "gate", 1.0)
    study = {"type": "sweep", "parameter": "walls.gate.potential", "values": [-1e-3, 1e-3]}
    low, high = rows(data | {"study": study})
    slope = (high["charge_gate [C]"] - low["charge_gate [C]"]) / 2e-3
    assert admittance(slow, "gate") == pytest.approx(2j * np.pi * slope, rel=1e-5)
    conductance = (high["current_left [A]"] - low["current_left [A]"]) / 2e-3
    assert admittance(slow, "left").real == pytest.approx(conductance, rel=1e-5)
    assert slow["conservation_error"] < 1e-8


def test_no_alternating_current_enters_a_floating_conductor(block: Path) -> None:
    """The spectrum is that of a dielectric of huge permittivity, bare and behind a thin layer."""
    frequencies = (1.0, 1e6, 1e9)
    solid = spectrum(around_a_block(block, {"wall": {"surface_charge": -2e-3}}, 1e9), "left", *frequencies)
    for layer, deviation in (({}, 1e-5), ({"stern": {"thickness": 1e-13}}, 1e-4)):
        data = around_a_block(block, {"wall": {"charge": -2e-3 * AREA} | layer})
        for found, beside in zip(spectrum(data, "left", *frequencies), solid, strict=True):
            assert abs(admittance(found, "wall")) < 1e-8 * abs(admittance(found, "left"))
            assert admittance(found, "left") == pytest.approx(admittance(beside, "left"), rel=deviation)
            assert found["conservation_error"] < 1e-8


# ------------------------------------------------------------------------------------------------ refusals
@pytest.mark.serial
def test_a_conductor_has_either_a_potential_or_a_charge(slit: Path) -> None:
    for gate, text in (
        ({"potential": 0.0, "charge": 0.0}, "given together with a potential"),
        ({"charge": 0.0, "surface_charge": 1e-3}, "given together with a surface_charge"),
        ({"charge": "1 V"}, "'1 V'"),
    ):
        with pytest.raises(CaseError, match=text):
            Case.model_validate(gated(slit, {"gate": gate}))
