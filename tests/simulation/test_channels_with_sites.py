"""Channels whose walls have sites: slits of the literature, pH by a buffer or by protons, cones, values and time.

Currents in A are tiny: abs=0 keeps pytest's absolute tolerance of 1e-12 from accepting anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from mpi4py import MPI

from meshes.course import Places
from solver.case.case import Case
from solver.case.sections import section_charge
from solver.laws.algebra import Algebra
from solver.laws.walls.base import WallState
from solver.laws.walls.surface_charge import ConstantCharge, GivenCharge
from solver.parallel.progress import Silent
from solver.physics.cross_section import cross_section
from solver.run import run
from solver.simulation.memory import MemorySink
from tests.support.few_on_ranks import few_on_ranks

STERN = {"stern": {"capacitance": "2.9 F/m^2"}}
SILICA = {"groups": "silica", **STERN}
MESH = {"wall_size": "0.8 nm", "corner_size": "0.08 nm", "growth": 2.5, "axial_cells": 8}
CHARGE, ZETA, POSITION = "surface_charge_mean [C/m^2]", "zeta_potential_mean [V]", "axial_position [m]"


def computed(data: dict[str, Any]) -> MemorySink:
    """A case that was run."""
    sink = MemorySink()
    run(Case(**data), sink, MPI.COMM_WORLD, progress=Silent)
    return sink


def slit(concentration: float, pH: float, length: float = 40e-9, **keys: Any) -> dict[str, Any]:
    """10 nm between plates of silica, whose ends hold the equilibrium with reservoirs."""
    return {
        "geometry": {"type": "slit", "length": length, "height": "10 nm", "width": "1 um", "reservoirs": None},
        "electrolyte": {"species": {"K": {}, "Cl": {}}, "concentration": concentration, "pH": pH},
        "walls": {"channel": SILICA},
        "mesh": {"wall_size": "0.3 debye_length"},
        "solver": {"flow": "none"},
        "outputs": {"errors": "none"},
        **keys,
    }


@pytest.mark.parametrize(
    ("concentration", "pH", "charge", "zeta"),
    few_on_ranks([(1.0, 7.0, -9.282788e-3, -93.6408e-3), (10.0, 8.0, -41.718414e-3, -102.3418e-3)], 0),
)
def test_a_slit_of_silica_has_the_charge_of_an_independent_solution(
    concentration: float, pH: float, charge: float, zeta: float
) -> None:
    """Overlapping layers have less charge than a single wall: by a spectral solution of the section, and on a mesh."""
    case = Case(**slit(concentration, pH))
    spectral = section_charge(case, "channel", 0.0, 5e-9)
    assert spectral == pytest.approx(charge, rel=1e-7)
    potential = cross_section("planar", 5e-9, spectral, case.solution("left")).wall_potential
    assert potential == pytest.approx(zeta, rel=1e-6)
    (row,) = computed(slit(concentration, pH)).rows
    assert row[CHARGE] == pytest.approx(charge, rel=1e-4)
    assert row[ZETA] == pytest.approx(zeta, rel=1e-4)


@pytest.mark.serial
def test_what_keeps_the_pH_makes_a_difference_in_a_salt_gradient() -> None:
    """500 nm between 1 and 100 mM at pH 7. A buffer shifts the activity of protons with the virtual potential; free protons
    are at equilibrium along the channel. Charges (mC/m^2) and ratio of the currents by an independent program."""
    found = {}
    for protons in ("buffered", "free"):
        data = slit(10.0, 7.0, 500e-9, terminals={"left": {"concentration": 1.0}, "right": {"concentration": 100.0}})
        data["electrolyte"] |= {"protons": protons}
        sink = computed(data | {"mesh": {"wall_size": "1 debye_length"}})
        z, charge = (np.array([row[name] for row in sink.profiles]) for name in (POSITION, "surface_charge [C/m^2]"))
        current = sink.rows[0]["current [A]"]
        found[protons] = current, 1e3 * np.interp(500e-9 * np.array([1, 3, 5, 7]) / 8, z, charge)
        assert sink.rows[0]["conservation_error"] < 1e-8
    np.testing.assert_allclose(found["buffered"][1], [-21.2, -28.6, -33.3, -36.9], rtol=0.01)
    np.testing.assert_allclose(found["free"][1], [-14.7, -23.2, -30.0, -35.8], rtol=0.01)
    assert found["buffered"][0] / found["free"][0] == pytest.approx(6.449 / 5.290, rel=0.01)


@pytest.mark.serial
def test_without_a_gradient_buffer_and_protons_are_one() -> None:
    """But for the protons in the ionic strength."""
    charges = []
    for protons in ("buffered", "free"):
        data = slit(1.0, 7.0)
        data["electrolyte"] |= {"protons": protons}
        charges.append(computed(data).rows[0][CHARGE])
    assert charges[0] == pytest.approx(-9.2828e-3, rel=1e-4)
    assert charges[1] == pytest.approx(charges[0], rel=1e-4)


def cone(**keys: Any) -> dict[str, Any]:
    """A cone of silica under voltage, with flow."""
    return {
        "geometry": {
            "type": "cone",
            "length": "60 nm",
            "radius_tip": "4 nm",
            "radius_base": "10 nm",
            "reservoirs": {"length": "30 nm", "radius": "30 nm"},
        },
        "electrolyte": {"species": {"K": {}, "Cl": {}}, "concentration": "20 mM", "pH": 7.5},
        "terminals": {"base": {"potential": "0.1 V"}},
        "walls": {"channel": SILICA},
        "mesh": MESH,
        **keys,
    }


@pytest.fixture(scope="module")
def regulated() -> MemorySink:
    """The cone, with error bars and sensitivities."""
    keys = ["electrolyte.pH", "walls.channel.groups.0.binds.0.pK", "walls.channel.groups.0.density"]
    return computed(cone(outputs={"sensitivities": keys, "profile_points": 4000}))


@dataclass(frozen=True)
class Tabulated(ConstantCharge):
    """A charge that is known at axial positions (m)."""

    positions: tuple[float, ...] = ()
    charges: tuple[float, ...] = ()

    def charge(self, s: WallState, m: Algebra) -> Any:
        """Interpolated."""
        return s.coefficients[""] * s.interpolated(self.at)

    def at(self, places: Places) -> Any:
        """Linear between the positions."""
        return np.interp(places.position, self.positions, self.charges)


@pytest.mark.serial
def test_a_regulated_cone_is_the_cone_with_its_charge_given(
    regulated: MemorySink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The charge that was found, given along the wall."""
    rows = [row for row in regulated.profiles if not np.isnan(row["surface_charge [C/m^2]"])]
    z, charge = (tuple(row[name] for row in rows) for name in (POSITION, "surface_charge [C/m^2]"))

    def of(wall: Mapping[str, Any]) -> GivenCharge:
        return GivenCharge(
            Tabulated(1.0, positions=z, charges=charge) if wall["surface_charge"] else ConstantCharge(0.0)
        )

    monkeypatch.setattr(GivenCharge, "of", of)
    given = computed(cone(walls={"channel": {"surface_charge": 1.0}}, outputs={"errors": "none"}))
    (one,), (other,) = regulated.rows, given.rows
    assert one["current [A]"] == pytest.approx(other["current [A]"], rel=1e-4, abs=0)
    assert one["flow_rate [m^3/s]"] == pytest.approx(other["flow_rate [m^3/s]"], rel=2e-4, abs=0)
    assert one[ZETA] == pytest.approx(other[ZETA], rel=1e-4)


def test_charge_potentials_and_sites_along_the_axis_belong_together(regulated: MemorySink) -> None:
    rows = [row for row in regulated.profiles if not np.isnan(row["surface_charge [C/m^2]"])]
    assert len(rows) >= 200
    charge, free, bound, zeta, surface = (
        np.array([row[name] for row in rows])
        for name in (
            "surface_charge [C/m^2]",
            "sites_silanol_free",
            "sites_silanol_H",
            "zeta_potential [V]",
            "surface_potential [V]",
        )
    )
    np.testing.assert_allclose(free + bound, 1.0, rtol=1e-12)
    np.testing.assert_allclose(charge, -8e18 * 1.602176634e-19 * free, rtol=1e-9)
    np.testing.assert_allclose(surface, zeta + charge / 2.9, rtol=1e-9)
    # the buffer's equilibrium: ln of free over bound sites from the potential of the sites
    np.testing.assert_allclose(np.log(free / bound), (7.5 - 7.5) * np.log(10) + surface / 0.025692579, rtol=1e-6)
    assert charge.min() < regulated.rows[0][CHARGE] < charge.max()


@pytest.mark.serial
def test_bars_of_a_regulated_wall_cover_its_errors(regulated: MemorySink) -> None:
    finer = computed(cone(mesh={"wall_size": "0.2 debye_length", "refinement": 1}, outputs={"errors": "none"})).rows[0]
    (row,) = regulated.rows
    for name, unit in (("current", "A"), ("flow_rate", "m^3/s"), ("surface_charge_mean", "C/m^2")):
        error, bar = abs(row[f"{name} [{unit}]"] - finer[f"{name} [{unit}]"]), row[f"{name}_error [{unit}]"]
        assert error <= bar, name
        assert bar < 0.02 * abs(row[f"{name} [{unit}]"]), name


def test_sensitivities_are_slopes_of_sweeps(regulated: MemorySink) -> None:
    """Central differences of points 1 % apart, on the same mesh and forms."""
    values = {"electrolyte.pH": 7.5, "walls.channel.groups.0.binds.0.pK": 7.5, "walls.channel.groups.0.density": 8e18}
    of_current = {row["parameter"]: row["derivative"] for row in regulated.sensitivities if row["goal"] == "current"}
    for key, value in values.items():
        ends = [0.99 * value, 1.01 * value]
        study = {"type": "sweep", "parameter": key, "values": ends}
        low, high = (row["current [A]"] for row in computed(cone(study=study, outputs={"errors": "none"})).rows)
        assert of_current[key] == pytest.approx((high - low) / (0.02 * value), rel=0.01, abs=0), key


def pore(study: dict[str, Any], electrolyte: dict[str, Any] | None = None, **left: Any) -> MemorySink:
    """A pore of silica that binds K+, between small reservoirs."""
    wall = {"groups": [{"site": "silanol", "binds": [{"H": 1, "pK": 7.5}, {"K": 1, "pK": 0.5}]}], **STERN}
    return computed(
        {
            "geometry": {
                "type": "cylinder",
                "length": "20 nm",
                "radius": "5 nm",
                "reservoirs": {"length": "12 nm", "radius": "12 nm"},
            },
            "electrolyte": {"species": {"K": {}, "Cl": {}}, "concentration": "30 mM", "pH": 7.0, **(electrolyte or {})},
            "terminals": {"left": left},
            "walls": {"channel": wall},
            "mesh": {"wall_size": "1 debye_length", "growth": 4, "axial_cells": 4},
            "solver": {"flow": "none"},
            "study": study,
            "outputs": {"errors": "none"},
        }
    )


def in_time(to: dict[str, float], electrolyte: dict[str, Any] | None = None, **left: Any) -> MemorySink:
    """The pore after a ramp of 50 ns."""
    protocol = [{"type": "ramp", "duration": 50e-9, "to": to}, {"type": "hold", "duration": 50e-9}]
    return pore({"type": "transient", "protocol": protocol, "tolerance": 0.01}, electrolyte, **left)


SPECTRUM = {"type": "impedance", "terminal": "left", "frequencies": [1e5, 3e6, 1e8]}


def test_in_a_spectrum_a_buffer_brings_what_the_terminals_do_not() -> None:
    """Between unlike salts a signal changes the charge of the wall: the currents of both sides differ by what the buffer
    gives and takes. Free protons have to come through the terminals, so that nothing is left."""
    for row in pore(SPECTRUM, concentration="1 mM", potential=0.3).rows:
        left, right, bound = (
            complex(row[f"{name}_real [S]"], row[f"{name}_imaginary [S]"])
            for name in ("admittance_left", "admittance_right", "bound_charge_admittance")
        )
        assert abs(left + right) > 1e-3 * abs(left)
        assert abs(left + right + bound) < 1e-8 * abs(left)
        assert row["conservation_error"] < 1e-8
    for row in pore(SPECTRUM, {"protons": "free"}, concentration="1 mM", potential=0.3).rows:
        assert "bound_charge_admittance_real [S]" not in row
        assert row["conservation_error"] < 1e-8


def test_in_time_bound_ions_come_from_the_liquid_and_protons_from_the_buffer() -> None:
    """Currents balance with what the buffer gives, and what has entered of each species is in the liquid or on the wall."""
    rows = in_time({"terminals.left.potential": 0.2}).rows
    assert abs(rows[-1][CHARGE] - rows[0][CHARGE]) > 2e-4
    assert max(row["conservation_error"] for row in rows) < 1e-7
    assert max(abs(row["bound_charge_rate [A]"]) for row in rows) > 1e-12
    assert max(row["salt_balance_error"] for row in rows[1:]) < 1e-7


@pytest.mark.serial
def test_a_protocol_drives_the_pH_of_a_buffer() -> None:
    """The wall answers, and the currents of both sides bring its counter-ions."""
    rows = in_time({"electrolyte.pH": 8.0}).rows
    assert rows[-1]["electrolyte.pH"] == 8.0
    assert rows[-1][CHARGE] < 1.5 * rows[0][CHARGE]
    assert max(row["conservation_error"] for row in rows) < 1e-7
    assert max(row["salt_balance_error"] for row in rows[1:]) < 1e-7


@pytest.mark.serial
def test_a_protocol_drives_the_pH_of_a_reservoir_with_free_protons() -> None:
    """The solution there stays neutral; currents balance without a buffer."""
    rows = in_time({"terminals.left.pH": 4.0}, {"protons": "free"}, pH=7.0).rows
    assert rows[-1]["terminals.left.pH"] == 4.0
    assert "bound_charge_rate [A]" not in rows[-1]
    assert max(row["conservation_error"] for row in rows) < 1e-7
    assert max(abs(row["current_left_H [A]"]) for row in rows) > 1e-12
