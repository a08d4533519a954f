"""Membranes with fixed charge in one dimension, against exact and converged numbers."""

from __future__ import annotations

import numpy as np
import pytest
from dolfinx import mesh as dmesh
from mpi4py import MPI

from meshes.tagged import TaggedMesh
from solver.case.case import Case, CaseError
from solver.discretization import build, meshing
from solver.discretization.boundary import RegionCondition, Solute, TerminalCondition
from solver.discretization.problem import Problem
from solver.laws.regions.dielectric import Dielectric
from solver.laws.regions.membrane import Membrane
from solver.nonlinear.continuation import Continuation
from solver.nonlinear.newton import Newton, NewtonSettings
from solver.parallel.clock import Clock
from solver.physics.constants import FARADAY, VACUUM_PERMITTIVITY, thermal_voltage
from tests.support.cells import UNIT, interval, scales
from validation import mapped

pytestmark = pytest.mark.serial

VOLT = thermal_voltage(298.15)


def debye(concentration: float) -> float:
    """Debye length (m) of a 1:1 salt."""
    return float(np.sqrt(78.5 * VACUUM_PERMITTIVITY * VOLT / (2 * FARADAY * concentration)))


class Device:
    """Slabs of membrane between two reservoirs: an interval of cells between ascending points (m)."""

    def __init__(
        self,
        points: np.ndarray,
        slabs: dict[float, Membrane],
        ends: tuple[float, float],
        diffusivities: tuple[float, float],
        donnan: tuple[float, float] = (0.0, 0.0),
    ) -> None:
        """slabs: membrane by the position (m) at which it ends. ends: mol/m^3. donnan: of the ends, thermal voltages."""
        line = interval(points / UNIT)
        cells = np.arange(line.mesh.topology.index_map(1).size_local, dtype=np.int32)
        middle = dmesh.compute_midpoints(line.mesh, 1, cells)[:, 0] * UNIT
        tags = dmesh.meshtags(line.mesh, 1, cells, 1 + np.searchsorted(list(slabs), middle).astype(np.int32))
        names = {f"slab{k}": k + 1 for k in range(len(slabs))}
        tagged = TaggedMesh(line.mesh, line.facets, line.boundaries, tags, names, line.symmetry, line.unit)
        self.ends, self.donnan = ends, donnan
        self.solutes = (Solute("K", 1, diffusivities[0]), Solute("Cl", -1, diffusivities[1]))
        regions = [RegionCondition(law, name) for law, name in zip(slabs.values(), names, strict=True)]
        self.problem = Problem(
            tagged, scales("planar", max(ends)), self.solutes, self.terminals(0.0), (), flow=False, clock=Clock(),
            regions=regions,
        )  # fmt: skip
        self.continuation = Continuation(self.problem, Newton(self.problem), NewtonSettings())

    def terminals(self, voltage: float) -> tuple[TerminalCondition, TerminalCondition]:
        """The first end is held at the voltage (thermal voltages)."""
        first, second = self.ends
        shifts = [lambda r, shift=shift: np.full(len(r), shift * VOLT) for shift in self.donnan]
        return (
            TerminalCondition("wall", voltage * VOLT, 0.0, (first, first), shifts[0]),
            TerminalCondition("bulk", 0.0, 0.0, (second, second), shifts[1]),
        )

    def rates(self, voltage: float) -> np.ndarray:
        """Rates (mol/(m^2 s)) of both ions entering at the first end, each voltage from a cold start."""
        self.continuation.start_over()
        parameters = self.problem.parameters(self.terminals(voltage), (), self.solutes, self.problem.scales)
        found = self.continuation.reach(parameters, voltage, f"{voltage:g} thermal voltages").state
        assert found.losses.max() <= 1e-8 * np.abs(found.rates).max() + 1e-12
        solved = self.problem.scales
        return np.asarray(found.rates[0] * solved.diffusivity * solved.concentration / UNIT)


def test_a_bipolar_diode_has_its_currents() -> None:
    """X = 4 c0 beside -4 c0, Debye length a twentieth of the length (converged values)."""
    c, d = 1.0, 1e-9
    length = 20 * debye(c)
    slabs = {0.5 * length: Membrane(fixed_charge=4 * c), length: Membrane(fixed_charge=-4 * c)}
    donnan = float(np.arcsinh(2.0))
    device = Device(np.linspace(0, length, 81), slabs, (c, c), (d, d), (donnan, -donnan))
    for voltage, exact in {-10.0: -87.957995, 1.0: 0.66380941, 10.0: 1.2987464}.items():
        plus, minus = device.rates(voltage) / (d * c / length)
        assert plus - minus == pytest.approx(exact, rel=1e-4)


def test_a_fixed_charge_is_changed_without_new_forms() -> None:
    c, d = 1.0, 1e-9
    length = 10 * debye(c)
    points, donnan = np.linspace(0, length, 21), -float(np.arcsinh(2.0))
    device, other = (
        Device(points, {length: Membrane(fixed_charge=x)}, (c, 10 * c), (d, 2 * d), (donnan, donnan))
        for x in (-1.0, -4.0)
    )
    parameters = device.problem.parameters(device.terminals(3.0), (), device.solutes, device.problem.scales)
    parameters = parameters.with_values({"regions.slab0.fixed_charge": -4.0})
    found = device.continuation.reach(parameters, 3.0, "another charge").state
    own = other.continuation.reach(
        other.problem.parameters(other.terminals(3.0), (), other.solutes, other.problem.scales), 3.0, "its own"
    ).state
    np.testing.assert_allclose(found.rates, own.rates, rtol=1e-9)


def test_partition_permittivity_and_diffusivity_scale_together() -> None:
    """A tenth of ions, fixed charge and permittivity, and ten times the diffusivity: the same equations."""
    c, d = 1.0, 1e-9
    length = 10 * debye(c)
    dense = Membrane(fixed_charge=-4 * c)
    thin = Membrane(
        fixed_charge=-0.4 * c, diffusivity_factor=10.0, partition={"K": 0.1, "Cl": 0.1}, relative_permittivity=7.85
    )
    donnan = -float(np.arcsinh(2.0))
    found = [
        Device(np.linspace(0, length, 21), {length: law}, (c, 10 * c), (d, 2 * d), (donnan, donnan)).rates(3.0)
        for law in (dense, thin)
    ]
    np.testing.assert_allclose(found[1], found[0], rtol=1e-9)


def test_a_membrane_between_unlike_solutions_has_its_currents() -> None:
    """X = -10 mM between 1 and 100 mM KCl, a hundred Debye lengths thick (converged values, fast layers outside)."""
    length = 100 * debye(1.0)
    outer = [15 * debye(max(5.0, c)) for c in (1.0, 100.0)]

    inside = 0.5 * debye(5.0), 0.5 * debye(100.0)
    left = mapped.graded(inside[0], 1.4, outer[0])
    right = mapped.graded(inside[1], 1.4, outer[1])
    points = np.concatenate(
        [-left[::-1], mapped.both_ends(inside[0], 1.4, length, inside[1])[1:], length + right[1:]]
    ) + outer[0]  # fmt: skip
    slabs = {
        outer[0]: Membrane(diffusivity_factor=1e5),
        outer[0] + length: Membrane(fixed_charge=-10.0),
        outer[0] + length + outer[1]: Membrane(diffusivity_factor=1e5),
    }
    device = Device(points, slabs, (1.0, 100.0), (1.957e-9, 2.032e-9))
    found = {}
    for voltage in (-3.0, -1.0, 0.0, 2.13751, 4.0):
        plus, minus = device.rates(voltage) / (1e-9 / length)
        found[voltage] = plus - minus
    for voltage, exact in {-3.0: -443.036, -1.0: -318.570, 0.0: -232.690, 4.0: 250.053}.items():
        assert found[voltage] == pytest.approx(exact, rel=1e-3)
    assert found[2.13751] == pytest.approx(0.0, abs=1e-3 * 250)


def test_liquid_in_a_permeable_slit_has_brinkmans_flow() -> None:
    """Mean velocity (k / eta)(dp / L)(1 - tanh(m) / m) between plates, m = half height over sqrt(k)."""
    height, length, width, k, pressure = 20e-9, 200e-9, 1e-6, 9e-18, 1e5
    case = Case(
        geometry={"type": "slit", "length": length, "height": height, "width": width, "reservoirs": None},
        electrolyte={"concentration": "10 mM", "species": {"K": {}, "Cl": {}}},
        terminals={"left": {"pressure": pressure}},
        mesh={"wall_size": 0.5e-9, "growth": 1.3},
    )
    tagged = meshing.make_mesh(case, [case], MPI.COMM_WORLD)
    problem = Problem(
        tagged, build.scales_of(case, tagged.unit, 10.0), build.solutes_of(case), build.terminals_of(case),
        build.walls_of(case), flow=True, clock=Clock(), regions=(RegionCondition(Membrane(permeability=k)),),
    )  # fmt: skip
    of_case = build.terminals_of(case), build.walls_of(case), build.solutes_of(case)
    parameters = problem.parameters(*of_case, problem.scales)
    found = problem.evaluate(problem.at_rest(parameters)[0], parameters)
    m = 0.5 * height / np.sqrt(k)
    exact = k / case.electrolyte.viscosity * pressure / length * (1 - np.tanh(m) / m) * height * width
    rates = found.flow_rates * parameters.scales.flow_rate
    assert rates[0] == pytest.approx(exact, rel=1e-4)
    assert rates.sum() == pytest.approx(0.0, abs=1e-10 * exact)


def test_at_rest_a_membrane_beside_a_solid_has_its_own_potential_on_their_face() -> None:
    """Solid, membrane, solid: there are no ions in the solids to take part in it."""
    slabs = {
        1e-9: Dielectric(relative_permittivity=4.0),
        2e-9: Membrane(fixed_charge=-4.0),
        3e-9: Dielectric(relative_permittivity=4.0),
    }
    device = Device(np.linspace(0.0, 3e-9, 13), slabs, (1.0, 1.0), (1e-9, 1e-9))
    problem = device.problem
    state, _ = problem.at_rest(problem.parameters(device.terminals(0.0), (), device.solutes, problem.scales))
    x = problem.unknowns.scalar.tabulate_dof_coordinates()[:, 0] * UNIT
    inside = (x > 1e-9 - 1e-13) & (x < 2e-9 + 1e-13)
    np.testing.assert_allclose(problem.unknowns.potential(state)[inside], -np.arcsinh(2.0), rtol=1e-12)
    np.testing.assert_array_equal(problem.unknowns.potential(state)[~inside], 0.0)


MEMBRANE = {"type": "membrane", "fixed_charge": "-100 mM"}


@pytest.mark.parametrize(
    ("membrane", "key", "text"),
    [
        ({"partition": {"Na": 2}}, "regions.plug.partition.Na", "unknown species"),
        ({"partition": {"K": 0}}, "regions.plug.partition.K", "must be positive"),
        ({"diffusivity_factor": {"Na": 2}}, "regions.plug.diffusivity_factor.Na", "unknown species"),
        ({"relative_permittivity": -4}, "regions.plug.relative_permittivity", "must be positive"),
        ({"permeability": "-1 nm^2"}, "regions.plug.permeability", "must be positive"),
    ],
)
def test_a_membrane_that_does_not_fit_is_one_line(membrane: dict[str, object], key: str, text: str) -> None:
    with pytest.raises(CaseError, match=text) as error:
        file_case(membrane)
    assert key in str(error.value)


def file_case(membrane: dict[str, object], **more: object) -> Case:
    """A mesh file of water and a plug, which is not opened."""
    return Case(
        geometry={
            "type": "file", "path": "x.msh", "symmetry": "axisymmetric", "terminals": {"left": "a", "right": "b"},
            "walls": {"wall": "w"},
        },
        electrolyte={"concentration": "10 mM", "species": {"K": {}, "Cl": {}}},
        regions={"water": "fluid", "plug": MEMBRANE | membrane},
        **more,
    )  # fmt: skip


def test_fixed_charges_are_values_and_all_else_is_structure() -> None:
    case = file_case({}, solver={"flow": "none"})
    assert case.unit("regions.plug.fixed_charge") == "mol/m^3"
    assert build.same_structure(case, case.with_value("regions.plug.fixed_charge", "-50 mM"))
    assert not build.same_structure(case, case.with_values({"regions.plug.partition": {"K": 2.0}}))


def test_a_device_in_which_no_liquid_can_move_is_one_line() -> None:
    with pytest.raises(CaseError, match="none has a permeability; write"):
        Case(
            geometry=file_case({}, solver={"flow": "none"}).geometry,
            electrolyte={"concentration": "10 mM", "species": {"K": {}, "Cl": {}}},
            regions={"plug": MEMBRANE},
        )
