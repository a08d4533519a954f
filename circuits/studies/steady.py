"""Operating points and sweeps."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from circuits.analysis.stability import Stability, stability
from circuits.columns import GROWTH
from circuits.description.driving import values_of
from circuits.description.studies.steady import OperatingPoint, Sweep
from circuits.devices.devices import FieldDevices
from circuits.studies.base import CircuitRow, CircuitRunner
from circuits.studies.session import Session
from solver.inputs.keys import numeric_key
from solver.results.headers import POINT
from solver.results.units import plain_quantity


class SteadyRunner(CircuitRunner):
    """Computes operating points one after another."""

    needs_rows: ClassVar[bool] = True

    def rows(self) -> Iterator[CircuitRow]:
        study = self.circuit.study
        assert isinstance(study, OperatingPoint | Sweep)
        axes = [(axis.parameter, axis.si_values()) for axis in study.axes()]
        session: Session | None = None
        for number, chosen in enumerate(itertools.product(*(values for _, values in axes))):
            if number < self.done:
                continue
            held = {key: value for (key, _), value in zip(axes, chosen, strict=True)}
            if session is None and self.earlier:
                session = self._session_of(self.earlier[-1], axes)
            session = self.session = self._session(session, held)
            unknowns = session.settle()
            parameters = {self._header(key): value for key, value in held.items()}
            row = session.row(unknowns, values_of(session.circuit.elements))
            found = stability(session, unknowns)
            if found is not None:
                row[GROWTH] = found.growth
            wanted = self._wants_fields(axes[-1][1] if axes else [0.0], chosen[-1] if chosen else 0.0)
            text = self._text(held, row, found)
            yield CircuitRow({POINT: number, **parameters, **row}, text, fields=wanted, keys=tuple(parameters))

    def _session_of(self, row: Mapping[str, Any], axes: Sequence[tuple[str, Sequence[float]]]) -> Session:
        """The circuit in the state of a row of an interrupted run."""
        session = self._session(None, {key: float(row[self._header(key)]) for key, _ in axes})
        session.settle_again(row)
        return session

    def _wants_fields(self, values: Sequence[float], value: float) -> bool:
        """Whether the fields are kept at a value of the inner key, whose values are given."""
        wanted = self.circuit.outputs.fields
        return wanted == "all" or (wanted == "extremes" and value in (min(values), max(values), 0.0))

    def _session(self, before: Session | None, held: dict[str, float]) -> Session:
        """The circuit with some values, going on from the state before."""
        circuit = self.circuit
        for key, value in held.items():
            circuit = circuit.with_value(key, value)
        devices = before.devices if before is not None and isinstance(before.devices, FieldDevices) else None
        session = Session.of(circuit, self.comm, self.clock, devices)
        if before is not None:
            session.unknowns, session.values = before.unknowns, before.values
        return session

    def _header(self, key: str) -> str:
        unit = numeric_key({"elements": self.circuit.elements}, key).symbol
        return f"{key} [{unit}]" if unit else key

    def _text(self, held: dict[str, float], row: dict[str, Any], found: Stability | None) -> str:
        where = ", ".join(f"{key} = {value:g}" for key, value in held.items()) or "operating point"
        potentials = [
            f"{key[10:-4]} {plain_quantity(value, 'V')}" for key, value in row.items() if key[:10] == "potential_"
        ]
        unstable = "" if found is None or found.is_stable else "; not stable"
        return f"{where}: {', '.join(potentials[:4])}{unstable}"
