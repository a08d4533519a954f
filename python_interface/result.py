"""A result as a notebook wants it: tables in pandas, fields in PyVista, figures in matplotlib."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from meshes.quantity import did_you_mean
from postprocess.tables.kinds import BIAS
from postprocess.tables.result import Result
from postprocess.tables.result_table import headline, result_table
from postprocess.tables.units import split_header
from python_interface.drawings import Drawings
from solver.results.headers import error_header

if TYPE_CHECKING:
    import pandas as pd

    from postprocess.pictures.fields import Fields

SHOWN = ("flow_rate [m^3/s]", "conductance [S]", "impedance_imaginary [ohm]", "osmotic_power [W]")
"""Columns that the short table of a notebook has besides the parameters and what is measured."""
ROWS = 20  # of that table


@dataclass(frozen=True, eq=False, repr=False)
class SimulationResult(Result):
    """Result of a simulation, in memory or on disk. All numbers are SI; headers of tables have the units."""

    @property
    def table(self) -> pd.DataFrame:
        """Observables (observables.csv), one row for every point or instant."""
        return self.observables

    @cached_property
    def fields(self) -> Fields:
        """Fields by point number as PyVista datasets, of the points for which `outputs.fields` asked.

        A dataset is the mesh of the half plane (m) with point data (SI) such as "potential" and "salt". After a run on
        several ranks in memory it is the part of this rank.
        """
        from postprocess.pictures.fields import fields_of

        return fields_of(self)

    def __getitem__(self, header: str) -> pd.Series[Any]:
        """Column of the table by its header, such as "current [A]", or by its name alone, such as "current"."""
        for column in self.table.columns:
            if header in (column, split_header(column)[0]):
                return self.table[column]
        raise KeyError(f"no column '{header}'; {did_you_mean(header, self.table.columns, 'there are')}")

    def plot(
        self,
        *names: str,
        out: Path | str | None = None,
        style: str = "screen",
        others: Sequence[Result] = (),
        measured: Path | str | Sequence[Path | str] = (),
    ) -> Drawings:
        """Draw figures: those named, or all that suit the result.

        Args:
            names: such as "current_voltage" and "profiles"; "error" and "adaptation" are drawn only when they are named.
            out: folder to write them to as well, or a file name such as iv.pdf, whose stem begins their names.
            style: "screen", or "paper" for a column of a journal (86 mm, 8 pt, no titles).
            others: further results, whose curves are drawn in the same figures; the legend says in what they differ.
            measured: CSV files whose curves are drawn over the computed ones, with headers such as "V [mV]", "I [nA]" and
                "sd [pA]" (docs/reports.md).

        Raises:
            ResultError: there is no such figure or style, results do not fit into one figure, nothing of a measurement can
                be drawn, or a file cannot be written.
        """
        from postprocess.figures.plot import draw_figures, save_figures
        from postprocess.figures.style import destination, style_of
        from postprocess.tables.reference import with_measured
        from postprocess.tables.together import together

        look = style_of(style)
        where = None if out is None else destination(self, Path(out), "figures", look)
        files = [measured] if isinstance(measured, str | Path) else measured
        figures = draw_figures(with_measured(together([self, *others]), *map(Path, files)), names, look)
        if where is not None:
            save_figures(figures, where)
        return Drawings(figures)

    def render(
        self,
        field: str | None = None,
        at: Sequence[str] | str = (),
        window: str | None = None,
        out: Path | str | None = None,
        *,
        cut: str | None = None,
        body: bool = False,
        plane: Sequence[str] | str = (),
        walls: bool = False,
        lines: bool = False,
        iso: Sequence[str] | None = None,
    ) -> Drawings:
        """Draw pictures of the fields.

        Args:
            field: salt, potential, charge, velocity, pressure or a species, electric_field, current_density, or mesh;
                default salt, potential and velocity.
            at: points, such as "1 V" or ["-1 V", "1 V"]; default the extremes of the sweep.
            window: "channel" (default), "device", or the name of a terminal for the region around its mouth.
            out: folder or file name to write them to as well.
            cut: curves along a line instead: "axis", "z = 0.5 um", "r = 2 nm"; in three dimensions "x = 2 nm, y = 0".
            body: the body in three dimensions instead, with a quarter left out.
            plane: of a device in three dimensions: "y = 0" (default), "x = 0", "z = 0.5 um", or several of them.
            walls: of such a device its walls instead, with their charge and zeta potential, or the field.
            lines: of such a device streamlines in space instead.
            iso: of such a device surfaces of equal values instead, such as ["5 mM"]; [] for some that suit.

        Raises:
            ResultError: something of this is not there, with a list of what there is; or a file cannot be written.
        """
        from postprocess.figures.style import destination
        from postprocess.pictures.render import draw_pictures, save_pictures

        where = None if out is None else destination(self, Path(out), "pictures")
        points, planes = ([each] if isinstance(each, str) else each for each in (at, plane))
        pictures = draw_pictures(
            self, field, points, window, cut=cut, body=body, planes=planes, walls=walls, lines=lines, iso=iso
        )
        if where is not None:
            save_pictures(pictures, where)
        return Drawings(pictures)

    def movie(
        self,
        out: Path | str,
        field: str | None = None,
        at: Sequence[str] = (),
        window: str | None = None,
        fps: float = 15.0,
        plane: str | None = None,
    ) -> Path:
        """Write a movie of one field at all instants or along the sweep; returns the file.

        Args:
            out: file in .mp4 or .gif, or a folder.
            field, at, window, plane: as of `render`; one plane.
            fps: frames per second.

        Raises:
            ResultError: fewer than two points have fields, or the file cannot be written.
        """
        from postprocess.pictures.movie import draw_movie

        return draw_movie(self, Path(out), field, at, window, fps, plane)

    def turntable(
        self,
        out: Path | str,
        scene: str = "body",
        field: str | None = None,
        at: Sequence[str] = (),
        window: str | None = None,
        iso: Sequence[str] = (),
        fps: float = 15.0,
    ) -> Path:
        """Write a movie of a device in three dimensions that turns around once; returns the file.

        Args:
            out: file in .mp4 or .gif, or a folder.
            scene: body, walls, lines or iso, as of `render`.
            field, at, window, iso: as of `render`; of several points the last one is shown.
            fps: frames per second.

        Raises:
            ResultError: the device is in two dimensions, something is not there, or the file cannot be written.
        """
        from postprocess.pictures.turntable import draw_turntable

        return draw_turntable(self, Path(out), scene, field, at, window, iso, fps)

    def report(
        self, out: Path | str | None = None, *, pdf: bool = False, measured: Path | str | Sequence[Path | str] = ()
    ) -> Path:
        """Write a page about the result that needs nothing else: case, numbers, figures, fields, errors, cost.

        Args:
            out: file in .html or .pdf; default report.html in the folder of the result.
            pdf: write a PDF beside the page, too, with Chromium, Chrome or Edge.
            measured: as of `plot`.

        Returns:
            The page, or the PDF if there is one.

        Raises:
            ResultError: a file cannot be written, there is no browser, or the result is in memory and `out` is missing.
        """
        from postprocess.report.write import write_report_of
        from postprocess.tables.reference import with_measured

        files = [measured] if isinstance(measured, str | Path) else measured
        shown = with_measured(self, *map(Path, files))
        return write_report_of(shown, None if out is None else Path(out), pdf=pdf)[-1]

    def __repr__(self) -> str:
        return result_table(self)

    def _repr_html_(self) -> str:
        measured = [self.kind.measured, *SHOWN]
        wanted = ["point", *self.parameters, BIAS, *(name for each in measured for name in (each, error_header(each)))]
        columns = [name for name in dict.fromkeys(wanted) if name in self.table]
        table = self.table[columns].to_html(index=False, max_rows=ROWS, float_format="{:.5g}".format, na_rep="")
        return f"<p>{html.escape(headline(self))}</p>{table}"


def result_of(result: Result) -> SimulationResult:
    """The same tables with what draws them."""
    return SimulationResult(**{each.name: getattr(result, each.name) for each in fields(Result)})
