"""What a state means to an experimenter: currents, flow rate, conductance, concentration polarization. SI units.

Currents come from the residual, never from gradients on the boundary: the unconstrained residual of species i, summed
over the degrees of freedom of a terminal, is the rate at which the species enters there. The second route is the same
residual tested with a function that steps from 1 to 0 across a cut of the channel.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import ufl
from dolfinx import fem
from mpi4py import MPI

from solver.case.case import Case
from solver.discretization import forms
from solver.discretization.boundary import wall_charge
from solver.discretization.problem import Problem
from solver.observables.profiles import AxialProbe
from solver.physics.constants import FARADAY

NOISE_CURRENT_FRACTION = 1e-3
"""At zero bias there is no current to compare with: errors are then relative to this fraction of the current that one
thermal voltage drives through the device."""

NOISE_FLOW_FRACTION = 1e-3
"""Flows below this fraction of the volume that holds the current's ions are rounding."""


@dataclass(frozen=True)
class Observed:
    """One row of observables.csv (headers carry the units) and the rows of profiles.csv."""

    row: Mapping[str, float]
    profile: list[dict[str, float]]


def bias_of(case: Case) -> float:
    """Potential (V) of the driven terminal or electrode against the first of the others."""
    driven = case.driven_terminal
    others = [name for name in (*case.terminals, *case.electrodes) if name != driven]
    return case.potential_of(driven) - (case.potential_of(others[0]) if others else 0.0)


class Observer:
    """Measures states of one problem. Collective.

    Args:
        problem: whose states are measured.
        case: for names, the driven terminal and where the channel lies.
    """

    def __init__(self, problem: Problem, case: Case) -> None:
        self._problem = problem
        self._comm = problem.mesh.comm
        self._names = [terminal.name for terminal in problem.terminals]
        self._electrodes = [name for name, _ in problem.electrodes]
        self._probe = AxialProbe.along(problem.tagged, case.geometry, case.outputs.profile_points)
        mouths = case.geometry.mouths
        with problem.clock("compile"):
            self._cut = None if mouths is None or len(self._names) != 2 else self._cut_forms(sum(mouths) / 2)
            self._wall = self._wall_forms()
            self._charge = self._charge_form() if self._stern_wall(case) else None
            self._conduction = fem.form(self._conduction_form())
            self._half = fem.form(self._half_form(sum(mouths) / 2)) if mouths is not None and not self._names else None

    # ------------------------------------------------------------------ compiled integrals
    def _cut_forms(self, position: float) -> list[fem.Form]:
        """Rate of each species through the cut, positive away from the first terminal."""
        problem = self._problem
        step = fem.Function(problem.scalar)
        at = position / problem.tagged.unit
        step.interpolate(lambda x: (x[0] < at).astype(float))
        step.x.scatter_forward()  # ranks may round a node on the cut to different sides
        first_is_left = self._mean_position(self._names[0]) < at
        sign = 1.0 if first_is_left else -1.0
        return [
            fem.form(
                sign
                * forms.nernst_planck(
                    problem.c[i], problem.mu[i], problem.u, ion, problem.peclet, step, problem.metric, problem.dx
                )
            )
            for i, ion in enumerate(problem.ions)
        ]

    def _mean_position(self, terminal: str) -> float:
        problem = self._problem
        dofs = problem.terminal_dofs[self._names.index(terminal)]
        z = problem.scalar.tabulate_dof_coordinates()[dofs, 0]
        total, count = self._comm.allreduce(np.array([z.sum(), len(z)]), op=MPI.SUM)
        return float(total / count)

    def _wall_forms(self) -> tuple[fem.Form, fem.Form] | None:
        """Integrals of zeta potential and area over the channel wall."""
        problem = self._problem
        wall = self._measured_wall()
        if wall is None:
            return None
        ds = problem.ds(problem.tagged.boundaries[wall])
        squares = sum(ion.valence**2 for ion in problem.ions)
        # phi minus the virtual potential; see AxialProbe for the virtual quantities
        self._bulk_logs = [fem.Constant(problem.mesh, 0.0) for _ in problem.ions]
        excess = [m - b for m, b in zip(problem.mu, self._bulk_logs, strict=True)]
        bulk = [ufl.exp(b) for b in self._bulk_logs]
        mean = sum(b * e for b, e in zip(bulk, excess, strict=True)) / sum(bulk)
        virtual = sum(ion.valence * (e - mean) for ion, e in zip(problem.ions, excess, strict=True)) / squares
        weight = problem.metric.weight
        return fem.form((problem.phi - virtual) * weight * ds), fem.form(weight * ds + 0 * problem.phi * ds)

    def _conduction_form(self) -> ufl.Form:
        """Integral of the conductivity: with the axial extent it bounds the conductance."""
        problem = self._problem
        kappa = sum(ion.valence**2 * ion.diffusivity * c for ion, c in zip(problem.ions, problem.c, strict=True))
        return kappa * problem.metric.weight * problem.dx

    def _measured_wall(self) -> str | None:
        """The wall whose potential is reported: the channel's, or the first that is charged."""
        walls = self._problem.walls
        charged = (wall.name for wall in walls if wall.patches)
        return "channel" if any(wall.name == "channel" for wall in walls) else next(charged, None)

    def _stern_wall(self, case: Case) -> float | None:
        """Capacitance (F/m^2) of the Stern layer on that wall, if it has one."""
        wall = self._measured_wall()
        return None if wall is None else case.stern_capacitance(wall)

    def _charge_form(self) -> fem.Form:
        """Charge of that wall."""
        problem = self._problem
        wall = self._measured_wall()
        assert wall is not None
        tag = problem.tagged.boundaries[wall]
        terms = [term for term in problem.charges if term.tag == tag]
        return fem.form(-wall_charge(terms, 1, problem.metric, problem.ds) + 0 * problem.phi * problem.ds(tag))

    def _half_form(self, position: float) -> ufl.Form:
        """Charge of the ions before a cut."""
        problem = self._problem
        z = ufl.SpatialCoordinate(problem.mesh)[0]
        before = ufl.conditional(ufl.lt(z, position / problem.tagged.unit), 1.0, 0.0)
        return problem.rho * before * problem.metric.weight * problem.dx

    def _sum(self, form: fem.Form) -> float:
        return float(self._comm.allreduce(fem.assemble_scalar(form), op=MPI.SUM))

    # ------------------------------------------------------------------ one state
    def molar_rates(self) -> np.ndarray:
        """Rate at which each species enters at each terminal, mol/s. Shape (terminals, species)."""
        return self._problem.terminal_rates() * self._problem.scales.molar_rate

    def flow_rates(self) -> np.ndarray:
        """Flow rate into the device at each terminal, m^3/s. Shape (terminals,); zeros without flow."""
        return self._problem.flow_rates() * self._problem.scales.flow_rate

    def observe(self, case: Case, displacement: np.ndarray | None = None) -> Observed:
        """All observables of the current state, which is that of `case`.

        displacement: of a state in time, the displacement current (A) that enters at each terminal and electrode. The
            currents of terminals and electrodes are then the sum of both kinds.
        """
        problem, names = self._problem, self._names
        valences = np.array([s.valence for s in problem.species])
        currents = FARADAY * self.molar_rates() * valences
        conduction = np.append(currents.sum(axis=1), np.zeros(len(self._electrodes)))
        totals = conduction if displacement is None else conduction + displacement
        driven = problem.ports.index(case.driven_terminal)
        bias = bias_of(case)
        thermal = self._thermal_current()
        floor = NOISE_CURRENT_FRACTION * thermal
        row: dict[str, float] = {"bias [V]": bias, "current [A]": totals[driven]}
        if displacement is not None:
            row["conduction_current [A]"], row["displacement_current [A]"] = conduction[driven], displacement[driven]
        through = self._through_the_cut(valences, driven)
        # in time the current passes through zero while much has to balance
        largest = max(abs(totals[driven]), floor if displacement is None else thermal)
        if through is not None:
            row["current_cut [A]"] = through
            if displacement is None:
                row["current_route_difference"] = abs(through - totals[driven]) / largest
        row["conservation_error"] = abs(totals.sum()) / largest
        # a closed cell only charges
        row["conductance [S]"] = totals[driven] / bias if bias and names else np.nan
        flows = self.flow_rates()
        self._add_flow(case, row, flows, abs(totals[driven]), driven)
        for k, name in enumerate(names):
            row[f"current_{name} [A]"] = totals[k]
            if displacement is not None:
                row[f"conduction_current_{name} [A]"] = conduction[k]
                row[f"displacement_current_{name} [A]"] = displacement[k]
            row[f"flow_rate_{name} [m^3/s]"] = flows[k]
            for i, species in enumerate(problem.species):
                row[f"current_{name}_{species.name} [A]"] = currents[k, i]
        self._add_electrodes(row, totals)
        if driven < len(names):
            self._add_shares(row, currents[driven], valences, floor)
        profile = self._profile(case, row)
        row["zeta_potential_mean [V]"] = self._zeta(case)
        capacitance = self._stern_wall(case)
        if self._charge is not None and self._wall is not None and capacitance is not None:
            charge = self._sum(self._charge) / self._sum(self._wall[1]) * problem.scales.surface_charge
            # behind the Stern layer, where the charge is
            row["surface_potential_mean [V]"] = row["zeta_potential_mean [V]"] + charge / capacitance
        return Observed(row, profile)

    def _through_the_cut(self, valences: np.ndarray, driven: int) -> float | None:
        """Conduction current through the middle of the channel, A; positive from the driven terminal."""
        if self._cut is None:
            return None
        cut = np.array([self._sum(form) for form in self._cut]) * self._problem.scales.molar_rate
        return FARADAY * float(valences @ cut) * (1.0 if driven == 0 else -1.0)

    def _add_flow(self, case: Case, row: dict[str, float], flows: np.ndarray, current: float, driven: int) -> None:
        """Flow rate of the driven terminal, and how well the flow rates balance."""
        if not len(flows):
            return
        row["flow_rate [m^3/s]"] = flows[driven] if driven < len(flows) else np.nan
        # without charge or pressure there is no flow: then compare with the volume that holds the ions of the current
        carrier = current / (FARADAY * case.solution(case.driven_terminal).equivalents)
        largest = max(float(np.abs(flows).max()), NOISE_FLOW_FRACTION * carrier)
        row["flow_conservation_error"] = abs(flows.sum()) / largest if largest else 0.0

    def _add_electrodes(self, row: dict[str, float], totals: np.ndarray) -> None:
        """Charge of each electrode, and the current that charges it; the ions' charge in the left half of a closed cell."""
        if not self._electrodes:
            return
        count = len(self._names)
        charges = self._problem.field_fluxes()[count:] * self._problem.scales.electric_flux
        for name, charge, current in zip(self._electrodes, charges, totals[count:], strict=True):
            row[f"current_{name} [A]"], row[f"charge_{name} [C]"] = current, charge
        if self._half is not None:
            row["charge_left_half [C]"] = FARADAY * self._sum(self._half) * self._problem.scales.amount

    def _add_shares(self, row: dict[str, float], currents: np.ndarray, valences: np.ndarray, floor: float) -> None:
        """Transference numbers and selectivity of the driven terminal's conduction current."""
        total = currents.sum()
        carried = abs(total) > floor
        for species, current in zip(self._problem.species, currents, strict=True):
            row[f"transference_{species.name}"] = current / total if carried else np.nan
        cations, anions = np.abs(currents[valences > 0]).sum(), np.abs(currents[valences < 0]).sum()
        row["selectivity"] = (cations - anions) / (cations + anions) if carried else np.nan

    def _thermal_current(self) -> float:
        """Current that one thermal voltage drives through the device's mean conductivity, A."""
        z = self._problem.mesh.geometry.x[:, 0]
        low = self._comm.allreduce(float(z.min(initial=np.inf)), op=MPI.MIN)
        high = self._comm.allreduce(float(z.max(initial=-np.inf)), op=MPI.MAX)
        # conductivity integrated over the volume, over the squared length: the parallel-tube bound of the conductance
        return self._sum(self._conduction) / (high - low) ** 2 * self._problem.scales.current

    def _zeta(self, case: Case) -> float:
        if self._wall is None:
            return np.nan
        logs = self._reference_logs(case)
        for constant, value in zip(self._bulk_logs, logs, strict=True):
            constant.value = value
        potential, area = self._sum(self._wall[0]), self._sum(self._wall[1])
        return potential / area * self._problem.scales.potential

    def _reference_logs(self, case: Case) -> np.ndarray:
        """ln of the bulk concentrations of the driven terminal, dimensionless. Shape (species,)."""
        bulk = case.bulk(case.driven_terminal)
        return np.array([self._problem.scales.chemical_potential(bulk[s.name]) for s in self._problem.species])

    def _profile(self, case: Case, row: dict[str, float]) -> list[dict[str, float]]:
        """Rows of profiles.csv; adds the summary of concentration polarization to `row`."""
        held = self._names or self._electrodes
        bulk_salt = float(np.mean([sum(case.bulk(name).values()) for name in held])) / 2
        keys = ("mean", "min", "max")
        if self._probe is None:
            for key in keys:
                row[f"salt_{key} [mol/m^3]"] = row[f"virtual_salt_{key} [mol/m^3]"] = np.nan
            row["salt_axial_mean [mol/m^3]"] = np.nan
            row["salt_mean_ratio"] = np.nan
            return []
        lines = self._probe.averages(self._problem, self._reference_logs(case))
        inside = self._probe.inside
        weight = lines["area [m^2]"][inside]
        for kind in ("salt", "virtual_salt"):
            values = lines[f"{kind} [mol/m^3]"][inside]
            row[f"{kind}_mean [mol/m^3]"] = float(np.sum(values * weight) / np.sum(weight))
            row[f"{kind}_min [mol/m^3]"] = float(values.min())
            row[f"{kind}_max [mol/m^3]"] = float(values.max())
        row["salt_axial_mean [mol/m^3]"] = float(lines["salt [mol/m^3]"][inside].mean())  # the sections are equidistant
        row["salt_mean_ratio"] = row["salt_mean [mol/m^3]"] / bulk_salt
        names = list(lines)
        return [dict(zip(names, map(float, values), strict=True)) for values in zip(*lines.values(), strict=True)]
