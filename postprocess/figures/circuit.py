"""Figures of circuits: which there are of a result, in memory and in files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from postprocess.figures.circuits.phase_plane import phase_plane
from postprocess.figures.circuits.registry import OF_ONE, PHASE_PLANE, makers_of
from postprocess.figures.plot import place_of, save_figures
from postprocess.figures.style import SCREEN, Sheet, Style, destination, style_of
from postprocess.tables.circuit import CircuitResult, load_circuit_result
from postprocess.tables.circuits_together import CircuitsTogether, circuits_together
from postprocess.tables.reference import with_measured
from solver.results.rows import ResultError

if TYPE_CHECKING:
    from postprocess.figures.circuits.registry import Maker


def circuit_makers(result: CircuitResult) -> dict[str, Maker]:
    """Functions that draw the figures of a result, by the names of the figures."""
    found = makers_of(result.study)
    several = isinstance(result, CircuitsTogether)
    return {name: maker for name, maker in found.items() if not (several and name in OF_ONE)}


def draw_circuit(
    result: CircuitResult, names: Iterable[str] = (), style: Style = SCREEN, against: tuple[str, str] | None = None
) -> dict[str, Sheet]:
    """Figures of a result by name: those named, or all that it has something for.

    against: columns of the phase plane, that across and that up.

    Raises:
        ResultError: no figure or column has such a name, or the result has nothing for it.
    """
    known, wanted = circuit_makers(result), list(dict.fromkeys(names))
    if against is not None:
        known = {**known, PHASE_PLANE: lambda shown, look: phase_plane(shown, look, *against)}
        wanted = wanted or [PHASE_PLANE]
    for name in wanted:
        if name in OF_ONE and name in makers_of(result.study) and name not in known:
            raise ResultError(f"the figure '{name}' is of a single result")
        if name not in known:
            raise ResultError(f"there is no figure '{name}' of this result; there are {', '.join(known) or 'none'}")
    if not known:
        raise ResultError(f"results of '{result.study}' are drawn one by one; only a phase plane takes several")
    with style.context():
        drawn = {name: known[name](result, style) for name in wanted or known}
    if empty := [name for name in wanted if drawn[name] is None]:
        raise ResultError(f"this result has nothing for the figure '{empty[0]}'")
    return {name: figure for name, figure in drawn.items() if figure is not None}


def read_circuits(paths: Path | Sequence[Path], measured: Iterable[Path] = ()) -> CircuitResult:
    """The result of a circuit, or several as one, with measured curves to be drawn over them.

    Raises:
        ResultError: there is no such result, several do not fit into one figure, or nothing of a file can be drawn.
    """
    found = [load_circuit_result(path) for path in ([paths] if isinstance(paths, Path) else paths)]
    return with_measured(circuits_together(found), *measured)


def plot_circuit(
    paths: Path | Sequence[Path],
    out: Path | None = None,
    names: Iterable[str] = (),
    style: str = SCREEN.name,
    against: tuple[str, str] | None = None,
    measured: Iterable[Path] = (),
) -> list[Path]:
    """Draw the figures of the result of a circuit, or of several together; returns the files. Arguments as of `plot` and
    `draw_circuit`.

    Raises:
        ResultError: there is no such result, figure, column or style, or a file cannot be written.
    """
    look, result = style_of(style), read_circuits(paths, measured)
    beside = place_of(result.parts, look) if isinstance(result, CircuitsTogether) else None
    return save_figures(draw_circuit(result, names, look, against), destination(result, out or beside, "figures", look))


__all__ = ["circuit_makers", "draw_circuit", "plot_circuit", "read_circuits"]
