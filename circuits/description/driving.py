"""What the sources of a circuit do in time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from circuits.elements.base import Element
from circuits.elements.sources import VALUE
from circuits.elements.switch import Switch
from meshes.quantity import Unit, misfit
from solver.inputs.errors import Key
from solver.inputs.keys import numeric_key
from solver.inputs.si import in_si
from solver.signals.schedule import Schedule
from solver.signals.waveforms import Hold, ProtocolStep, Step


def value_of(element: Element) -> float:
    """Value of a source before its protocol; whether a switch is closed."""
    return float(getattr(element, element.source_key)) if element.source_key else 0.0


def values_of(elements: Mapping[str, Element]) -> dict[str, float]:
    """Values of all sources by the names of their elements."""
    return {name: value_of(element) for name, element in elements.items() if element.source_key}


def schedule_of(elements: Mapping[str, Element], duration: float | None = None) -> Schedule | None:
    """The values of the driven elements in time, by their names; None where none is.

    duration: of the study (s), which protocols made of steps alone need; None where it has none.

    Raises a misfit with its path below the circuit.
    """
    tracks: list[tuple[Key, tuple[ProtocolStep, ...]]] = []
    for name, element in elements.items():
        place: Key = ("circuit", "elements", name, "protocol")
        if isinstance(element, Switch):
            steps = _of_switch(name, element)
        else:
            steps = tuple(_in_si(name, element, step, (*place, i)) for i, step in enumerate(_protocol(element)))
        if steps:
            tracks.append((place, steps))
    if tracks and not any(step.length > 0.0 for _, steps in tracks for step in steps):
        place, steps = tracks[0]
        if duration is None:
            text = "takes no time: a step is a jump; add e.g. '{type: hold, duration: 2 ms}', or give the study a 'duration'"
            raise misfit(place, text)
        tracks[0] = (place, (*steps, Hold(duration=duration)))
    driven = {str(place[2]): value_of(elements[str(place[2])]) for place, _ in tracks}
    return Schedule.of(tracks, driven) if tracks else None


def _protocol(element: Element) -> tuple[ProtocolStep, ...]:
    found: tuple[ProtocolStep, ...] = getattr(element, "protocol", ())
    return found


def _in_si(name: str, element: Element, step: ProtocolStep, place: Key) -> ProtocolStep:
    """A step with SI floats, its value under the name of the element."""
    if not step.setting:
        return step
    if getattr(step, "file", None) is not None:
        raise misfit((*place, "file"), "tables of sources are written here, as 'times' and 'values'")
    unit = numeric_key({"elements": {name: element}}, f"elements.{name}.{element.source_key}")
    of_any_sign = Unit(unit.symbol, unit.example)

    def read(value: Any, key: Key) -> Any:
        if isinstance(value, tuple | list):
            return tuple(in_si(entry, of_any_sign, (*key, i)) for i, entry in enumerate(value))
        return in_si(value, of_any_sign, key)

    key = (*place, step.setting)
    return step.model_copy(update={step.setting: {name: read(step.settings[VALUE], key)}})


def _of_switch(name: str, switch: Switch) -> tuple[ProtocolStep, ...]:
    """The changes of a switch as steps."""
    steps: list[ProtocolStep] = []
    closed, before = switch.closed, 0.0
    for i, time in enumerate(switch.changes_at):
        if time <= before and i:
            place = ("circuit", "elements", name, "changes_at", i)
            raise misfit(place, f"{time:g} s is not after the change before it, at {before:g} s")
        if time > before:
            steps.append(Hold(duration=time - before))
        closed, before = not closed, time
        steps.append(Step(to={name: float(closed)}))
    return tuple(steps)


__all__ = ["schedule_of", "value_of", "values_of"]
