"""The result of a circuit in memory: what its tables and figures are made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from circuits.columns import CONDUCTANCE, CURRENT, DEVICES, GROWTH, KIND, PARAMETERS, POTENTIAL
from circuits.description.circuit import Circuit
from postprocess.tables.columns import read_table
from postprocess.tables.result import Curve, Result, as_it_is, load, read_summary
from postprocess.tables.units import quantity, readable, split_header
from solver.inputs.errors import CaseError
from solver.inputs.keys import numeric_key
from solver.results.headers import FREQUENCY, POINT, TIME
from solver.results.rows import ResultError, read_lines, read_run

IMPEDANCE = "impedance_real [ohm]"
WIDTH = "width [s]"
AT_FREQUENCIES = ("periodic", "stall")
"""Studies that have a row for every frequency, besides spectra."""
LIMITS, SAMPLES = "stability_limits", "monte_carlo"
"""Studies whose rows are no points along a curve."""
DRIVEN = ("to", "value", "amplitude", "offset")
"""Keys of steps of a protocol that have the unit of the source."""
BRANCH = "branch"
"""Entry of the summary of limits of stability: columns of the states along the key."""

ABOUT_STEPS = (GROWTH, "step_size [s]", "step_error")
"""Columns about a state or a step as a whole."""


@dataclass(frozen=True, eq=False)
class CircuitResult:
    """The table and descriptions of the result of a circuit.

    Attributes:
        path: directory of the result; None for a result that is only in memory.
        run: contents of run.json.
        observables: table with one row for every point or instant.
        summary: contents of summary.json; empty before the run is complete.
        device_results: results of the devices with fields, of a result in memory.
        measured: files with measured curves, which are drawn over those of the result (see `tables.reference`).
    """

    path: Path | None
    run: dict[str, Any]
    observables: pd.DataFrame
    summary: dict[str, Any] = field(default_factory=dict)
    device_results: Mapping[str, Result] = field(default_factory=dict)
    measured: tuple[Path, ...] = ()

    @property
    def devices(self) -> list[str]:
        """Names of the devices whose fields were kept in some state."""
        folder = None if self.path is None else self.path / DEVICES
        found = [name for name in self.elements if folder is not None and has_rows(folder / name)]
        return [*self.device_results, *found]

    def device_result(self, name: str) -> Result:
        """Result of a device: its rows, profiles and fields in the states in which these were kept.

        Raises:
            ResultError: there is none.
        """
        if name in self.device_results:
            return self.device_results[name]
        if self.path is None or name not in self.devices:
            there = ", ".join(self.devices) or "none"
            raise ResultError(f"{self.place(DEVICES)} has no fields of '{name}'; there are those of {there}")
        return load(self.path / DEVICES / name)

    @property
    def name(self) -> str:
        """Name of the circuit."""
        return str(self.run.get("case_name") or ("circuit" if self.path is None else self.path.resolve().name))

    @property
    def title(self) -> str:
        """Title of the circuit, or its name."""
        return str(self.run.get("title") or self.name)

    def place(self, name: str) -> str:
        """Path of one of the files of the result for messages; only its name for a result in memory."""
        return name if self.path is None else str(self.path / name)

    @property
    def study(self) -> str:
        """Type of the study."""
        return str(self.run["case"]["study"]["type"])

    @property
    def transient(self) -> bool:
        """Whether the rows are instants."""
        return TIME in self.observables

    @property
    def elements(self) -> dict[str, dict[str, Any]]:
        """The elements by name, as the circuit gives them."""
        found: dict[str, dict[str, Any]] = self.run["case"]["circuit"]["elements"]
        return found

    @property
    def parameters(self) -> list[str]:
        """Headers of the swept keys, the outer one first."""
        return [name for name in self.observables if name.startswith(PARAMETERS)]

    @property
    def inner(self) -> str:
        """Header of what is along a curve: time, frequency, the width of a pulse, or the inner of the swept keys; the number
        of a single point, or of a sample."""
        if TIME in self.observables:
            return TIME
        if self.is_spectrum or self.study in AT_FREQUENCIES:
            return FREQUENCY
        if WIDTH in self.observables:
            return WIDTH
        if self.study == SAMPLES:
            return POINT
        return self.parameters[-1] if self.parameters else POINT

    @property
    def is_spectrum(self) -> bool:
        """Whether the rows are responses at frequencies."""
        return IMPEDANCE in self.observables

    @property
    def keys(self) -> list[str]:
        """Headers of what says which row is which: time, frequency, swept keys, whatever stands before what is measured."""
        first = next((k for k, name in enumerate(self.observables) if name in self.potentials), 0)
        before = [name for name in list(self.observables)[:first] if name != POINT]
        return before or [*self.parameters, *([FREQUENCY] if self.is_spectrum else [])]

    @property
    def outer(self) -> str | None:
        """Header of what tells curves apart; None for a single curve."""
        if self.study == SAMPLES:
            return None
        names = [name for name in self.parameters if name != self.inner]
        return names[0] if names else None

    @property
    def legend_title(self) -> str | None:
        """What the values that tell curves apart are of; None for a single curve, and for names."""
        return None if self.outer is None else readable_key(self.outer)

    @cached_property
    def _circuit(self) -> Circuit | None:
        """The circuit; None where a file that it names is gone."""
        folder = Path(self.run.get("case_directory") or ".")
        try:
            return Circuit.model_validate(self.run["case"], context={"file": folder / "case.yaml"})
        except CaseError:
            return None

    def unit_of(self, key: str) -> str:
        """SI unit of a numeric key of the file, such as circuit.elements.C.capacitance; "" where none is known."""
        parts = key.split(".")
        if "protocol" in parts and len(parts) > 3 and self._circuit is not None:
            if parts[-1] not in DRIVEN:
                return "s" if parts[-1] in ("duration", "width", "period") else ""
            name = parts[2]
            key = f"circuit.elements.{name}.{getattr(self._circuit.elements.get(name), 'source_key', '')}"
        try:
            return "" if self._circuit is None else numeric_key(self._circuit, key).symbol
        except ValueError:
            return ""

    # ------------------------------------------------------------------ columns
    def _columns(self, start: str, unit: str) -> list[str]:
        return [name for name in self.observables if name.startswith(start) and name.endswith(f" [{unit}]")]

    @property
    def potentials(self) -> list[str]:
        """Headers of the potentials of the nodes."""
        return self._columns(POTENTIAL, "V")

    @property
    def currents(self) -> list[str]:
        """Headers of the currents of the elements."""
        return self._columns(CURRENT, "A")

    @property
    def conductances(self) -> list[str]:
        """Headers of the conductances of compact models."""
        return self._columns(CONDUCTANCE, "S")

    @property
    def others(self) -> list[str]:
        """Headers of further numbers, such as those of reservoirs and the power of sources."""
        said = {POINT, *self.keys, *self.parameters, *self.potentials, *self.currents, *self.conductances, *ABOUT_STEPS}
        return [
            str(name)
            for name in self.observables
            if name not in said and not name.startswith("response_") and self.observables[name].dtype.kind in "fi"
        ]

    def groups(self) -> list[tuple[str, list[str]]]:
        """Columns by what they are: potentials, currents, conductances, and the others by their first words and units."""
        found = [("potential", self.potentials), ("current", self.currents), ("conductance", self.conductances)]
        others: dict[tuple[str, str], list[str]] = {}
        for header in self.others:
            name, unit = split_header(header)
            others.setdefault((name.partition("_")[0], unit), []).append(header)
        found += [(word, headers) for (word, _), headers in others.items()]
        return [(word, headers) for word, headers in found if headers]

    def short(self, header: str) -> str:
        """Name of a column among those of its group."""
        label = readable_key(header) if header in self.others else self.label(header)
        return label.partition(" ")[2] or label if header in self.others else label

    def label(self, header: str) -> str:
        """Name of a column for people, without unit: that of the node or element, if it is of one."""
        name = split_header(header)[0]
        for start in (POTENTIAL, CURRENT, CONDUCTANCE):
            if name.startswith(start) and header in (*self.potentials, *self.currents, *self.conductances):
                return name.removeprefix(start)
        if header.startswith(PARAMETERS):
            return readable_key(header)
        known = (self.run.get("columns") or {}).get("observables.csv") or {}
        return str(known[header]["label"]) if header in known else readable_key(header)

    def names_of_columns(self) -> dict[str, tuple[str, ...]]:
        """What people call each column, besides its header: that of a node or element alone, "current of R", "V out"."""
        found: dict[str, tuple[str, ...]] = {}
        for header in map(str, self.observables):
            name, names = self.label(header), [self.label(header)]
            for letter, word, headers in (
                ("V", "potential", self.potentials), ("I", "current", self.currents), ("g", "conductance", self.conductances)
            ):  # fmt: skip
                if header in headers:
                    names += [f"{word} of {name}", f"{letter} {name}", f"{letter}_{name}"]
            found[header] = tuple(names)
        return found

    def column(self, text: str) -> str:
        """Header of a column that is named with its unit or without; also the name of a node for its potential.

        Raises:
            ResultError: there is none.
        """
        for wanted in (text, f"{POTENTIAL}{text}", f"{CURRENT}{text}", f"{CONDUCTANCE}{text}"):
            for header in self.observables:
                if wanted in (header, split_header(header)[0]):
                    return str(header)
        known = ", ".join(split_header(str(name))[0] for name in self.observables)
        raise ResultError(f"no column '{text}' in {self.place('observables.csv')}; there are {known}")

    @cached_property
    def _curves(self) -> list[Curve]:
        if self.outer is None:
            return [Curve("", "", None, self.observables)]
        unit, curves = split_header(self.outer)[1], []
        for value, points in self.observables.groupby(self.outer, sort=False):
            short = quantity(float(value), unit)
            curves.append(Curve(f"{readable_key(self.outer)} = {short}", short, float(value), points))
        return curves

    def curves(self) -> list[Curve]:
        """The rows of each outer value."""
        return self._curves


def readable_key(header: str) -> str:
    """Name of a column for people: "elements.input.voltage [V]" is "voltage of input"."""
    parts = split_header(header)[0].split(".")
    if parts[0] == PARAMETERS[:-1] and len(parts) > 2:
        return f"{parts[-1].replace('_', ' ')} of {parts[1]}"
    return readable(header)


def has_rows(folder: Path) -> bool:
    """Whether the result of a device has a row."""
    return (folder / "run.json").is_file() and len(read_lines(folder / "observables.csv")) > 1


def is_circuit_result(path: Path | str) -> bool:
    """Whether a directory holds the result of a circuit; False for anything that cannot be read."""
    try:
        return read_run(Path(path)).get("kind") == KIND
    except ResultError:
        return False


def load_circuit_result(path: Path | str) -> CircuitResult:
    """Read the result of a circuit, also one that is still being written.

    Raises:
        ResultError: it is none, has no row yet, or a table cannot be read.
    """
    path = Path(path)
    run = as_it_is(read_run(path), path)
    if run.get("kind") != KIND:
        raise ResultError(f"{path} is the result of a single device, not of a circuit")
    observables = read_table(path / "observables.csv")
    summary = read_summary(path / "summary.json")
    if observables.empty and summary.get(BRANCH):
        observables = without_limits(summary)
    elif observables.empty:
        status, message = run.get("status", "unknown"), run.get("message")
        raise ResultError(f"{path} has no complete row (status {status}{f': {message}' if message else ''})")
    return CircuitResult(path, run, observables, summary)


def without_limits(summary: Mapping[str, Any]) -> pd.DataFrame:
    """The table of a search for limits of stability that found none, which is an answer, too."""
    return pd.DataFrame(columns=[POINT, *(summary.get(BRANCH) or ())], dtype=float)


def refuse_circuit(path: Path | str) -> None:
    """Raises ResultError where a directory is the result of a circuit, whose devices have fields, but not itself."""
    if not is_circuit_result(path):
        return
    devices = [folder for folder in sorted((Path(path) / DEVICES).glob("*")) if has_rows(folder)]
    hint = f"those of a device are in {devices[0]}" if devices else "'nanochannel plot' draws its curves"
    raise ResultError(f"{path} is the result of a circuit, which has no fields of its own; {hint}")
