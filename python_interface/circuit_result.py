"""The result of a circuit as a notebook wants it."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from postprocess.tables.circuit import CircuitResult, load_circuit_result
from postprocess.tables.circuit_table import circuit_headline, circuit_table
from python_interface.drawings import Drawings
from python_interface.result import SimulationResult, result_of
from solver.results.rows import ResultError

if TYPE_CHECKING:
    import pandas as pd

ROWS = 20
"""Rows that the table of a notebook shows."""


@dataclass(frozen=True, eq=False, repr=False)
class CircuitSimulationResult(CircuitResult):
    """Result of a circuit, in memory or on disk. All numbers are SI; headers have the units."""

    @property
    def table(self) -> pd.DataFrame:
        """Observables (observables.csv), one row for every point or instant."""
        return self.observables

    def __getitem__(self, header: str) -> pd.Series[Any]:
        """Column by its header, such as "potential_membrane [V]", by its name, or by that of a node for its potential."""
        try:
            return self.table[self.column(header)]
        except ResultError as error:
            raise KeyError(str(error)) from None

    def plot(
        self,
        *names: str,
        out: Path | str | None = None,
        style: str = "screen",
        against: Sequence[str] | None = None,
        others: Sequence[CircuitResult] = (),
        measured: Path | str | Sequence[Path | str] = (),
    ) -> Drawings:
        """Draw figures: those named, or all that suit the result.

        Args:
            names: such as "time_series", "phase_plane", "sweep", "bode" (docs/circuits.md).
            out: folder to write them to as well, or a file name such as neuron.pdf, whose stem begins their names.
            style: "screen", or "paper" for a column of a journal.
            against: two columns or nodes, that across and that up, of the phase plane.
            others: results of the same study, whose curves are drawn in the same figures.
            measured: CSV files whose curves are drawn over the computed ones, with headers such as "t [ms],membrane [mV]".

        Raises:
            ResultError: there is no such figure, column or style, results do not fit into one figure, nothing of a
                measurement can be drawn, or a file cannot be written.
        """
        from postprocess.figures.circuit import draw_circuit
        from postprocess.figures.plot import save_figures
        from postprocess.figures.style import destination, style_of
        from postprocess.tables.circuits_together import circuits_together
        from postprocess.tables.reference import with_measured

        look = style_of(style)
        where = None if out is None else destination(self, Path(out), "figures", look)
        if against is not None and len(against) != 2:
            raise ResultError("the phase plane needs two columns in `against`, that across and that up")
        files = [measured] if isinstance(measured, str | Path) else measured
        shown = with_measured(circuits_together([self, *others]), *map(Path, files))
        figures = draw_circuit(shown, names, look, None if against is None else (against[0], against[1]))
        if where is not None:
            save_figures(figures, where)
        return Drawings(figures)

    def report(
        self, out: Path | str | None = None, *, pdf: bool = False, measured: Path | str | Sequence[Path | str] = ()
    ) -> Path:
        """Write a page about the result that needs nothing else.

        Args:
            out: file in .html or .pdf, or a folder; default report.html in the result directory.
            pdf: write a PDF beside the page, too; needs Chromium, Chrome or Edge.
            measured: as of `plot`.

        Raises:
            ResultError: the result is in memory and nobody says where the report goes, or a file cannot be written.
        """
        from postprocess.report.write import write_report_of
        from postprocess.tables.reference import with_measured

        files = [measured] if isinstance(measured, str | Path) else measured
        return write_report_of(with_measured(self, *map(Path, files)), None if out is None else Path(out), pdf=pdf)[-1]

    def device(self, name: str) -> SimulationResult:
        """Result of a device in the states in which its fields were kept, with its profiles and pictures.

        Raises:
            ResultError: there is none.
        """
        return result_of(self.device_result(name))

    def render(self, *_: Any, **__: Any) -> NoReturn:
        """Nothing: circuits have no fields of their own, but their devices have.

        Raises:
            ResultError: always.
        """
        name = next(iter(self.devices), "NAME")
        raise ResultError(f"a circuit has no fields of its own; device('{name}').render() draws those of a device")

    def __repr__(self) -> str:
        return circuit_table(self)

    def _repr_html_(self) -> str:
        table = self.table.to_html(index=False, max_rows=ROWS, float_format="{:.5g}".format, na_rep="")
        return f"<p>{html.escape(circuit_headline(self))}</p>{table}"


def circuit_result_of(result: CircuitResult) -> CircuitSimulationResult:
    """The same table with what draws it."""
    return CircuitSimulationResult(**{each.name: getattr(result, each.name) for each in fields(CircuitResult)})


def open_circuit_result(path: Path | str) -> CircuitSimulationResult:
    """Read the result of a circuit.

    Raises:
        ResultError: it is none, has no row yet, or a table cannot be read.
    """
    return circuit_result_of(load_circuit_result(path))
