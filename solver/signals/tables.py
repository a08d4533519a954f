"""From a protocol as written to one that a Case holds: driven keys are checked, values are in SI units, and the files of
tables are read."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from meshes.quantity import Unit, did_you_mean, misfit, parse
from meshes.quoting import quoted
from solver.inputs.errors import Key
from solver.inputs.files import text_of
from solver.inputs.keys import drivable_keys, numeric_key, refuse_driving
from solver.inputs.si import in_si
from solver.signals.waveforms import ProtocolStep, Table, table_faults

LARGEST_FILE = 50_000_000
"""Bytes of a table: a million rows."""


def tracks_in_si(
    tracks: Sequence[tuple[Key, Sequence[ProtocolStep]]], parts: Mapping[str, Any], directory: Path
) -> list[tuple[Key, tuple[ProtocolStep, ...]]]:
    """The tracks with SI floats for the values of all steps, and with tables instead of files.

    tracks: each with its path below the study. parts: of the case, validated: geometry, electrolyte, terminals, walls and
    regions. directory: that files are relative to. Raises a misfit with its path below the study.
    """
    drivable = drivable_keys(parts["terminals"], parts["walls"], parts["regions"], parts["electrolyte"])
    owners: dict[str, Key] = {}
    found = []
    for track, steps in tracks:
        done = []
        for i, step in enumerate(steps):
            path = (*track, i)
            if isinstance(step, Table) and step.file is not None:
                step = _read(step, directory / step.file, (*path, "file"), drivable, parts)
            for key in step.settings:
                place = (*path, step.setting, key)
                if text := refuse_driving(key, drivable):
                    raise misfit(place, text)
                owner = owners.setdefault(key, track)
                if owner != track:
                    raise misfit(
                        place, f"track {quoted(owner[-1])} drives this key already; a key belongs to one track"
                    )
            done.append(_step_in_si(step, path, parts))
        found.append((track, tuple(done)))
    return found


def _step_in_si(step: ProtocolStep, path: Key, parts: Mapping[str, Any]) -> ProtocolStep:
    if not step.setting:
        return step
    values: dict[str, Any] = {}
    for key, value in step.settings.items():
        # an amplitude may have any sign, and sums are what has to be positive; the schedule looks at these
        unit, place = _any_sign(numeric_key(parts, key)), (*path, step.setting, key)
        if isinstance(step, Table):
            values[key] = tuple(in_si(entry, unit, (*place, i)) for i, entry in enumerate(value))
        else:
            values[key] = in_si(value, unit, place)
    return step.model_copy(update={step.setting: values})


def _any_sign(unit: Unit) -> Unit:
    return Unit(unit.symbol, unit.example)


# ------------------------------------------------------------------------------------------------ files
def _read(step: Table, file: Path, place: Key, drivable: list[str], parts: Mapping[str, Any]) -> Table:
    """The table of a CSV file. Lines that begin with # and empty ones do not count."""
    try:
        text = text_of(file, LARGEST_FILE)
    except ValueError as error:
        raise misfit(place, f"'{file}' {error}") from None
    rows = [
        (number, [cell.strip() for cell in next(csv.reader(io.StringIO(line)), [])])
        for number, line in enumerate(text.splitlines(), 1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    if not rows:
        raise misfit(place, f"'{file}' is empty; its first line names the columns: time [s], {drivable[0]} [V]")
    columns = [_column(head, i, f"'{file}', line {rows[0][0]}", place, parts) for i, head in enumerate(rows[0][1])]
    if len(columns) < 2:
        raise misfit(place, f"'{file}', line {rows[0][0]}: no driven column beside the time, e.g. {drivable[0]} [V]")
    names = [name for name, _ in columns]
    for i, name in enumerate(names):
        where = f"'{file}', line {rows[0][0]}"
        if name in names[:i]:
            raise misfit(place, f"{where}: two columns of {quoted(name)}; keep one of them")
        if i and (text := refuse_driving(name, drivable)):
            raise misfit(place, f"{where}: {text}")
    if len(rows) < 3:
        raise misfit(place, f"'{file}' has {len(rows) - 1} row{'s' * (len(rows) != 2)} of values; a table needs two")
    data: list[list[float]] = [[] for _ in columns]
    for number, cells in rows[1:]:
        if len(cells) != len(columns):
            raise misfit(place, f"'{file}', line {number}: {len(cells)} cells in {len(columns)} columns")
        for cell, (name, factor), column in zip(cells, columns, data, strict=True):
            try:
                column.append(parse(cell, "") * factor if factor >= 1.0 else parse(cell, "") / (1.0 / factor))
            except ValueError:
                text = f"{quoted(cell)} in column {quoted(name)} is not a number"
                raise misfit(place, f"'{file}', line {number}: {text}") from None
    times = tuple(data[0])
    for i, fault in table_faults(times):
        raise misfit(place, f"'{file}', line {rows[1 + i][0]}: {fault}")
    values = {name: tuple(column) for name, column in zip(names[1:], data[1:], strict=True)}
    return step.model_copy(update={"file": None, "times": times, "values": values})


def _column(head: str, index: int, where: str, place: Key, parts: Mapping[str, Any]) -> tuple[str, float]:
    """The key of a column and the factor from its unit to the SI unit."""
    name, bracket, unit = head.partition("[")
    name, unit = name.strip(), unit.rstrip("] ").strip()
    if index == 0 and name != "time":
        raise misfit(place, f"{where}: the first column is 'time [s]', not {quoted(head)}")
    try:
        symbol = "s" if index == 0 else numeric_key(parts, name).symbol
    except ValueError as error:
        raise misfit(place, f"{where}: {error}") from None
    if not bracket:
        raise misfit(place, f"{where}: column {quoted(head)} names no unit; write '{name} [{symbol}]'")
    try:
        return name, parse(f"1 {unit}", symbol)
    except ValueError:
        known = did_you_mean(unit, [symbol], "write")
        raise misfit(place, f"{where}: {quoted(unit)} is not a unit of '{name}'; {known}") from None
