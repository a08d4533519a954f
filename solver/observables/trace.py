"""Trace species: what enters at the terminals, how far they are enriched, and how well the mesh resolves them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import basix.ufl
import numpy as np
import ufl
from dolfinx import fem
from mpi4py import MPI

from solver.case.case import Case
from solver.discretization.problem import Problem
from solver.discretization.trace import TraceState
from solver.observables.observable import BAR, Observable
from solver.observables.state import DeviceState, integral
from solver.observables.trace_profiles import PROFILE
from solver.parallel import compat
from solver.results.columns import STEADY, Quantity
from solver.results.headers import header

CHANNEL = "channel"
"""Region of a drawn channel."""

VARYING = 0.05
"""Part of the range of the reservoirs by which the share varies in cells whose Peclet number counts."""

RATE = Quantity(
    header("molar_rate_{terminal}_{trace}", "mol/s"),
    "rate of {trace} at {terminal}",
    "Amount of the trace species that enters the device at the terminal in a second.",
    BAR,
    studies=(STEADY,),
)
PASSAGE = Quantity(
    "passage_{trace}",
    "passage of {trace}",
    "Molar rate of the trace species over that of a neutral point particle of the same diffusivity, which partition"
    " coefficients and barriers do not see either; at the driven terminal. Empty where none of these would pass.",
    BAR,
    studies=(STEADY,),
)
ENRICHMENT = Quantity(
    "enrichment_{trace}",
    "enrichment of {trace}",
    "Largest concentration of the trace species in the liquid, double layers included, over the largest of a reservoir.",
    BAR,
    studies=(STEADY,),
)
SECTION_ENRICHMENT = Quantity(
    "section_enrichment_{trace}",
    "enrichment of {trace} in a section",
    "The same of the means over cross-sections (see profiles.csv): what is seen under a microscope.",
    BAR,
    studies=(STEADY,),
)
AMOUNT = Quantity(
    header("amount_{trace}", "mol"),
    "amount of {trace}",
    "Amount of the trace species in the channel; in the whole device where the mesh has no region of that name.",
    BAR,
    studies=(STEADY,),
)
BALANCE = Quantity(
    "trace_balance_error_{trace}",
    "balance of {trace}",
    "Sum of the molar rates of the trace species over the largest of them; empty where these are rounding.",
    studies=(STEADY,),
)
SHARE_OF_CHARGE = Quantity(
    "share_of_charge_{trace}",
    "charge of {trace} over that of the ions",
    "Largest ratio of the charge of the trace species to that of all ions (sum |z| c), which has to be small for a trace.",
    studies=(STEADY,),
)
CELL_PECLET = Quantity(
    "cell_peclet_{trace}",
    "cell Peclet number of {trace}",
    "Largest Peclet number of half a cell, |v| h / 2 D, where the concentration changes because the reservoirs hold different"
    " ones.",
    studies=(STEADY,),
)
OVERSHOOT = Quantity(
    "overshoot_{trace}",
    "overshoot of {trace}",
    "By how much the concentration leaves the range that the reservoirs allow, over that range: 0 on a fine mesh.",
    studies=(STEADY,),
)


class Traces(Observable):
    """Numbers of the trace species of a case."""

    quantities = (
        RATE,
        PASSAGE,
        ENRICHMENT,
        SECTION_ENRICHMENT,
        AMOUNT,
        BALANCE,
        SHARE_OF_CHARGE,
        CELL_PECLET,
        OVERSHOOT,
    )

    def __init__(self, problem: Problem, case: Case) -> None:
        self._problem, self._transport = problem, problem.trace
        if self._transport is None:
            return
        region = CHANNEL if CHANNEL in problem.tagged.regions else None
        where = problem.measures.liquid if region is None else problem.measures.region(region)
        element = basix.ufl.element(
            "Lagrange", problem.mesh.basix_cell(), problem.degree, discontinuous=True, shape=(3,)
        )
        space = fem.functionspace(problem.mesh, element)
        self._local = fem.Function(space)
        self._amounts, self._expressions = [], []
        ions = sum(abs(z) * c for z, c in zip(problem.valences, problem.c, strict=True))
        with problem.clock("compile"):
            for k in range(len(problem.traces)):
                c = self._transport.concentration(k)
                self._amounts.append(fem.form(c * problem.metric.weight * where))
                values = ufl.as_vector([c, ions, self._transport.cell_peclet])
                self._expressions.append(compat.expression(values, space))

    def measure(self, state: DeviceState) -> dict[str, float]:
        """Rates (mol/s), ratios and amounts (mol); NaN of a species that was not found."""
        if self._transport is None:
            return {}
        row: dict[str, float] = {}
        for k, found in enumerate(self._transport.solved(state.found)):
            name = self._problem.traces[k].name
            if found is None:
                row |= {RATE.of(terminal=terminal, trace=name): np.nan for terminal in state.terminals}
                row |= {quantity.of(trace=name): np.nan for quantity in self.quantities[1:]}
                continue
            row |= self._of(k, found, state)
        return row

    def _of(self, number: int, found: TraceState, state: DeviceState) -> dict[str, float]:
        name, scales, transport = found.name, state.scales, self._transport
        assert transport is not None
        unit = found.concentration / scales.concentration
        rates = found.rates * unit * scales.molar_rate
        row = {RATE.of(terminal=t, trace=name): float(r) for t, r in zip(state.terminals, rates, strict=True)}
        driven = state.driven if state.driven < len(rates) else 0
        neutral = found.neutral[driven]
        row[PASSAGE.of(trace=name)] = float(found.rates[driven] / neutral) if found.neutral_passes else np.nan
        transport.load(state.found, number, found)
        self._local.interpolate(self._expressions[number])
        local = self._local.x.array.reshape(-1, 3)[self._local.function_space.dofmap.list[self._cells]]
        c, ions = local[..., 0], np.maximum(local[..., 1], 1e-300)
        valence = abs(float(state.found.parameters[f"electrolyte.trace.{name}.valence"]))
        shares = found.share[self._problem.unknowns.scalar.dofmap.list[self._cells]]
        varies = np.ptp(shares, axis=1) > VARYING * (found.span if found.balanced else 1.0)
        peclet = local[varies, :, 2].max(initial=0.0) if found.span or not found.balanced else 0.0
        largest = self._largest([c.max(initial=0.0), (valence * unit * c / ions).max(initial=0.0), peclet])
        row[ENRICHMENT.of(trace=name)] = largest[0]
        row[SECTION_ENRICHMENT.of(trace=name)] = np.nan
        if state.profiles is not None and found.concentration:
            column = state.profiles.columns[PROFILE.of(trace=name)]
            row[SECTION_ENRICHMENT.of(trace=name)] = float(column.max()) / found.concentration
        amount = integral(self._amounts[number], self._problem.mesh.comm)
        row[AMOUNT.of(trace=name)] = amount * unit * scales.amount
        sizes = float(np.abs(rates).max(initial=0.0))
        row[BALANCE.of(trace=name)] = abs(float(rates.sum())) / sizes if found.passes else np.nan
        row[SHARE_OF_CHARGE.of(trace=name)] = largest[1]
        row[CELL_PECLET.of(trace=name)] = largest[2]
        row[OVERSHOOT.of(trace=name)] = found.overshoot
        return row

    @property
    def _cells(self) -> np.ndarray:
        """Owned cells with liquid."""
        problem = self._problem
        count = problem.mesh.topology.index_map(problem.mesh.topology.dim).size_local
        return np.arange(count) if problem.liquid is None else np.flatnonzero(problem.liquid.inside[:count])

    def _largest(self, values: list[Any]) -> list[float]:
        """The largest of each number over all ranks."""
        comm = self._problem.mesh.comm
        return [float(comm.allreduce(float(value), op=MPI.MAX)) for value in values]


def trace_leaks(row: Mapping[str, float], case: Case) -> dict[str, float]:
    """What the molar rates (mol/s) of trace species in a row lack to balance, by their headers."""
    found: dict[str, float] = {}
    for name in case.electrolyte.trace:
        columns = [RATE.of(terminal=terminal, trace=name) for terminal in case.terminals]
        found |= dict.fromkeys(columns, abs(sum(row[column] for column in columns)))
    return found
