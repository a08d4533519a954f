"""Truth tables and transfer curves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from circuits.analysis.gates import cascaded, delivered, levels, margins
from circuits.description.driving import values_of
from circuits.description.studies.logic import TruthTable
from circuits.studies.base import CircuitRow, CircuitRunner
from circuits.studies.session import Session
from solver.results.headers import POINT
from solver.results.units import plain_quantity

CURVE, STATE, POWER = "curve", "state", "power [W]"
"""Columns: 0 for the states of the table and the number of a transfer curve; the state; power from all sources."""

GATES = 6
"""Gates in a row, for the levels that a transfer curve leaves of the first one."""


class TruthTableRunner(CircuitRunner):
    """Computes the states of the table, then the transfer curves in which an output switches."""

    needs_rows: ClassVar[bool] = True

    def rows(self) -> Iterator[CircuitRow]:
        study = self.circuit.study
        assert isinstance(study, TruthTable)
        session, number = Session.of(self.circuit, self.comm, self.clock), 0
        self.session, wanted = session, self.circuit.outputs.fields
        keys = tuple(f"voltage_{name} [V]" for name in study.inputs)
        self._table: list[tuple[dict[str, bool], dict[str, Any]]] = []
        self._curves: list[dict[str, Any]] = []
        for state, bits in enumerate(study.states()):
            held = {name: study.inputs[name].of(bit) for name, bit in bits.items()}
            row = self._row(session, held, {POINT: number, CURVE: 0, STATE: state})
            self._table.append((bits, row))
            if number >= self.done:
                yield CircuitRow(row, self._told(bits, row), fields=wanted != "none", keys=keys)
            number += 1
        for name, others in self._switching(study):
            curve = {"input": name, "others": {key: int(bit) for key, bit in others.items()}}
            held = {key: study.inputs[key].of(bit) for key, bit in others.items()}
            inputs: list[float] = []
            outputs: dict[str, list[float]] = {node: [] for node in study.outputs}
            ends, count = study.inputs[name], study.transfer_points - 1
            for k in range(count + 1):
                voltage = (ends.low * (count - k) + ends.high * k) / count
                row = self._row(
                    session, {**held, name: voltage}, {POINT: number, CURVE: len(self._curves) + 1, STATE: -1}
                )
                inputs.append(voltage)
                for node in study.outputs:
                    outputs[node].append(row[potential(node)])
                if number >= self.done:
                    text = f"{name} {plain_quantity(voltage, 'V')}: {self._outputs(row)}"
                    yield CircuitRow(row, text, 0.0, fields=wanted == "all", keys=keys)
                number += 1
            self._curves.append({**curve, "of": (inputs, outputs)})

    def _row(self, session: Session, held: Mapping[str, float], first: Mapping[str, Any]) -> dict[str, Any]:
        """Columns of the steady state with some voltages of the inputs; those of an interrupted run are taken as they are."""
        if first[POINT] < len(self.earlier):
            row = dict(self.earlier[first[POINT]])
            return row | {name: int(row[name]) for name in row if name.startswith("bit_")}
        study = self.circuit.study
        assert isinstance(study, TruthTable)
        values = {**values_of(self.circuit.elements), **held}
        if session.fields is None and session.unknowns is None and self.earlier:
            last = self.earlier[-1]
            session.settle_again(
                last, {**values, **{name: float(last[f"voltage_{name} [V]"]) for name in study.inputs}}
            )
        # a diode that turns from reverse to forward is reached from rest in fewer steps than from the state before
        unknowns = session.settle(values, anew=session.fields is not None)
        driven = {f"voltage_{name} [V]": values[name] for name in study.inputs}
        row = {**first, **driven, **session.row(unknowns, values)}
        bits = {f"bit_{node}": int(_at(row, node) >= study.level) for node in study.outputs}
        power = sum(delivered(session.network, unknowns, values).values())
        for node in study.outputs:
            row.setdefault(potential(node), 0.0)  # the ground
        return {**row, **bits, POWER: power}

    def _switching(self, study: TruthTable) -> Iterator[tuple[str, dict[str, bool]]]:
        """Inputs, with the bits of the others for which an output changes with them."""
        if not study.transfer_points:
            return
        found = {tuple(bits.values()): row for bits, row in self._table}
        names = list(study.inputs)
        for i, name in enumerate(names):
            for bits, row in self._table:
                if bits[name]:
                    continue
                key = tuple(bits.values())
                other = found[(*key[:i], True, *key[i + 1 :])]
                if any(row[f"bit_{node}"] != other[f"bit_{node}"] for node in study.outputs):
                    yield name, {each: bit for each, bit in bits.items() if each != name}

    def _outputs(self, row: Mapping[str, Any]) -> str:
        study = self.circuit.study
        assert isinstance(study, TruthTable)
        return ", ".join(f"{node} {plain_quantity(_at(row, node), 'V')}" for node in study.outputs[:6])

    def _told(self, bits: Mapping[str, bool], row: Mapping[str, Any]) -> str:
        given = " ".join(f"{name}={int(bit)}" for name, bit in bits.items())
        return f"{given}: {self._outputs(row)}, {plain_quantity(row[POWER], 'W')}"

    def summary(self) -> dict[str, Any]:
        """Levels, margins and powers."""
        study = self.circuit.study
        assert isinstance(study, TruthTable)
        outputs = {}
        for node in study.outputs:
            found = levels([_at(row, node) for _, row in self._table], study.level)
            outputs[node] = {
                "truth": "".join(str(row[f"bit_{node}"]) for _, row in self._table),
                "highest_low [V]": found.highest_low,
                "lowest_high [V]": found.lowest_high,
                "swing [V]": found.swing,
            }
        powers = [row[POWER] for _, row in self._table]
        curves = [entry for curve in self._curves for entry in self._of_curve(study, curve)]
        return {
            "inputs": {name: each.model_dump() for name, each in study.inputs.items()},
            "threshold [V]": study.level,
            "outputs": outputs,
            "largest_power [W]": max(powers),
            "mean_power [W]": sum(powers) / len(powers),
            "transfer_curves": curves,
        }

    def _of_curve(self, study: TruthTable, curve: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        inputs, outputs = curve["of"]
        number = self._curves.index(curve) + 1  # type: ignore[arg-type]
        high = study.inputs[curve["input"]].high
        for node in study.outputs:
            found = margins(inputs, outputs[node])
            yield {
                "curve": number,
                "input": curve["input"],
                "others": curve["others"],
                "output": node,
                "largest_slope": found.gain,
                "switching [V]": found.switching,
                "unit_slope_low [V]": found.low,
                "unit_slope_high [V]": found.high,
                "noise_margin_low [V]": found.noise_low,
                "noise_margin_high [V]": found.noise_high,
                "cascaded_without_load [V]": cascaded(inputs, outputs[node], high, GATES),
            }


def potential(node: str) -> str:
    """Column of the potential of a node."""
    return f"potential_{node} [V]"


def _at(row: Mapping[str, Any], node: str) -> float:
    return float(row.get(potential(node), 0.0))
