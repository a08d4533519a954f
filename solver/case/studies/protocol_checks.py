"""Checks of what a protocol drives: concentrations that are positive, neutral and possible at their terminal, ends of
channels, and zeta potentials that do not jump."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from pydantic_core import PydanticCustomError

from meshes.layout import GATE
from meshes.quantity import misfit
from solver.case.acidity import check_buffer, check_pH
from solver.case.ends import before_the_end, end_of
from solver.case.reservoirs import net_charge
from solver.case.studies.studied import StudiedCase
from solver.inputs.errors import Key
from solver.signals.schedule import Schedule
from solver.signals.waveforms import ProtocolStep

Steps = Sequence[tuple[Key, ProtocolStep]]


# ------------------------------------------------------------------------------------------------ reservoirs
def check_concentrations(case: StudiedCase, steps: Steps, schedule: Schedule) -> None:
    """Raise a misfit (path below the case) when driven concentrations become impossible ones.

    steps: of the protocol, each with its path below the study.
    """
    for key in schedule.keys:
        words = key.split(".")
        if terminal := _held_by_an_end(case, words):
            raise misfit(
                _place(steps, key),
                f"terminal '{terminal}' ends a channel and holds the equilibrium at one value of it, which cannot be driven;"
                f" end the charge, the gate or the region before, or {before_the_end(case.geometry)}",
            )
        if words[-1] == "pH":
            _check_pH(case, steps, schedule, key)
            continue
        if words[0] == "walls" and words[2:] == ["zeta_potential"] and schedule.jumps(key):
            raise misfit(
                _place(steps, key),
                f"makes {key} jump; it fixes the ratio of the ions at the wall, which cannot move at once: write a ramp, a"
                " sine or a rise_time",
            )
        if words[0] != "terminals" or not words[2].startswith("concentration"):
            continue
        if _cuts_a_charged_channel(case, words[1]):
            raise misfit(
                _place(steps, key),
                f"terminal '{words[1]}' ends a charged channel and holds the equilibrium profile of one solution, which"
                f" cannot be driven; {before_the_end(case.geometry)}, or leave the channel uncharged",
            )
        least, _ = schedule.range(key)
        if least <= 0.0:
            raise misfit(_place(steps, key), f"brings {key} to {least:g} mol/m^3; keep it above zero, e.g. at '1 uM'")
        if words[2] == "concentrations":
            _check_neutrality(case, steps, schedule, words[1], key)


def _check_pH(case: StudiedCase, steps: Steps, schedule: Schedule, key: str) -> None:
    """A pH that no solution has, or that changes what a terminal holds."""
    words = key.split(".")
    for name in case.terminals if words[0] == "electrolyte" else (words[1],):
        if _cuts_a_charged_channel(case, name):
            raise misfit(
                _place(steps, key),
                f"terminal '{name}' ends a charged channel and holds the equilibrium profile at one pH, which cannot be"
                f" driven; {before_the_end(case.geometry)}",
            )
    least, most = schedule.range(key)
    for pH in (least, most):
        try:
            check_pH(pH, ())
            for terminal in case.terminals.values() if words[0] == "electrolyte" else ():
                check_buffer(terminal.bulk(case.electrolyte), case.electrolyte.valences, pH, ())
        except PydanticCustomError as error:
            text = (error.context or {})["text"]
            raise misfit(_place(steps, key), f"brings {key} to {pH:g}: {text}") from None


def _held_by_an_end(case: StudiedCase, words: Sequence[str]) -> str:
    """A terminal that ends the channel and holds an equilibrium that depends on a key: that of the wall's charge or zeta
    potential, under a gate, or Donnan's potential of what fills the channel there; "" when there is none."""
    for name in case.terminals:
        end = end_of(case, name)
        if end is None:
            continue
        own = list(words[:2]) == ["terminals", name]
        if words[:2] == ["walls", end.wall] and words[2] in ("surface_charge", "zeta_potential"):
            return name
        if (
            end.filled
            and (list(words[:2]) == ["regions", end.filled[0]] or (own and words[2].startswith("concentration")))
        ) or (end.gated and (list(words[:2]) == ["walls", GATE] or (own and words[2] == "potential"))):
            return name
    return ""


def _cuts_a_charged_channel(case: StudiedCase, terminal: str) -> bool:
    end = end_of(case, terminal)
    if end is None:
        return False
    wall = case.walls[end.wall]
    return bool(wall.is_charged or wall.is_electrode)


def _check_neutrality(case: StudiedCase, steps: Steps, schedule: Schedule, terminal: str, key: str) -> None:
    """Between corners the values are lines and sines, so that a few instants tell."""
    times = [0.0, *(corner.time for corner in schedule.corners())]
    inside = [start + part * (stop - start) for start, stop in itertools.pairwise(times) for part in (0.3, 0.5)]
    for time, after in [*((t, False) for t in times), *((t, True) for t in times), *((t, False) for t in inside)]:
        now = schedule.values(time, after)
        held = case.terminals[terminal].concentrations or {}
        bulk = {name: now.get(f"terminals.{terminal}.concentrations.{name}", value) for name, value in held.items()}
        if net := net_charge(case.electrolyte, dict.fromkeys(case.electrolyte.species, 0.0) | bulk):
            raise misfit(
                _place(steps, key),
                f"gives the reservoir a net charge of {net:+.3g} mol/m^3 at {time:g} s (sum of valence times"
                " concentration); drive the other ions in proportion, or give the terminal a salt concentration",
            )


def _place(steps: Steps, key: str) -> Key:
    """Path of the first step that drives a key, of the first that brings it below zero if one does."""
    places = [(path, step) for path, step in steps if key in step.settings]

    def sinks(step: ProtocolStep) -> bool:
        given = step.settings[key]
        return step.setting != "amplitude" and min(given if isinstance(given, tuple) else (given,)) <= 0.0

    path, step = next((place for place in places if sinks(place[1])), places[0])
    return ("study", *path, step.setting, key)
