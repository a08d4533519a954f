"""The text of `nanochannel check`: a table with units, then the warnings."""

from __future__ import annotations

import functools
import math
import textwrap
from collections.abc import Callable

from solver.check import adsorption, mesh_file, openings, pores, regions, regulated, salinity
from solver.check.numbers import CheckNumbers, ElectrodeNumbers, ReactionNumbers
from solver.inputs.text import WIDTH, number, si, table
from solver.physics.times import frequency_of

__all__ = ["render", "si"]

NEUTRAL = (
    "electroneutral: the mesh does not resolve the Debye length, and need not; the result is that of much larger sizes\n"
    "(it differs from Poisson's equation by about the Debye length over the thickness of a membrane or a cell)"
)
"""What the lack of double layers means."""


OF_LAYERS: list[tuple[str, Callable[[ElectrodeNumbers], str]]] = [
    ("capacitance of the double layer, eps/lambda", lambda e: si(e.diffuse, "F/m^2")),
    ("capacitance of the Stern layer", lambda e: si(e.stern, "F/m^2")),
    ("largest charge, both in series", lambda e: f"{number(e.charge * 1e3)} mC/m^2"),
]
"""Rows of the layers at electrodes."""


def render(check: CheckNumbers, width: int = WIDTH) -> str:
    """All numbers of a check, one line each, and its warnings."""
    title = f"{check.case_name}: {check.title}" if check.title else check.case_name
    blocks = [title]
    closed = not any(terminal.name for terminal in check.terminals)
    blocks.append(
        table(
            "liquid" if closed else "reservoir",
            check.terminals,
            [
                *([] if closed else [("potential", lambda t: si(t.potential, "V"))]),
                ("concentrations", lambda t: ", ".join(f"{k} {_molar(c)}" for k, c in t.concentrations.items())),
                *([("pH", lambda t: number(t.pH))] if any(t.pH is not None for t in check.terminals) else []),
                *(
                    [("largest concentrations", lambda t: ", ".join(f"{k} {_molar(c)}" for k, c in t.largest.items()))]
                    if any(t.largest for t in check.terminals)
                    else []
                ),
                ("Debye length", lambda t: si(t.debye_length, "m")),
                ("bulk conductivity", lambda t: si(t.conductivity, "S/m")),
                *([("measured", lambda t: si(t.measured, "S/m"))] if any(t.measured for t in check.terminals) else []),
            ],
        )
    )
    blocks += [text for text in (check.properties, NEUTRAL if check.electroneutral else "") if text]
    if check.electrodes:
        holds_current = any(electrode.current is not None for electrode in check.electrodes)
        blocks.append(
            table(
                "electrode",
                check.electrodes,
                [
                    ("potential", lambda e: si(e.potential, "V")),
                    *([("current", lambda e: si(e.current, "A"))] if holds_current else []),
                    *([] if check.electroneutral else OF_LAYERS),
                    *_of_reactions(check),
                ],
            )
        )
    planar = check.symmetry == "planar"
    size = "half-height" if planar else "radius"
    if check.sections:
        dukhin = "|sigma|/(2 F c H)" if planar else "|sigma|/(F c R)"
        in_it = all(math.isnan(section.access_error) for section in check.sections)  # planar, or among others
        mouth = "in this reservoir" if in_it else "unbounded reservoir"
        blocks.append(
            table(
                "mouth",
                check.sections,
                [
                    (size, lambda s: si(s.half_size, "m")),
                    ("surface charge", lambda s: f"{number(s.charge * 1e3)} mC/m^2"),
                    (f"Debye length / {size}", lambda s: f"{s.debye_over_size:.3g}"),
                    (f"Dukhin number {dukhin}", lambda s: number(s.dukhin)),
                    ("zeta potential, isolated wall (Grahame)", lambda s: f"{number(s.zeta * 1e3, '.1f')} mV"),
                    ("wall potential, this cross-section", lambda s: f"{number(s.wall_potential * 1e3, '.1f')} mV"),
                    ("Bikerman number (surface / bulk conductance)", lambda s: number(s.bikerman)),
                    ("ions at the wall", lambda s: _molar(s.wall_concentration)),
                    (f"access resistance, {mouth}", lambda s: si(s.access, "ohm")),
                    ("its change by the finite reservoir", lambda s: _percent(s.access_error)),
                    ("diffusion-limited current", lambda s: si(s.limiting, "A")),
                ],
            )
        )
    if check.devices:
        blocks.append(
            table(
                "device, filled as" if len(check.devices) > 1 else "device",
                check.devices,
                [
                    ("channel conductance, bulk alone", lambda d: si(d.bulk, "S")),
                    ("channel conductance, with double layers", lambda d: si(d.channel, "S")),
                    ("device conductance, with both mouths", lambda d: si(d.device, "S")),
                    ("the same before the salt in front of them changes", lambda d: si(d.uniform, "S")),
                    (f"Peclet number eps zeta V/(eta D) at {check.largest_bias:g} V", lambda d: number(d.peclet)),
                ],
                names=[row.filled_as for row in check.devices] if len(check.devices) > 1 else [""],
            )
        )
    blocks += salinity.text(check.salinity)
    if check.why_no_conductance:
        blocks.append(f"no conductance beforehand: {check.why_no_conductance}; 'nanochannel run' computes it")
    blocks += _times(check)
    blocks += check.study.text() if check.study is not None else []
    blocks += [] if check.found is None else mesh_file.text(check.walls, check.found, check.symmetry)
    blocks += [*regulated.text(check.regulated), *adsorption.text(check.adsorption)]
    blocks += [*regions.text(check.membranes, check.gates, check.passages), *openings.text(check.open_walls)]
    blocks += pores.text(check.pores)
    if check.mesh is not None:
        mesh, kind = check.mesh, "triangles" if check.mesh.in_space is None else "tetrahedra"
        kind = kind if check.found is None else check.found.kind
        told = (
            f"mesh: adapted to {check.adapted_to}; by rules alone it would have"
            if check.adapted_to
            else "expected mesh:"
        )
        blocks.append(
            f"{told} {mesh.cells:,} {kind}, {mesh.unknowns:,} unknowns ({mesh.transport_unknowns:,}"
            f" transport, {mesh.flow_unknowns:,} flow), {mesh.memory / 2**20:.0f} MB"
        )
        if mesh.in_space is not None:
            where = "one rank" if mesh.in_space.ranks == 1 else f"about {mesh.in_space.ranks} ranks"
            blocks.append(
                f"run it on {where}; each point takes some {si(mesh.in_space.seconds, 's')} of processor time"
            )
    blocks.append(
        "\n".join(
            textwrap.fill(f"warning: {text}", min(width, WIDTH), subsequent_indent="    ") for text in check.warnings
        )
        or "no warnings"
    )
    return "\n\n".join(blocks)


def _times(check: CheckNumbers) -> list[str]:
    """The times of the device, for studies in time or frequency."""
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
            of_layers = time in (times.charging, times.debye)
            if time is not None and not (check.electroneutral and of_layers):
                rows.append((label, lambda column, time=time: column[1](time)))  # type: ignore[misc]
        columns: list[tuple[str, Callable[[float], str]]] = [
            ("time", lambda time: si(time, "s")),
            ("1/(2 pi time)", lambda time: si(frequency_of(time), "Hz")),
        ]
        blocks.append(table("times of the device", columns, rows, names=[name for name, _ in columns]))
    return blocks


def _molar(concentration: float) -> str:
    return si(concentration / 1e3, "M")


def _percent(fraction: float) -> str:
    return "-" if math.isnan(fraction) else f"{number(100 * fraction, '+.2f')} %"


def _of_reactions(check: CheckNumbers) -> list[tuple[str, Callable[[ElectrodeNumbers], str]]]:
    """Rows of the reactions of electrodes, for every solution."""
    found: list[tuple[str, Callable[[ElectrodeNumbers], str]]] = []
    known = [reaction for electrode in check.electrodes for reaction in electrode.reactions]
    for name in dict.fromkeys(reaction.solution for reaction in known):
        where = f" in the solution of {name}" if name else ""
        entries: list[tuple[str, Callable[[ReactionNumbers], float | None], str]] = [
            (f"potential at rest{where}", lambda r: r.rest, "V"),
            (f"charge-transfer resistance{where}", lambda r: r.resistance, "ohm m^2"),
            (f"diffusion-limited current{where}", lambda r: r.limiting, "A/m^2"),
            (f"Damkoehler number{where}", lambda r: r.damkoehler, ""),
        ]
        for label, value, unit in entries:
            if any(value(reaction) is not None for reaction in known):
                found.append((label, functools.partial(_entry, name, value, unit)))
    return found


def _entry(
    solution: str, value: Callable[[ReactionNumbers], float | None], unit: str, electrode: ElectrodeNumbers
) -> str:
    """A number of the reactions of an electrode in a solution."""
    own = [value(reaction) for reaction in electrode.reactions if reaction.solution == solution]
    if not own or own[0] is None:
        return "-"
    return si(own[0], unit) if unit else number(own[0])
