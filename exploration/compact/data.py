"""What results of one device say of it between its two terminals: steady currents, currents in time, admittances."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from postprocess.tables.circuit import is_circuit_result
from postprocess.tables.kinds import BIAS, FREQUENCY
from postprocess.tables.result import Result, load
from postprocess.tables.units import split_header
from solver.analysis.rows import Run, runs_of
from solver.inputs.errors import CaseError
from solver.inputs.keys import has_key
from solver.results.headers import CURRENT
from solver.results.rows import ResultError, first_difference

Array = NDArray[np.float64]

REAL, IMAGINARY = "admittance_real [S]", "admittance_imaginary [S]"

OF_THE_COMPUTATION = ("format", "title", "study", "mesh", "outputs")
"""Keys of a case that do not make it another device."""

NUMERICS = ("tolerance", "max_iterations", "quadrature_degree", "linear")
"""Keys of its `solver` that do not either."""


@dataclass(frozen=True, eq=False)
class Steady:
    """A current-voltage curve.

    Attributes:
        source: where it is from; for messages.
        place: value of the parameter beside the voltage; None without one.
        voltages: ascending, V. Shape (points,).
        currents: A. Shape (points,).
    """

    source: str
    place: float | None
    voltages: Array
    currents: Array


@dataclass(frozen=True, eq=False)
class InTime:
    """A run in time.

    Attributes:
        times: s; two the same where the voltage jumps. Shape (instants,).
        voltages: V. Shape (instants,).
        currents: A; nan where there is none, such as at jumps. Shape (instants,).
    """

    source: str
    place: float | None
    times: Array
    voltages: Array
    currents: Array


@dataclass(frozen=True, eq=False)
class Spectrum:
    """Admittances at a bias.

    Attributes:
        voltage: the bias, V.
        frequencies: Hz, ascending. Shape (frequencies,).
        admittances: S. Shape (frequencies,).
    """

    source: str
    place: float | None
    voltage: float
    frequencies: Array
    admittances: NDArray[np.complex128]


@dataclass(frozen=True, eq=False)
class DeviceData:
    """All of a device.

    Attributes:
        terminals: the driven one, and the other.
        parameter: header of what else than the voltage is varied; "" for nothing.
    """

    terminals: tuple[str, str]
    parameter: str
    steady: tuple[Steady, ...] = ()
    in_time: tuple[InTime, ...] = ()
    spectra: tuple[Spectrum, ...] = ()

    @property
    def parts(self) -> tuple[Steady | InTime | Spectrum, ...]:
        """Everything, in this order."""
        return (*self.steady, *self.in_time, *self.spectra)


def read_data(paths: Sequence[Path], like: DeviceData | None = None, device: Path | None = None) -> DeviceData:
    """The data of results of one device.

    like: data of the same device, whose parameter these must have. device: a result of it.

    Raises:
        ResultError: they are no results, of different devices, or of what a compact model cannot have.
    """
    for path in paths:
        if is_circuit_result(path):
            raise ResultError(
                f"{path} is the result of a circuit; a model is fitted to results of the case of one device"
            )
    results = [load(path) for path in paths]
    for result in results:
        _check(result)
    first = results[0] if device is None else load(device)
    parameter = _parameter(results) if like is None else like.parameter
    for result in results:
        _check_same(first, result, split_header(parameter)[0])
    parts: list[Steady | InTime | Spectrum] = [part for result in results for part in _parts(result, parameter)]
    return DeviceData(
        _terminals(first),
        parameter,
        tuple(part for part in parts if isinstance(part, Steady)),
        tuple(part for part in parts if isinstance(part, InTime)),
        tuple(part for part in parts if isinstance(part, Spectrum)),
    )


# ------------------------------------------------------------------ what fits
def _check(result: Result) -> None:
    """Refuse a result that says nothing of a device between two terminals."""
    where = result.place_of_all
    if result.ports != 2:
        raise ResultError(
            f"{where}: the device has {result.ports} terminals and electrodes ({', '.join(_ports(result))}), and a compact"
            " model is one between two; put the device itself into the circuit, with 'type: device'"
        )
    if result.study == "reversal" or result.study not in ("steady", "sweep", "transient", "impedance"):
        raise ResultError(f"{where}: a study of type {result.study} has no currents at given voltages; give a sweep")
    if result.holds_current:
        raise ResultError(
            f"{where}: the current is held there; a compact model is fitted to results with given voltages"
        )
    if result.run.get("status") not in ("complete", None):
        raise ResultError(f"{where} is not complete (status {result.run.get('status')}); finish it with --resume")


def _ports(result: Result) -> list[str]:
    return [*result.terminals, *result.electrodes]


def _terminals(result: Result) -> tuple[str, str]:
    """The driven terminal or electrode, and the other one."""
    ports = _ports(result)
    driven = str(result.run.get("driven_terminal") or ports[0])
    return driven, next(name for name in ports if name != driven)


def _is_potential(header: str) -> bool:
    return split_header(header)[0].endswith(".potential")


def _others(result: Result) -> list[str]:
    """Headers of what is varied beside the voltage, of the device rather than of the protocol."""
    along = {result.kind.along, *result.driven}
    others = [name for name in result.parameters if name not in along and not _is_potential(name)]
    return [name for name in others if not name.startswith("study.")]


def _parameter(results: Iterable[Result]) -> str:
    """Header of what steady curves are repeated for."""
    found: dict[str, str] = {}
    for result in results:
        for name in _others(result) if not result.kind.along else ():
            found.setdefault(name, result.place_of_all)
    if len(found) > 1:
        (one, here), (other, there), *_ = found.items()
        raise ResultError(
            f"{here} varies '{one}', and {there} '{other}'; a compact model has one parameter beside the voltage"
        )
    return next(iter(found), "")


def _check_same(first: Result, other: Result, parameter: str) -> None:
    """Refuse results of two devices."""
    one, two = (_device(result, parameter) for result in (first, other))
    if different := first_difference(one, two):
        raise ResultError(
            f"{other.place_of_all} is of another device than {first.place_of_all}: {different}; give results of one device"
        )


def _device(result: Result, parameter: str) -> dict[str, Any]:
    """The case of a result without what is computed of it, the potentials, and the parameter that is varied."""
    case = copy.deepcopy({key: value for key, value in result.run["case"].items() if key not in OF_THE_COMPUTATION})
    case["solver"] = {key: value for key, value in (case.get("solver") or {}).items() if key not in NUMERICS}
    for ports in (case.get("terminals") or {}, case.get("walls") or {}):
        for port in ports.values():
            if isinstance(port, dict) and isinstance(port.get("potential"), int | float):
                port["potential"] = 0.0
    if parameter and has_key(case, parameter):
        *path, last = parameter.split(".")
        node: Any = case
        for step in path:
            node = node[step]
        node[last] = None
    return case


# ------------------------------------------------------------------ the parts of a result
def _parts(result: Result, parameter: str) -> list[Steady | InTime | Spectrum]:
    where = result.place_of_all
    if unknown := next((name for name in _others(result) if name != parameter), None):
        wanted = f"beside the voltage, steady curves vary '{parameter}'" if parameter else "no steady curve does"
        raise ResultError(f"{where} varies '{unknown}'; {wanted}")
    if result.transient:
        return list(_in_time(result, parameter))
    table = result.observables
    found: list[Steady | InTime | Spectrum] = []
    along = FREQUENCY if result.kind.along == FREQUENCY else BIAS
    keys = ([parameter] if parameter in table else []) + ([BIAS] if along == FREQUENCY else [])
    groups = table.groupby(keys, sort=False) if keys else [((), table)]
    for values, part in groups:
        given = dict(zip(keys, map(float, values if isinstance(values, tuple) else (values,)), strict=True))
        place = given.get(parameter, _place(result, parameter)) if parameter else None
        ordered = part.sort_values(along, kind="stable")
        if along == BIAS:
            # a curve that goes forth and back has most voltages twice: the last one counts
            ordered = ordered.drop_duplicates(BIAS, keep="last")
            numbers = ordered[[BIAS, CURRENT]].dropna().to_numpy(float)
            found.append(Steady(where, place, numbers[:, 0], numbers[:, 1]))
        else:
            numbers = ordered[[FREQUENCY, REAL, IMAGINARY]].dropna().to_numpy(float)
            admittances = numbers[:, 1] + 1j * numbers[:, 2]
            found.append(Spectrum(where, place, given[BIAS], numbers[:, 0], admittances))
    return found


def _place(result: Result, parameter: str) -> float | None:
    """Value of the parameter in the case of a result that does not vary it."""
    if not parameter:
        return None
    node: Any = result.run["case"]
    for step in split_header(parameter)[0].split("."):
        node = node.get(step) if isinstance(node, Mapping) else None
    if not isinstance(node, int | float):
        raise ResultError(f"{result.place_of_all} does not say its '{parameter}', which steady curves vary")
    return float(node)


def _in_time(result: Result, parameter: str) -> Iterable[InTime]:
    where = result.place_of_all
    if strange := next((name for name in result.driven if not _is_potential(name)), None):
        raise ResultError(f"{where} drives '{strange}'; a compact model follows voltages alone")
    outer = result.outer if result.outer is not None and not result.outer.startswith("study.") else None
    try:
        runs = list(runs_of(result.observables.to_dict("records"), result.case))
    except (CaseError, ValueError) as error:
        raise ResultError(f"{where}: the case in run.json cannot be read: {error}") from None
    driven, other = _terminals(result)
    for run in runs:
        place = run.outer if outer is not None and outer == parameter else _place(result, parameter)
        times, voltages, currents = _with_jumps(run, result, driven, other)
        yield InTime(where, place, times, voltages, currents)


def _with_jumps(run: Run, result: Result, driven: str, other: str) -> tuple[Array, Array, Array]:
    """Times, voltages and currents of a run, with a second instant wherever the voltage jumps."""
    times, voltages, currents = run.times, run.columns[BIAS], run.columns[CURRENT]
    keys = [
        next((key for key in run.schedule.keys if key.endswith(f".{name}.potential")), None) for name in (driven, other)
    ]

    def driving(time: float, after: bool) -> float:
        values = run.schedule.values(time, after)
        one, two = (0.0 if key is None else values[key] for key in keys)
        return one - two

    for corner in reversed([corner for corner in run.schedule.corners() if corner.jump]):
        at = int(np.searchsorted(times, corner.time + run.instant, side="right"))
        if at < 1 or at >= len(times):
            continue
        before = voltages[at - 1]
        behind = before + driving(corner.time, True) - driving(times[at - 1], False)
        if abs(times[at - 1] - corner.time) <= run.instant:
            added = [(corner.time, behind)]
        else:
            added = [
                (corner.time, before + driving(corner.time, False) - driving(times[at - 1], False)),
                (corner.time, behind),
            ]
        times, voltages = np.insert(times, at, [t for t, _ in added]), np.insert(voltages, at, [v for _, v in added])
        currents = np.insert(currents, at, [np.nan] * len(added))
    return times, voltages, currents


__all__ = ["DeviceData", "InTime", "Spectrum", "Steady", "read_data"]
