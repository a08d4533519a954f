"""Tables and conclusions of the benchmarks from what was measured: nothing is computed with the solver here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Entry = Mapping[str, Any]

LEVELS = (1e-2, 3e-3, 1e-3, 3e-4, 1e-4)
"""Relative errors that meshes are asked for."""

NUMBERS = {"ratio": "rectification ratio", "all": "both currents and the ratio"}

PHASES = (
    "mesh",
    "setup",
    "assembly",
    "factorisation",
    "solve",
    "adjoint",
    "error estimate",
    "reservoir error",
    "sensitivities",
    "observables",
    "output",
    "other",
)
"""Phases of the clock that belong to a curve: start-up and the compilation of forms happen once."""


# ---------------------------------------------------------------------------------------------------- numbers
def error_of(entry: Entry, number: str) -> float:
    """Size of the relative error of a number of an entry; "all" is the largest of the currents' and the ratio's."""
    if number == "all":
        return max(error_of(entry, one) for one in ("positive", "negative", "ratio"))
    return abs(float(entry[f"{number}_error"]))


def least(entries: Iterable[Entry], number: str, level: float) -> Entry | None:
    """The entry with the fewest unknowns among those below a level: the best choice in hindsight. None without any."""
    below = [entry for entry in entries if error_of(entry, number) <= level]
    return min(below, key=lambda entry: int(entry["unknowns"])) if below else None


def settled(entries: Iterable[Entry], number: str, level: float) -> Entry | None:
    """The first entry of a sequence of refinements from which on all are below a level, so that a change of sign of the
    error is no merit. None when the last one is not."""
    found = None
    for entry in entries:
        found = (found or entry) if error_of(entry, number) <= level else None
    return found


def in_units(seconds: float, unit: float) -> float:
    """A time as a multiple of another.

    Raises:
        ValueError: the unit is not positive.
    """
    if not unit > 0:
        raise ValueError(f"a unit of {unit} s measures nothing")
    return seconds / unit


def shares(phases: Mapping[str, float]) -> dict[str, float]:
    """Part of each of PHASES in their sum."""
    total = sum(phases.get(name, 0.0) for name in PHASES)
    return {name: phases.get(name, 0.0) / total for name in PHASES}


# ---------------------------------------------------------------------------------------------------- text
def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def percent(error: float | None) -> str:
    """A relative error with its sign where it has one, two digits: "+0.13 %"; "-" for none."""
    return "-" if error is None else f"{100 * error:+.2g} %"


def _plain(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _count(entry: Entry) -> str:
    return f"{entry['unknowns']:,}"


def _largest(entries: Sequence[Entry]) -> str:
    """What a level that is not reached means."""
    return f"> {max(entry['unknowns'] for entry in entries):,}" if entries else "not run"


def markdown(data: Mapping[str, Any], pictures: Mapping[str, str]) -> str:
    """The whole report; `pictures` are the links to them by name."""
    parts = ["# Benchmarks", _head(data)]
    if data.get("curves"):
        parts += ["## Cost of I-V curves", _curves(data)]
    if data.get("precision"):
        parts += ["## Work and precision", _precision_text(data["precision"])]
        for name, part in data["precision"].items():
            parts += [f"### {part['title']}", _precision(part)]
            if name in pictures:
                parts.append(f"![error against unknowns and time]({pictures[name]})")
    if data.get("sensitivities"):
        parts += ["## Cost of sensitivities", _sensitivities(data["sensitivities"])]
    if data.get("solids"):
        parts += ["## Cost of solids", _solids(data["solids"])]
    return "\n\n".join(parts) + "\n"


def _head(data: Mapping[str, Any]) -> str:
    machine = data["machine"]
    rows = [
        ("date", data["date"]),
        ("processor", f"{machine['processor']}, {machine['cores']} cores, {machine['memory_GB']:.0f} GB"),
        ("load average at the beginning", f"{machine['load']:.1f}"),
        ("BLAS", machine["blas"]),
        *((name, version) for name, version in data["versions"].items()),
        ("ranks, threads", f"1, {machine['threads']}"),
    ]
    how = "./environment.sh python3 -m tests.benchmarks.bench" + (" --quick" if data["quick"] else "")
    return (
        f"Written by `{how}` (`make bench`); every number is in `benchmarks.json` beside the original. Times are context "
        "for the ratios: other machines have others." + _cautions(data) + "\n\n" + table(("", ""), rows)
    )


def _cautions(data: Mapping[str, Any]) -> str:
    text = ""
    if data.get("pieces"):
        text += " Assembled from several runs with `--only`: date and load are those of the last."
    if data["machine"]["load"] > 0.75 * data["machine"]["cores"]:
        text += (
            " The machine was busy with other work: processor time then depends on who shares memory and caches, and "
            "ratios of times are uncertain by tens of percent. Errors and unknowns are not affected."
        )
    return text


def _curves(data: Mapping[str, Any]) -> str:
    curves: Sequence[Entry] = data["curves"]
    rows = []
    for curve in curves:
        unit = curve["unit"]
        n = in_units(curve["seconds"], unit["with_analysis"])
        rows.append(
            [
                curve["case"],
                curve["errors"],
                f"{curve['points']}",
                f"{curve['unknowns']:,}",
                f"{curve['newton_steps']}",
                f"{curve['factorisations']}",
                f"{unit['with_analysis']:.2f} s",
                f"**{n:.0f}**",
                f"{n / curve['points']:.1f}",
                f"{in_units(curve['seconds'], unit['analysis_reused']):.0f}",
                f"{curve['peak_memory_MB']:.0f} MB",
            ]
        )
    headings = ("case", "error bars", "points", "unknowns", "Newton steps", "factorisations", "unit", "units for the curve",
                "units a point", "units without analysis", "peak memory")  # fmt: skip
    text = [
        "The unit is one assembly, factorisation (with its analysis) and solve of the coupled system at a converged state, "
        "measured in the same process on the same mesh. The cost of a curve is that of the whole run: mesh, setup, points, "
        "error bars and files. Newton steps and factorisations are those of the states; the error bars make their own.",
        table(headings, rows),
    ]
    by_case: dict[str, dict[str, float]] = {}
    for curve in curves:
        by_case.setdefault(curve["case"], {})[curve["errors"]] = curve["seconds"]
    doubled = [
        f"{case} {cost['all'] / cost['none']:.2f}" for case, cost in by_case.items() if {"all", "none"} <= set(cost)
    ]
    if doubled:
        text.append("Cost with error bars over cost without: " + ", ".join(doubled) + ".")
    columns = ("units by phase", *(f"{curve['case']}, error bars: {curve['errors']}" for curve in curves))
    parts = [(shares(curve["phases"]), in_units(curve["seconds"], curve["unit"]["with_analysis"])) for curve in curves]
    rows = [[name, *(f"{share[name] * units:.1f} ({share[name]:.0%})" for share, units in parts)] for name in PHASES]
    text += [
        "Phases of the run's clock as shares of its wall time, times the units of the curve. Error estimates and the "
        "reservoir error hold all that they spend, their own assemblies, factorisations and solves included.",
        table(columns, rows),
    ]
    if "compilation" in data:
        first, later = data["compilation"]["first"], data["compilation"]["later"]
        text.append(
            f"Outside of this: compiling the forms with error bars takes {first:.0f} s once on a machine, and loading them "
            f"{later:.1f} s in every process."
        )
    return "\n\n".join(text)


def _precision_text(precision: Mapping[str, Any]) -> str:
    return (
        "Two cones at 1 V and -1 V. All errors are true: exact minus computed, relative, against the references given. "
        "Unknowns are those of transport and flow: a mesh has 12 a vertex with P1 (the flow is P2 even then), 21 with P2 and "
        "49 with P3. Times are processor seconds for both points, for adapted meshes the sum over all meshes so far and "
        "their error estimates.\n\n"
        "- hand-graded: the best of a scan over growth, wall, corner and axial cells, chosen for each level with the "
        "reference in hand - better than anybody can choose who does not know the answer.\n"
        "- adapted by strips: `mesh.tolerance` with the geometry of the case; by bisection: the same coarse mesh as a "
        "mesh file. For these and for uniform refinement a level is reached with the first mesh from which on all are below "
        "it, so that a chance zero of the error counts for nothing; in the scan it counts.\n"
        '- "> n": not reached with the largest mesh that was tried, of n unknowns; larger ones might. "not run": already the '
        "first mesh was above the limit of the benchmark. The limits differ from method to method."
    )


def _precision(part: Mapping[str, Any]) -> str:
    reference = part["reference"]
    text = [
        f"Reference: I(1 V) = {reference['positive']:.6e} A, I(-1 V) = {reference['negative']:.6e} A, "
        f"ratio {reference['ratio']:.6f}, each certain to {100 * reference['uncertainty']:.1g} % (P3 with "
        f"{reference['unknowns']:,} unknowns on an adapted mesh).",
        _levels(part),
        _verdict(part),
        "Adapted by strips, mesh by mesh. An effectivity is estimate over true error: of the raw estimate "
        f'(`current_discretization_error`) and of the bar; "-" where the true error is below {TOLD:g} uncertainties of the '
        "reference. The errors of the two currents may cancel in the ratio; its bar does not count on it.",
        _steps(part["adapted"], reference["uncertainty"]),
        _hidden([*part["adapted"], *part.get("bisected", [])], reference["uncertainty"]),
    ]
    if part.get("bisected"):
        text += ["Adapted by bisection:", _steps(part["bisected"], reference["uncertainty"])]
    return "\n\n".join(text)


def methods(part: Mapping[str, Any]) -> dict[str, Sequence[Entry]]:
    """What was tried, by method; the scan is first and the only one that is no sequence of refinements."""
    found: dict[str, Sequence[Entry]] = {"hand-graded, best of the scan": part["scan"]}
    for label, entries in part["uniform"].items():
        degree, mesh = label.split()
        found[f"{degree}, {mesh} mesh refined uniformly"] = entries
    found["**adapted by strips**"] = part["adapted"]
    if part.get("bisected"):
        found["adapted by bisection"] = part["bisected"]
    found["P3 on the meshes adapted for P2"] = [entry["rich"] for entry in part["adapted"]]
    return found


def _levels(part: Mapping[str, Any]) -> str:
    tables = []
    for number, words in NUMBERS.items():
        rows = []
        for method, entries in methods(part).items():
            choose = least if entries is part["scan"] else settled
            chosen = [choose(entries, number, level) for level in LEVELS]
            cells = [f"{_count(one)} ({one['seconds']:.1f} s)" if one else _largest(entries) for one in chosen]
            rows.append([method, *cells])
        headings = (f"unknowns (time) for {words} to", *(f"{100 * level:g} %" for level in LEVELS))
        tables.append(table(headings, rows))
    return "\n\n".join(tables)


def _verdict(part: Mapping[str, Any]) -> str:
    lines = []
    for number, words in NUMBERS.items():
        hand, own = least(part["scan"], number, 1e-3), settled(part["adapted"], number, 1e-3)
        if own is None:
            lines.append(f"- {words} to 0.1 %: adaptation does not reach it.")
        elif hand is None:
            lines.append(
                f"- {words} to 0.1 %: no mesh of the scan reaches it (the largest has {_largest(part['scan'])[2:]} "
                f"unknowns), adaptation does with {_count(own)}."
            )
        else:
            lines.append(
                f"- {words} to 0.1 %: adaptation takes {own['unknowns'] / hand['unknowns']:.2f} times the unknowns and "
                f"{own['seconds'] / hand['seconds']:.1f} times the time of the best hand-graded mesh ({_sizes(hand)}), whose "
                f"errors are {percent(hand['positive_error'])} and {percent(hand['negative_error'])} in the currents and "
                f"{percent(hand['ratio_error'])} in the ratio."
            )
    finest = min(part["adapted"], key=lambda entry: error_of(entry, "all"))
    lines.append(
        f"- smallest error of an adapted mesh: {100 * error_of(finest, 'all'):.2g} % in both currents and the ratio, with "
        f"{_count(finest)} unknowns; of the scan: {100 * min(error_of(e, 'all') for e in part['scan']):.2g} %."
    )
    return "\n".join(lines)


def _sizes(entry: Entry) -> str:
    words = {
        "mesh.growth": "growth",
        "mesh.wall_size": "wall",
        "mesh.corner_size": "corner",
        "mesh.axial_cells": "axial",
    }
    return ", ".join(f"{words[key]} {value}" for key, value in entry["sizes"].items())


def _hidden(entries: Sequence[Entry], uncertainty: float) -> str:
    """How many bars do not cover: among those shown, and among those too small to be told from the reference."""
    pairs = [
        (error_of(entry, number) >= TOLD * uncertainty, float(entry[f"{number}_bar"]) < error_of(entry, number))
        for entry in entries
        for number in ("positive", "negative", "ratio")
    ]
    shown, hidden = ([missed for told, missed in pairs if told is wanted] for wanted in (True, False))
    return (
        f"Of all meshes adapted by strips or bisection, {sum(shown)} of {len(shown)} bars with an effectivity shown are "
        f"smaller than the true error, and {sum(hidden)} of the {len(hidden)} that are not shown are smaller than the "
        "difference from the reference."
    )


TOLD = 2.0
"""An effectivity is shown for true errors of at least so many uncertainties of the reference."""


def _steps(entries: Sequence[Entry], uncertainty: float) -> str:
    headings = ("unknowns", "time", "true error: I(1 V)", "I(-1 V)", "ratio", "bar of the ratio",
                "effectivity: I(1 V)", "I(-1 V)", "ratio", "of the bar: I(1 V)", "I(-1 V)", "ratio")  # fmt: skip
    numbers = ("positive", "negative", "ratio")
    rows = [
        [
            f"{entry['unknowns']:,}",
            f"{entry['seconds']:.1f} s",
            *(percent(entry[f"{number}_error"]) for number in numbers),
            f"{100 * entry['ratio_bar']:.2g} %",
            *(
                _plain(entry[f"{number}_{kind}"] if error_of(entry, number) >= TOLD * uncertainty else None)
                for kind in ("effectivity", "bar_effectivity")
                for number in numbers
            ),
        ]
        for entry in entries
    ]
    return table(headings, rows)


def _sensitivities(part: Mapping[str, Any]) -> str:
    first, again = part["unit"]["with_analysis"], part["unit"]["analysis_reused"]
    derivatives = [float(one["seconds"]) for one in part["derivatives"]]
    total = part["adjoint"] + sum(derivatives)
    rows = [
        [
            "one adjoint state (factors of the state at hand)",
            _units(part["adjoint"], again),
            _units(part["adjoint"], first),
        ],
        *(
            [f"derivative by `{one['parameter']}`", _units(one["seconds"], again), _units(one["seconds"], first)]
            for one in part["derivatives"]
        ),
        [f"**adjoint and {len(derivatives)} derivatives**", _units(total, again), _units(total, first)],
        [
            f"counted, not measured: central differences of {len(derivatives)} parameters at one Newton step each way",
            f"{2 * len(derivatives)}",
            _units(2 * len(derivatives) * again, first),
        ],
    ]
    return (
        f"cases/conical_rectifier at 1 V, {part['unknowns']:,} unknowns, against one Newton step: assembly, factorisation "
        "and solve.\n\n" + table(("", "in Newton steps", "in units with analysis"), rows)
    )


def _solids(part: Mapping[str, Any]) -> str:
    rows = []
    for way in part["ways"]:
        bare, solid = way["without"], way["with"]
        rows.append(
            [
                way["way"],
                f"{bare['cells']:,}, {solid['cells']:,}",
                f"{bare['newton_steps']}, {solid['newton_steps']}",
                f"{bare['seconds']:.1f} s, {solid['seconds']:.1f} s",
                f"**{in_units(solid['seconds'], bare['seconds']):.2f}**",
            ]
        )
    gate = part["gate"]
    return "\n\n".join(
        [
            "A charged pore over 11 voltages, with insulating walls and with a dielectric solid around it that has about as "
            "many cells as the liquid. Processor time of the whole run.",
            table(("", "cells without, with", "Newton steps", "time", "ratio"), rows),
            "A slit of 20 nm under 20 nm of oxide, from a gate of 0 V to one of -10 V (400 thermal voltages) in one step of "
            f"the sweep: {gate['steps']} Newton steps without flow and {gate['steps_with_flow']} with it, with new factors "
            f"in each; as shipped, with flow, {gate['steps_shipped']} steps with {gate['factorisations']} factorisations.",
        ]
    )


def _units(seconds: float, unit: float) -> str:
    return f"{in_units(seconds, unit):.2f}"
