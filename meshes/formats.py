"""What files of meshes have in common, whatever their dimension: nodes and groups of a Gmsh model, groups of meshio."""

from __future__ import annotations

from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np

from meshes import plane
from meshes.errors import MeshError
from meshes.plane import Floats, Integers


def one_line(text: str) -> str:
    """An error of a library in one line of at most 160 letters."""
    words = " ".join(text.removeprefix("Error").lstrip(" :").split())
    return words if len(words) <= 160 else f"{words[:160]}..."


def nodes_of(gmsh: Any) -> tuple[Integers, Floats]:
    """Numbers (ascending) and coordinates of the nodes of the current model. Shapes (n,) and (n, 3)."""
    tags, coordinates, _ = gmsh.model.mesh.getNodes()
    if not len(tags):
        raise MeshError("it holds no mesh")
    order = np.argsort(tags)
    return tags[order].astype(np.int64), plane.as_points(coordinates)[order]


def groups_of(gmsh: Any, dimension: int) -> tuple[list[tuple[int, str, list[int]]], bool]:
    """Number, name and entities of each physical group; without any those of each entity, and True."""
    model = gmsh.model
    found = model.getPhysicalGroups(dimension)
    if not found:
        return [
            (tag, model.getEntityName(dimension, tag).split("/")[-1], [tag]) for _, tag in model.getEntities(dimension)
        ], True
    return [
        (tag, model.getPhysicalName(dimension, tag), list(model.getEntitiesForPhysicalGroup(dimension, tag)))
        for _, tag in found
    ], False


def read_with_meshio(path: Path) -> Any:
    """The mesh of a file in a format of meshio."""
    import meshio

    said = StringIO()
    try:
        with redirect_stdout(said), redirect_stderr(said):
            return meshio.read(path)
    except (Exception, SystemExit) as error:  # meshio raises many types, and exits
        words = said.getvalue().strip() or str(error)
        raise MeshError(f"meshio cannot read it: {one_line(words)}") from None


def labels_of(mesh: Any, kept: list[tuple[int, Any]]) -> list[dict[tuple[int, str], Any]]:
    """For every block the groups it has elements of, by number and name, with a mask."""
    if mesh.cell_sets:
        by_block: list[dict[tuple[int, str], Any]] = [{} for _ in kept]
        for name, members in mesh.cell_sets.items():
            for slot, (index, block) in enumerate(kept):
                if members[index] is not None and len(members[index]):
                    mask = np.zeros(len(block.data), dtype=bool)
                    mask[np.asarray(members[index], dtype=int)] = True
                    by_block[slot][-1, name] = mask  # sets have names only
        return by_block
    numeric = [key for key, data in mesh.cell_data.items() if all(np.asarray(d).dtype.kind in "iu" for d in data)]
    if not numeric:
        return [{} for _ in kept]
    key = next((k for k in numeric if "physical" in k), numeric[0])
    names = {(int(tag), int(dim)): name for name, (tag, dim) in mesh.field_data.items()}
    found = []
    for index, block in kept:
        numbers = np.asarray(mesh.cell_data[key][index], dtype=int)
        found.append({(int(n), names.get((int(n), block.dim), "")): numbers == n for n in np.unique(numbers)})
    return found
