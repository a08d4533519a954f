"""Columns of a row and of loads.csv from the states of a device."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from solver.accuracy.sensitivity import Sensitivity
from solver.analysis.reversal import BIAS_OF_POWER, OSMOTIC_POWER, REVERSAL_POTENTIAL, SHORT_CIRCUIT_CURRENT
from solver.case.case import Case
from solver.case.studies.reversal import Reversal
from solver.laws.algebra import NUMBERS
from solver.physics.constants import FARADAY
from solver.physics.salinity import (
    bulk_transference_number,
    electrode_potential,
    ideal_potential,
    mixing_power,
    transference_number,
)
from solver.physics.solution import Solution
from solver.results import headers
from solver.results.headers import error_header, extended
from solver.studies.reversal import columns
from solver.studies.reversal.states import Delivered, Reached


def numbers(case: Case, found: Delivered) -> dict[str, float]:
    """Columns of a row. case: at short circuit. NaN for what does not exist, such as a load without power."""
    study, best, bars = Reversal.of(case), found.best, headers.CURRENT_ERROR in found.short.row
    row: dict[str, float] = {}

    def put(header: str, value: float, error: float | None = None) -> None:
        row[header] = value
        if error is not None and bars:
            row[error_header(header)] = error

    of_reversal = found.zero.bar / found.zero.known.slope
    put(REVERSAL_POTENTIAL, found.reversal, of_reversal)
    put(columns.SLOPE, found.zero.known.slope)
    put(SHORT_CIRCUIT_CURRENT, found.short.known.current, found.short.bar)
    power, of_power = (0.0, 0.0) if best is None else (_power(best), abs(best.known.bias) * best.bar)
    put(OSMOTIC_POWER, power, of_power)
    row[BIAS_OF_POWER] = 0.0 if best is None else best.known.bias
    row[columns.LOAD] = math.nan if best is None else -best.known.bias / best.known.current
    if (density := study.pores_by_area(case)) is not None:
        put(columns.POWER_DENSITY, density * power, density * of_power)
        put(columns.CURRENT_DENSITY, density * found.short.known.current, density * found.short.bar)
    driven, other = solutions(case)
    between_two = len(case.terminals) == 2 and not (case.open_walls or case.reacting)
    share = transference_number(found.reversal, driven, other) if between_two else None
    if share is not None:
        row[columns.IDEAL] = ideal_potential(driven, other, 1)
        apart = abs(row[columns.IDEAL] - ideal_potential(driven, other, -1))
        of_share = of_reversal / apart if apart else math.nan
        put(columns.CATION_SHARE, share, of_share)
        put(columns.SELECTIVITY, 2.0 * share - 1.0, 2.0 * of_share)
        free = bulk_transference_number(driven)
        passing = 1.0 - free if share >= free else free
        put(columns.PERMSELECTIVITY, abs(share - free) / passing, of_share / passing)
        if sum(driven.valences) == 0:
            selective = 2.0 * share - 1.0
            put(columns.EFFICIENCY_BY_SELECTIVITY, 0.5 * selective**2, 2.0 * abs(selective) * of_share)
    if between_two:
        put(columns.EFFICIENCY, *(_efficiency(case, best, of_power) if best is not None else (math.nan, math.nan)))
    if study.electrode_ion is not None:
        row[columns.ELECTRODES] = electrode_potential(driven, other, study.electrode_ion)
        put(columns.MEASURED, found.reversal + row[columns.ELECTRODES], of_reversal)
    return row


def load_rows(case: Case, number: int, found: Delivered) -> list[dict[str, object]]:
    """Rows of loads.csv of a row of observables.csv. case: at short circuit."""
    density = Reversal.of(case).pores_by_area(case)
    rows = []
    for state in found.loads:
        bias, current, bars = state.known.bias, state.known.current, headers.CURRENT_ERROR in state.row
        is_zero = state is found.zero
        row: dict[str, object] = {headers.POINT: number}
        row[headers.BIAS] = found.reversal if is_zero else bias
        row[headers.CURRENT] = 0.0 if is_zero else current
        row |= {headers.CURRENT_ERROR: state.bar} if bars else {}
        row[headers.DIFFERENTIAL_CONDUCTANCE] = state.known.slope
        row[columns.LOAD] = math.nan if is_zero else abs(bias / current) if current else math.nan
        row[columns.POWER] = 0.0 if is_zero else _power(state)
        row |= {error_header(columns.POWER): abs(bias) * state.bar} if bars else {}
        if density is not None:
            row[columns.LOAD_DENSITY] = density * (0.0 if is_zero else _power(state))
            row |= {error_header(columns.LOAD_DENSITY): density * abs(bias) * state.bar} if bars else {}
        rows.append(row)
    return rows


def derivatives(number: int, found: Delivered) -> list[dict[str, object]]:
    """Rows of sensitivities.csv about the reversal potential, -(dI/dp)/(dI/dV) there, and the osmotic power, -V dI/dp: at its
    largest value a change of the bias does not count."""
    rows = [
        _derivative(number, each, "reversal_potential", -1.0 / found.zero.known.slope, found.reversal)
        for each in found.zero.derivatives
    ]
    if found.best is None:
        return rows
    bias, power = found.best.known.bias, _power(found.best)
    return rows + [_derivative(number, each, "osmotic_power", -bias, power) for each in found.best.derivatives]


def _derivative(number: int, of_current: Sensitivity, goal: str, factor: float, value: float) -> dict[str, object]:
    slope = factor * of_current.derivative
    known = of_current.value and value
    entry = {**vars(of_current), "goal": goal, "derivative": slope}
    return {headers.POINT: number, **entry, "elasticity": slope * of_current.value / value if known else math.nan}


def solutions(case: Case) -> tuple[Solution, Solution]:
    """That of the driven terminal, and that of the first of the others."""
    other = next(name for name in case.terminals if name != case.driven_terminal)
    return case.solution(case.driven_terminal), case.solution(other)


def _power(state: Reached) -> float:
    """W that the device delivers, without a negative zero."""
    return -state.known.bias * state.known.current + 0.0


def _efficiency(case: Case, best: Reached, of_power: float) -> tuple[float, float]:
    """Power over the loss of free energy, and its error bar."""
    first, second = solutions(case)
    scales, ports = best.found.parameters.scales, best.found.problem.ports
    k, names = ports.index(case.driven_terminal), (case.driven_terminal, *_others(case))
    rates = [float(rate) for rate in best.found.rates[k] * scales.molar_rate]
    flow = float(best.found.flow_rates[k]) * scales.flow_rate
    pressure, osmotic = (one - other for one, other in (_pressures(best, names), _osmotic(case, first, second)))
    lost = mixing_power(rates, flow, first, second, pressure, osmotic)
    bars = _bars(case, best.row, first)
    of_lost = sum(
        abs(mixing_power([bar if i == k else 0.0 for i in range(len(rates))], 0.0, first, second, 0.0, 0.0))
        for k, bar in enumerate(bars)
    ) + abs(pressure - osmotic) * float(best.row.get(error_header(extended(headers.FLOW_RATE, names[0])), 0.0))
    found = _power(best) / lost if lost else math.nan
    return found, abs(found) * (of_power / abs(_power(best)) + of_lost / abs(lost)) if lost else math.nan


def _others(case: Case) -> list[str]:
    return [name for name in case.terminals if name != case.driven_terminal]


def _pressures(best: Reached, names: Sequence[str]) -> tuple[float, float]:
    """Pa; those that follow where a terminal holds a flow rate."""
    first, second = (float(best.found.parameters[f"terminals.{name}.pressure"]) for name in names[:2])
    return first, second


def _osmotic(case: Case, first: Solution, second: Solution) -> tuple[float, float]:
    """Osmotic pressures of two solutions, Pa."""
    model = case.electrolyte.model
    one, other = (
        solution.thermal_energy * float(model.osmotic_pressure(list(solution.concentrations), 1.0, NUMBERS))
        for solution in (first, second)
    )
    return one, other


def _bars(case: Case, row: Mapping[str, Any], solution: Solution) -> list[float]:
    """Error bars of the molar rates of the species at the driven terminal, mol/s; 0 for neutral ones, and
    those that follow from others by equilibria."""
    found = []
    for name, z in zip(solution.names, solution.valences, strict=True):
        header = error_header(extended(headers.CURRENT, case.driven_terminal, name))
        counts = z and name not in case.electrolyte.dependences.dependents
        found.append(float(row.get(header, math.nan)) / (FARADAY * abs(z)) if counts else 0.0)
    return found
