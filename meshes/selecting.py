"""What a case says of the groups of a mesh file in any dimension: which regions belong to the device, which names are there,
and whether its unit of length can be meant."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from meshes import plane
from meshes.errors import MeshError
from meshes.plane import Group
from meshes.quantity import did_you_mean

LARGEST, SMALLEST = 0.1, 1e-10
"""Extents (m) of a device beyond which its scale is a mistake."""

SCALES = {1e-9: "1 nm", 1e-6: "1 um", 1e-3: "1 mm", 1.0: "1 m"}
LIKELY = (0.5e-9, 2e-2)
"""Smallest and largest extent (m) of a device with a likely scale."""


def chosen_regions(
    regions: Sequence[Group], wanted: Sequence[str], *, ungrouped: bool, cells: str
) -> tuple[list[Group], tuple[str, ...]]:
    """The groups of cells that belong to the device under the names of the case, and the names of the others.

    ungrouped: whether the file has no groups, so that the regions are what it was drawn of. cells: their name.

    Raises:
        MeshError: a name is not there, or nothing says which belong to the device.
    """
    known = ", ".join(sorted(group.label for group in regions))
    if not regions:
        raise MeshError(f"it has no {cells}")
    if not wanted and len(regions) > 1 and not ungrouped:
        all_of_them = ", ".join(f"{group.label}: fluid" for group in sorted(regions, key=lambda g: g.label))
        raise MeshError(
            f"it has the regions {known}; say which belong to the device and what they are, if it is all of them"
            f" 'regions: {{{all_of_them}}}'"
        )
    if not wanted:
        return list(regions), ()
    chosen = []
    for name in wanted:
        found = plane.find(regions, name)
        if not found:
            raise MeshError(f"it has no region named {name}; it has {known}")
        chosen.append(Group(found[0].number, name, np.concatenate([group.elements for group in found])))
    together = np.sort(np.concatenate([group.elements for group in chosen]), axis=1)
    if (twice := len(together) - len(np.unique(together, axis=0))) > 0:
        raise MeshError(f"{twice} cells belong to two of the regions {', '.join(wanted)}; name each part once")
    taken = {id(group) for name in wanted for group in plane.find(regions, name)}
    return chosen, tuple(group.label for group in regions if id(group) not in taken)


def named_boundary(groups: Sequence[Group], wanted: str) -> list[Group]:
    """The groups of edges or faces of a name; MeshError when there is none."""
    found = plane.find(groups, wanted)
    if found:
        return found
    known = [group.label for group in groups]
    text = did_you_mean(wanted, known, "it has") if known else "it names none, so give boxes (see docs/cases.md)"
    text = f"it has {', '.join(sorted(known))}" if known and not text.startswith("did") else text
    raise MeshError(f"it has no boundary named {wanted}; {text}")


def check_scale(sizes: Sequence[float], scale: float) -> None:
    """Refuse a device that is larger or smaller than any of its kind.

    sizes: its extents in units of the file. scale: of a unit, m.
    """
    metres = [size * scale for size in sizes]
    if max(metres) <= LARGEST and min(metres) >= SMALLEST:
        return
    likely = [
        text for unit, text in SCALES.items() if LIKELY[0] <= min(sizes) * unit and max(sizes) * unit <= LIKELY[1]
    ]
    advice = (
        f"write e.g. 'scale: {likely[0]}'" if likely else "write the length of a unit of the file as geometry.scale"
    )
    raise MeshError(
        f"its coordinates run over {' by '.join(f'{size:.6g}' for size in sizes)} units, with scale {scale:g} m a device of"
        f" {' by '.join(f'{size:.4g} m' for size in metres)}; {advice}"
    )
