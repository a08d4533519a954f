"""Limits of stability, maps of spikes, and samples of parameters that scatter."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import numpy as np

from circuits.analysis.limits import Found, limits
from circuits.analysis.spiking import Observed, spiking
from circuits.analysis.stability import stability
from circuits.columns import GROWTH
from circuits.description.circuit import Circuit
from circuits.description.driving import values_of
from circuits.description.studies.spikes import SpikeStudy
from circuits.description.studies.spread import MonteCarlo, SpikeMap, StabilityLimits
from circuits.solving.newton import CircuitFailure
from circuits.studies.base import CircuitRow, CircuitRunner
from circuits.studies.session import Session
from solver.inputs.keys import numeric_key, value_at
from solver.results.headers import POINT
from solver.results.units import plain_quantity

PERCENTILES = (5, 25, 50, 75, 95)


class VariedRunner(CircuitRunner):
    """Base of what changes keys of elements."""

    def with_values(self, values: Mapping[str, float]) -> Circuit:
        """The circuit with some values of keys."""
        circuit = self.circuit
        for key, value in values.items():
            circuit = circuit.with_value(key, value)
        return circuit

    def header(self, key: str) -> str:
        """Header of the column of a key."""
        unit = numeric_key({"elements": self.circuit.elements}, key).symbol
        return f"{key} [{unit}]" if unit else key

    def spikes_row(self, number: int, values: Mapping[str, float]) -> CircuitRow:
        """The row of a run with some values of keys."""
        study = self.circuit.study
        assert isinstance(study, SpikeStudy)
        session = Session.of(self.with_values(values), self.comm, self.clock)
        rest = float(session.settle()[session.network.node_of(study.node)])
        observed = Observed(study.node, study.level, study.duration, 0.0, study.tolerance, study.largest)
        found = spiking(session, observed)
        row: dict[str, Any] = {
            POINT: number,
            **{self.header(key): value for key, value in values.items()},
            f"rest_{study.node} [V]": rest,
            "spikes": len(found.spikes),
            "first_spike [s]": found.spikes[0] if found.spikes else float("nan"),
            f"peak_{study.node} [V]": found.peak,
            "period [s]": found.period,
        }
        where = ", ".join(f"{key} = {value:.4g}" for key, value in values.items())
        return CircuitRow(row, f"{where}: {len(found.spikes)} spikes, peak {plain_quantity(found.peak, 'V')}")


class LimitRunner(VariedRunner):
    """Finds the limits of stability along a key."""

    def rows(self) -> Iterator[CircuitRow]:
        study = self.circuit.study
        assert isinstance(study, StabilityLimits)
        self._branch: dict[float, Found] = {}

        def at(value: float, start: Found | None) -> Found:
            session = Session.of(self.with_values({study.parameter: value}), self.comm, self.clock)
            if session.fields is not None:
                raise CircuitFailure(
                    "limits of stability are known for circuits without fields alone; use compact models"
                )
            if start is not None:
                session.unknowns = start.unknowns
                session.values = values_of(self.with_values({study.parameter: start.value}).elements)
            unknowns = session.settle()
            found = stability(session, unknowns)
            assert found is not None
            here = Found(value, unknowns, found)
            if value in study.si_values():  # not what the search tries between them
                self._branch[value] = here
            return here

        nodes = self.circuit.network.nodes
        for number, limit in enumerate(limits(at, study.si_values())):
            if number < self.done:
                continue
            row: dict[str, Any] = {
                POINT: number,
                self.header(study.parameter): limit.value,
                **{f"potential_{node} [V]": float(limit.found.unknowns[k]) for k, node in enumerate(nodes)},
                "frequency [Hz]": limit.found.stability.frequency,
                "hopf": limit.is_hopf,
                "stable_beyond": limit.becomes_stable,
            }
            kind = "Hopf point" if limit.is_hopf else "limit of stability"
            beyond = "stable" if limit.becomes_stable else "not stable"
            yield CircuitRow(row, f"{kind} at {study.parameter} = {limit.value:.7g}, {beyond} beyond", 0.0)

    def summary(self) -> dict[str, Any]:
        """The operating points at all values of the key, a list for every column, with the growth of their slowest change."""
        study = self.circuit.study
        assert isinstance(study, StabilityLimits)
        states = list(self._branch.values())
        columns: dict[str, list[float]] = {
            self.header(study.parameter): [each.value for each in states],
            GROWTH: [each.stability.growth for each in states],
            "frequency [Hz]": [each.stability.frequency for each in states],
        }
        for k, node in enumerate(self.circuit.network.nodes):
            columns[f"potential_{node} [V]"] = [float(each.unknowns[k]) for each in states]
        return {"branch": columns}


class MapRunner(VariedRunner):
    """Runs the circuit at each point of a grid."""

    def rows(self) -> Iterator[CircuitRow]:
        study = self.circuit.study
        assert isinstance(study, SpikeMap)
        axes = study.axes()
        for number, values in enumerate(itertools.product(*(axis.si_values() for axis in axes))):
            if number >= self.done:
                keys = (axis.parameter for axis in axes)
                yield self.spikes_row(number, dict(zip(keys, values, strict=True)))


class MonteCarloRunner(VariedRunner):
    """Runs circuits with drawn parameters."""

    needs_rows: ClassVar[bool] = True

    def rows(self) -> Iterator[CircuitRow]:
        study = self.circuit.study
        assert isinstance(study, MonteCarlo)
        parts = {"elements": self.circuit.elements}
        middle = {each.parameter: float(value_at(parts, each.parameter)) for each in study.spread}
        self._found = list(self.earlier)
        for number in range(self.done, study.samples):
            drawn = np.random.default_rng([study.seed, number]).standard_normal(len(study.spread))
            values = {
                each.parameter: middle[each.parameter] * float(np.exp(each.relative * by))
                for each, by in zip(study.spread, drawn, strict=True)
            }
            row = self.spikes_row(number, values)
            self._found.append(row.columns)
            yield row

    def summary(self) -> dict[str, Any]:
        """Percentiles of what was observed in all samples, those of an interrupted run included."""
        study = self.circuit.study
        assert isinstance(study, MonteCarlo)
        if not self._found:
            return {}
        summary: dict[str, Any] = {
            "samples": len(self._found),
            "part_with_spikes": float(np.mean([row["spikes"] > 0 for row in self._found])),
        }
        for name in (f"rest_{study.node} [V]", "spikes", "first_spike [s]", f"peak_{study.node} [V]", "period [s]"):
            values = np.array([row[name] for row in self._found], dtype=float)
            values = values[np.isfinite(values)]
            if len(values):
                summary[name] = {str(p): float(np.percentile(values, p)) for p in PERCENTILES}
        return summary
