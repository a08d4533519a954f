"""Figures by name, shown by Jupyter one below the other."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PIXELS = 96.0  # width of an inch on a page, in CSS pixels


class Drawings(Mapping[str, "Figure"]):
    """Matplotlib figures by name. As the value of a notebook's cell all of them are shown; each may be changed and saved with
    matplotlib, for example `drawings["current_voltage"].axes[0].set_xlim(0, 1)`.
    """

    def __init__(self, figures: Mapping[str, Figure]) -> None:
        self._figures = dict(figures)

    def __getitem__(self, name: str) -> Figure:
        if name not in self._figures:
            raise KeyError(f"there is no figure '{name}'; there are {', '.join(self) or 'none'}")
        return self._figures[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._figures)

    def __len__(self) -> int:
        return len(self._figures)

    def __repr__(self) -> str:
        return f"Drawings({', '.join(self) or 'none'})"

    def _repr_html_(self) -> str:
        images = []
        for name, figure in self._figures.items():
            image, width = base64.b64encode(png(figure)).decode(), figure.get_figwidth() * PIXELS
            images.append(f'<img alt="{name}" style="width: {width:.0f}px" src="data:image/png;base64,{image}">')
        return "<br>".join(images)


def png(figure: Figure) -> bytes:
    """Figure as the contents of a PNG file, with two pixels for each of the page."""
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=2 * PIXELS)
    return file.getvalue()
