"""The text of `nanochannel check`: a table with units, then the warnings."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable, Sequence
from typing import Any

from solver.check.numbers import Check, DeviceTimes

_PREFIXES = {-18: "a", -15: "f", -12: "p", -9: "n", -6: "u", -3: "m", 0: "", 3: "k", 6: "M", 9: "G", 12: "T"}
_WIDTH = 110


def si(value: float | None, unit: str, digits: int = 3) -> str:
    """A value with an SI prefix: si(3.04e-9, "m") is "3.04 nm"; "-" for None and nan."""
    if value is None or math.isnan(value):
        return "-"
    if value == 0.0 or math.isinf(value):
        return f"{value:g} {unit}"
    exponent = 3 * math.floor(math.log10(abs(value)) / 3.0)
    # 999.9 rounds up to the next prefix
    if abs(float(f"{value:.{digits}g}")) >= 10.0 ** (exponent + 3):
        exponent += 3
    exponent = min(max(exponent, min(_PREFIXES)), max(_PREFIXES))
    return f"{value / 10.0**exponent:.{digits}g} {_PREFIXES[exponent]}{unit}"


def render(check: Check) -> str:
    """All numbers of a check, one line each, and its warnings."""
    title = f"{check.case_name}: {check.title}" if check.title else check.case_name
    blocks = [title]
    closed = not any(terminal.name for terminal in check.terminals)
    blocks.append(
        _table(
            "liquid" if closed else "reservoir",
            check.terminals,
            [
                *([] if closed else [("potential", lambda t: si(t.potential, "V"))]),
                ("concentrations", lambda t: ", ".join(f"{k} {_molar(c)}" for k, c in t.concentrations.items())),
                ("Debye length", lambda t: si(t.debye_length, "m")),
                ("bulk conductivity", lambda t: si(t.conductivity, "S/m")),
            ],
        )
    )
    if check.electrodes:
        blocks.append(
            _table(
                "electrode",
                check.electrodes,
                [
                    ("potential", lambda e: si(e.potential, "V")),
                    ("capacitance of the double layer, eps/lambda", lambda e: si(e.diffuse, "F/m^2")),
                    ("capacitance of the Stern layer", lambda e: si(e.stern, "F/m^2")),
                    ("largest charge, both in series", lambda e: f"{e.charge * 1e3:.3g} mC/m^2"),
                ],
            )
        )
    planar = check.symmetry == "planar"
    size = "half-height" if planar else "radius"
    if check.sections:
        dukhin = "|sigma|/(2 F c H)" if planar else "|sigma|/(F c R)"
        mouth = "in this reservoir" if planar else "1/(4 kappa R)"
        blocks.append(
            _table(
                "mouth",
                check.sections,
                [
                    (size, lambda s: si(s.half_size, "m")),
                    ("surface charge", lambda s: f"{s.charge * 1e3:.3g} mC/m^2"),
                    (f"Debye length / {size}", lambda s: f"{s.debye_over_size:.3g}"),
                    (f"Dukhin number {dukhin}", lambda s: f"{s.dukhin:.3g}"),
                    ("zeta potential, isolated wall (Grahame)", lambda s: f"{s.zeta * 1e3:.1f} mV"),
                    ("wall potential, this cross-section", lambda s: f"{s.wall_potential * 1e3:.1f} mV"),
                    ("Bikerman number (surface / bulk conductance)", lambda s: f"{s.bikerman:.3g}"),
                    ("ions at the wall", lambda s: _molar(s.wall_concentration)),
                    (f"access resistance, {mouth}", lambda s: si(s.access, "ohm")),
                    ("its change by the finite reservoir", lambda s: _percent(s.access_error)),
                    ("limiting current, if ideally selective", lambda s: si(s.limiting, "A")),
                ],
            )
        )
    if check.devices:
        blocks.append(
            _table(
                "device, filled as" if len(check.devices) > 1 else "device",
                check.devices,
                [
                    ("channel conductance, bulk alone", lambda d: si(d.bulk, "S")),
                    ("channel conductance, with double layers", lambda d: si(d.channel, "S")),
                    ("device conductance, with both mouths", lambda d: si(d.device, "S")),
                    (f"Peclet number eps zeta V/(eta D) at {check.largest_bias:g} V", lambda d: f"{d.peclet:.3g}"),
                ],
                names=[row.filled_as for row in check.devices] if len(check.devices) > 1 else [""],
            )
        )
    blocks += _times(check)
    if check.mesh is not None:
        mesh = check.mesh
        blocks.append(
            f"expected mesh: {mesh.cells:,} triangles, {mesh.unknowns:,} unknowns ({mesh.transport_unknowns:,}"
            f" transport, {mesh.flow_unknowns:,} flow), {mesh.memory / 2**20:.0f} MB"
        )
    blocks.append(
        "\n".join(textwrap.fill(f"warning: {text}", _WIDTH, subsequent_indent="    ") for text in check.warnings)
        or "no warnings"
    )
    return "\n\n".join(blocks)


def _times(check: Check) -> list[str]:
    """The study in time or frequency against the times of the device."""
    blocks = []
    if check.times is not None:
        times = check.times
        half = "half the gap" if times.memory is None else "channel"
        rows: list[tuple[str, Callable[[tuple[str, Callable[[float], str]]], str]]] = []
        for label, time in (
            (f"diffusion, L^2/D, L = {si(times.length, 'm')} ({half})", times.diffusion),
            ("memory of the salt, L^2/(12 D)", times.memory),
            ("charging of the double layers, lambda L/D", times.charging),
            ("Debye time, lambda^2/D", times.debye),
        ):
            if time is not None:
                rows.append((label, lambda column, time=time: column[1](time)))  # type: ignore[misc]
        columns: list[tuple[str, Callable[[float], str]]] = [
            ("time", lambda time: si(time, "s")),
            ("1/(2 pi time)", lambda time: si(DeviceTimes.frequency(time), "Hz")),
        ]
        blocks.append(_table("times of the device", columns, rows, names=[name for name, _ in columns]))
    if check.protocol is not None:
        plan = check.protocol
        parts = [f"protocol: {si(plan.duration, 's')}, {plan.corners} corner{'s' * (plan.corners != 1)}"]
        parts.append(f"drives {', '.join(plan.keys)}" if plan.keys else "drives nothing")
        if plan.rows is not None:
            parts.append(f"{plan.rows:,} rows by record_every")
        blocks.append(textwrap.fill("; ".join(parts), _WIDTH, subsequent_indent="    "))
        if plan.cycles:
            blocks.append(
                _table(
                    "cycle",
                    plan.cycles,
                    [
                        ("periods", lambda c: f"{c.periods:g}"),
                        ("2 pi frequency x memory time (widest loops near 1)", lambda c: _turns(c.turns)),
                    ],
                    names=[si(cycle.frequency, "Hz") for cycle in plan.cycles],
                )
            )
    if check.spectrum is not None:
        few = check.spectrum
        blocks.append(f"spectrum: {few.count} frequencies, {si(few.lowest, 'Hz')} to {si(few.highest, 'Hz')}")
    return blocks


def _turns(turns: float | None) -> str:
    return "-" if turns is None else f"{turns:.3g}"


def _molar(concentration: float) -> str:
    return si(concentration / 1e3, "M")


def _percent(fraction: float) -> str:
    return "-" if math.isnan(fraction) else f"{100 * fraction:+.2f} %"


def _table(
    title: str,
    columns: Sequence[Any],
    rows: Sequence[tuple[str, Callable[[Any], str]]],
    names: Sequence[str] | None = None,
) -> str:
    """Rows of values, one column an item; the title heads the labels."""
    heads = [column.name for column in columns] if names is None else list(names)
    cells = [[title, *heads], *([label, *(value(column) for column in columns)] for label, value in rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(heads) + 1)]
    widths[0] = max(widths[0], 50)
    return "\n".join(
        "  ".join(
            [row[0].ljust(widths[0]), *(cell.rjust(w) for cell, w in zip(row[1:], widths[1:], strict=True))]
        ).rstrip()
        for row in cells
    )
