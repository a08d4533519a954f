"""Species that are larger than the narrowest place of the liquid, and regions said to be wider than the channel there."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from meshes.geometry import ChannelGeometry
from meshes.survey import MeshSurvey
from solver.case.case import Case
from solver.inputs.text import si
from solver.laws.regions.confinement import Confinement

STATIONS = 201
"""Cross-sections of a channel that are looked at along a region."""


def room_warnings(case: Case, found: MeshSurvey | None) -> Iterator[tuple[str, str]]:
    """(kind, text) of what is wider than the place that it has.

    found: what a mesh file holds.
    """
    if (narrowest := _narrowest(case, found)) is not None:
        traces = {n: 2.0 * each.radius for n, each in case.electrolyte.trace.items() if each.radius is not None}
        species = case.electrolyte.model.diameters(tuple(case.electrolyte.species))
        for name, diameter in (species | traces).items():
            if diameter > 2.0 * narrowest * (1.0 + 1e-9):
                yield (
                    f"size {name}",
                    f"'{name}' is {si(diameter, 'm')} in diameter, but the narrowest place of the liquid is"
                    f" {si(2.0 * narrowest, 'm')} wide: it would not pass, and the equations let it; make that wider, or"
                    " describe it as a region of type confinement",
                )
    geometry = case.geometry
    for name, law in case.regions.items():
        if not (isinstance(law, Confinement) and isinstance(geometry, ChannelGeometry)):
            continue
        given = law.place.start, law.place.stop
        begin, end = (at if own is None else own for own, at in zip(given, geometry.mouths, strict=True))
        actual = float(geometry.profile(np.linspace(begin, end, STATIONS) / geometry.length).min())
        for key, part in (("hindrance", law.hindrance), ("wall_layer", law.wall_layer)):
            if part is not None and part.half_width is not None and part.half_width > actual * (1.0 + 1e-9):
                yield (
                    f"half-width {name} {key}",
                    f"regions.{name}.{key}.half_width is {si(part.half_width, 'm')}, but the channel is narrower there,"
                    f" {si(actual, 'm')}: species are hindered less than by its walls; write at"
                    " most that",
                )


def _narrowest(case: Case, found: MeshSurvey | None) -> float | None:
    """Smallest radius or half-height (m) of the liquid; of a mesh file that at its walls. None where it is not known."""
    if (own := case.geometry.smallest) is not None or found is None:
        return own
    walls = (found.boundary(name) for name in case.walls)
    sizes = [wall.half_size for wall in walls if wall.touches_liquid and np.isfinite(wall.half_size)]
    return min(sizes, default=None)
