"""Fitting a compact model to results, with its error against the fields.

found = nc.compact(["results/cone_sweep", "results/cone_steps"], validate=["results/cone_sine"])
print(found)
found.write("results/cone_sweep/compact.json")
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from circuits.compact.family import CompactFamily
from circuits.compact.model import CompactModel, ModelError
from exploration.compact.data import DeviceData, read_data
from exploration.compact.errors import FieldError, field_errors
from exploration.compact.memory import Memory, fitted_memory
from exploration.compact.steady import steady_models
from solver.results.rows import ResultError
from solver.results.units import plain_quantity

NAME = "compact.json"
"""File of a model beside a result."""


@dataclass(frozen=True, eq=False)
class CompactFit:
    """A fitted model.

    Attributes:
        model: of the device, or one for every value of a parameter.
        memory: what was chosen, and what else was tried; None without data that say anything of a memory.
        errors: against the results that it was fitted to.
        validation: against others; empty without any.
        between: for each value of the parameter but the first and the last: relative rms of the steady current that the
            models at the other values give there.
        notes: what a reader has to know.
    """

    model: CompactModel | CompactFamily
    memory: Memory | None
    errors: tuple[FieldError, ...]
    validation: tuple[FieldError, ...]
    between: tuple[tuple[float, float], ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def models(self) -> tuple[CompactModel, ...]:
        """One, or one for every value of the parameter."""
        return (self.model,) if isinstance(self.model, CompactModel) else self.model.models

    def write(self, file: Path | str) -> None:
        """Write the model as JSON.

        Raises:
            ResultError: it cannot be written.
        """
        try:
            self.model.write(Path(file))
        except OSError as error:
            raise ResultError(f"cannot write '{file}': {(error.strerror or str(error)).lower()}") from None

    def __str__(self) -> str:
        lines = []
        for k, model in enumerate(self.models):
            if isinstance(self.model, CompactFamily):
                lines.append(f"{self.model.parameter} = {self.model.values[k]:.6g}")
            lines += [f"  {name:<22}{text}" for name, text in _described(model)]
        for title, errors in (("fitted to", self.errors), ("held against", self.validation)):
            lines += [f"{title} {_told(error, self.model)}" for error in errors]
        lines += [
            f"from the other values at {value:.6g}: steady current rms {100.0 * rms:.2g} % off"
            for value, rms in self.between
        ]
        return "\n".join(lines)


def compact(paths: Sequence[Path | str], validate: Sequence[Path | str] = ()) -> CompactFit:
    """Fit a model of a device to its results: at least a sweep of the voltage; runs in time and spectra for its memory.

    validate: results of the same device to which nothing is fitted.

    Raises:
        ResultError: a result cannot be read, or is not one of a device that such a model describes.
    """
    files = [Path(path) for path in paths]
    data = read_data(files)
    others = [Path(path) for path in validate]
    held = read_data(others, data, files[0]) if others else DeviceData(data.terminals, data.parameter)
    steady = steady_models(data.steady, data.terminals)
    base = _family(steady, data)
    memory = fitted_memory(data, lambda place: _at(base, place))
    fitted = [replace(model, **_of_memory(memory)) for model in steady]
    model = _family(fitted, data)
    errors = tuple(field_errors(data, lambda place: _at(model, place)))
    validation = tuple(field_errors(held, lambda place: _at(model, place)))
    between = tuple(_between(model)) if isinstance(model, CompactFamily) else ()
    notes = tuple(_notes(data, held, memory, errors, validation))
    source = {
        "results": [str(path) for path in paths],
        "validation": [str(path) for path in validate],
        "errors": [error.tree for error in errors],
        "errors_of_validation": [error.tree for error in validation],
        **({"errors_between_values": [list(each) for each in between]} if between else {}),
        "memory": list(memory.table) if memory else [],
        "notes": list(notes),
    }
    if isinstance(model, CompactFamily):
        models = tuple(replace(each, source={"numbers": _numbers(each)}) for each in model.models)
        model = replace(model, models=models, source=source)
    else:
        model = replace(model, source={**source, "numbers": _numbers(model)})
    return CompactFit(model, memory, errors, validation, between, notes)


def _of_memory(memory: Memory | None) -> dict[str, Any]:
    return {} if memory is None else {"branches": memory.branches, "capacitance": memory.capacitance}


def _family(models: Sequence[CompactModel], data: DeviceData) -> CompactModel | CompactFamily:
    """One model, or those of all values of the parameter."""
    places = list(dict.fromkeys(curve.place for curve in data.steady))
    if len(models) == 1:
        return models[0]
    order = np.argsort(np.array(places, dtype=float))
    values = tuple(float(places[k]) for k in order)
    return CompactFamily(data.parameter, values, tuple(models[k] for k in order))


def _at(model: CompactModel | CompactFamily, place: float | None) -> CompactModel:
    if isinstance(model, CompactModel):
        return model
    try:
        return model.at(float(place))  # type: ignore[arg-type]
    except ModelError as error:
        raise ResultError(f"the sweeps of the voltage give a model that {error}") from None


def _between(family: CompactFamily) -> Iterator[tuple[float, float]]:
    """What models give at a value that is left out: how far a family is to be trusted between its values."""
    for k in range(1, len(family.values) - 1):
        rest = [i for i in range(len(family.values)) if i != k]
        others = replace(
            family, values=tuple(family.values[i] for i in rest), models=tuple(family.models[i] for i in rest)
        )
        found, own = others.at(family.values[k]), family.models[k]
        away, size = (
            np.sqrt(np.mean([number**2 for number in numbers]))
            for numbers in (
                [found.steady_current(v) - own.steady_current(v) for v in own.voltages],
                [own.steady_current(v) for v in own.voltages],
            )
        )
        yield family.values[k], float(away / size)


# ------------------------------------------------------------------ what is told
def _numbers(model: CompactModel) -> dict[str, Any]:
    """Numbers of a model that people ask for."""
    at_zero = model.steady_conductance(0.0)[0]
    common = min(-model.voltages[0], model.voltages[-1])
    found: dict[str, Any] = {"conductance_at_zero [S]": at_zero, "reversal_potential [V]": model.reversal}
    if common > 0.0:
        forward, backward = (abs(model.steady_current(sign * common)) for sign in (1.0, -1.0))
        if min(forward, backward) > 0.0:
            found["rectification"] = max(forward, backward) / min(forward, backward)
            found["rectification_at [V]"] = common
            found["larger"] = "+" if forward > backward else "-"
    found["memory_times_at_zero [s]"] = [
        model.time(k, 0.0)[0] if branch.times else 0.0 for k, branch in enumerate(model.branches)
    ]
    found["weights"] = [branch.weight for branch in model.branches]
    found["capacitance [F]"] = model.capacitance
    return found


def _described(model: CompactModel) -> list[tuple[str, str]]:
    numbers = _numbers(model)
    low, high = model.voltages[0], model.voltages[-1]
    first, second = model.terminals
    lines = [
        ("voltages", f"{low:.6g} to {high:.6g} V, from {first} to {second}"),
        ("g_inf(0)", plain_quantity(numbers["conductance_at_zero [S]"], "S")),
        ("reversal potential", plain_quantity(model.reversal, "V")),
    ]
    if "rectification" in numbers:
        text = f"{numbers['rectification']:.4g} at {numbers['rectification_at [V]']:.4g} V, larger at"
        lines.append(("rectification", f"{text} {numbers['larger']}"))
    for k, branch in enumerate(model.branches):
        if not branch.times:
            text = "at once"
        elif len(branch.times) == 1:
            text = plain_quantity(branch.times[0], "s")
        else:
            ends = ", ".join(f"{plain_quantity(model.time(k, v)[0], 's')} at {v:.4g} V" for v in (low, 0.0, high))
            text = ends
        lines.append(("memory", f"{100.0 * branch.weight:.4g} % {text}"))
    lines.append(("capacitance", plain_quantity(model.capacitance, "F") if model.capacitance else "none"))
    return lines


def _told(error: FieldError, model: CompactModel | CompactFamily) -> str:
    where = f" at {error.place:.6g}" if error.place is not None and isinstance(model, CompactFamily) else ""
    quantity = "admittance" if error.kind == "impedance" else "current"
    text = f"{error.source} ({error.kind}{where}): error of the {quantity} rms {100.0 * error.rms:.2g} %"
    return f"{text}, largest {100.0 * error.largest:.2g} %"


def _notes(
    data: DeviceData,
    held: DeviceData,
    memory: Memory | None,
    errors: Sequence[FieldError],
    validation: Sequence[FieldError],
) -> list[str]:
    found = []
    if memory is None:
        found.append("no run in time and no spectrum: the model has no memory, and its current follows at once")
    elif not data.in_time:
        found.append("no run in time: the memory is that of small signals at the biases of the spectra alone")
    if outside := next((error for error in (*errors, *validation) if error.outside > 0.0), None):
        found.append(
            f"{100.0 * outside.outside:.2g} % of {outside.source} is at voltages beyond the sweep, where g_inf is constant"
        )
    if not held.parts:
        found.append(
            "the errors are those of the results that were fitted; --validate RESULT holds the model against another"
        )
    if data.parameter and memory is not None:
        found.append(f"the memory is taken to be the same at all values of {data.parameter}")
    return found
