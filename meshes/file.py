"""Mesh files: Gmsh's own and what meshio reads, reduced to the cells of the device and its named boundaries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from mpi4py import MPI

from meshes.tagged import MeshError, Symmetry, TaggedMesh, from_gmsh

Blocks = list[tuple[int, np.ndarray]]
"""Gmsh's type of some elements, and the tags of their nodes, shape (elements, nodes)."""


def read(
    path: Path,
    comm: MPI.Comm,
    symmetry: Symmetry,
    unit: float,
    rename: Mapping[str, str],
    regions: Sequence[str] = (),
) -> TaggedMesh:
    """Read a mesh file: Gmsh's .msh as it is, anything else through meshio. Collective.

    Args:
        path: the file; its lines and triangles (or quadrilaterals) carry physical names, or integer tags.
        unit: metres per mesh coordinate.
        rename: name in the file for each name that the case uses.
        regions: names of the regions of the device; the others are left out. None are needed for a file with one.

    Raises:
        MeshError: when the file cannot be read, lacks a name, or has several regions of which none is named.
    """

    def load(gmsh: Any) -> None:
        if not path.is_file():
            raise MeshError(f"{path} does not exist")
        if path.suffix == ".msh":
            gmsh.merge(str(path))
        else:
            with TemporaryDirectory() as folder:
                converted = Path(folder) / "mesh.msh"
                _convert(path, converted)
                gmsh.merge(str(converted))
        try:
            _reduce(gmsh, regions)
        except ValueError as error:
            raise MeshError(f"{path}: {error}") from None

    tagged = from_gmsh(load, comm, symmetry, unit)
    missing = sorted(set(rename.values()) - set(tagged.boundaries))
    if missing:
        known = ", ".join(sorted(tagged.boundaries))
        raise MeshError(f"{path} has no boundary named {', '.join(missing)}; it has {known}")
    boundaries = {ours: tagged.boundaries[theirs] for ours, theirs in rename.items()}
    return TaggedMesh(tagged.mesh, tagged.facets, boundaries, tagged.cells, tagged.regions, symmetry, unit)


def _reduce(gmsh: Any, wanted: Sequence[str]) -> None:
    """Put into a model of its own what belongs to a device: the cells of the named regions (or of the only one), their nodes,
    and the edges of all groups between these nodes. DOLFINx takes no nodes without cells, nor gaps in their numbers.

    Raises:
        ValueError: a name is not there, or none was given for several groups.
    """
    names = {gmsh.model.getPhysicalName(2, tag) or str(tag): tag for _, tag in gmsh.model.getPhysicalGroups(2)}
    known = ", ".join(sorted(names))
    if missing := sorted(set(wanted) - set(names)):
        raise ValueError(f"it has no region named {', '.join(missing)}; it has {known}")
    if not wanted and len(names) > 1:
        all_of_them = ", ".join(f"{name}: fluid" for name in sorted(names))
        raise ValueError(
            f"it has the regions {known}; say which belong to the device and what they are, if it is all of them"
            f" 'regions: {{{all_of_them}}}'"
        )
    cells = {name: _elements(gmsh, 2, names[name]) for name in (wanted or names)}
    all_cells = [nodes.ravel() for blocks in cells.values() for _, nodes in blocks]
    used = np.unique(np.concatenate([np.zeros(0, dtype=np.uint64), *all_cells]))
    edges = {}
    for _, tag in gmsh.model.getPhysicalGroups(1):
        name = gmsh.model.getPhysicalName(1, tag) or str(tag)
        edges[name] = [(kind, nodes[np.isin(nodes, used).all(axis=1)]) for kind, nodes in _elements(gmsh, 1, tag)]
    tags, coordinates, _ = gmsh.model.mesh.getNodes()
    order = np.argsort(tags)
    places = np.asarray(coordinates).reshape(-1, 3)[order[np.searchsorted(tags[order], used)]]
    kinds = {kind for blocks in cells.values() for kind, _ in blocks}
    if len(kinds) > 1:
        words = ", ".join(sorted(gmsh.model.mesh.getElementProperties(kind)[0] for kind in kinds))
        raise ValueError(f"its cells are of several kinds ({words}); make them all triangles")
    parts = [(2, name, blocks) for name, blocks in cells.items()]
    parts += [(1, name, blocks) for name, blocks in edges.items() if any(len(nodes) for _, nodes in blocks)]
    gmsh.model.add("device")
    for number, (dimension, name, blocks) in enumerate(parts, start=1):
        gmsh.model.addDiscreteEntity(dimension, number)
        if number == 1:
            gmsh.model.mesh.addNodes(dimension, number, np.arange(1, len(used) + 1), places.ravel())
        for kind, nodes in blocks:  # several blocks of one kind become one
            gmsh.model.mesh.addElementsByType(number, kind, [], 1 + np.searchsorted(used, nodes.ravel()))
        gmsh.model.addPhysicalGroup(dimension, [number], name=name)


def _elements(gmsh: Any, dimension: int, group: int) -> Blocks:
    """The elements of a physical group."""
    found = []
    for entity in gmsh.model.getEntitiesForPhysicalGroup(dimension, group):
        kinds, _, nodes = gmsh.model.mesh.getElements(dimension, entity)
        for kind, tags in zip(kinds, nodes, strict=True):
            found.append((int(kind), np.asarray(tags).reshape(-1, gmsh.model.mesh.getElementProperties(kind)[3])))
    return found


def _convert(source: Path, target: Path) -> None:
    """Write any mesh that meshio reads as a Gmsh file with physical names."""
    import meshio

    mesh = meshio.read(source)
    dimension = {"line": 1, "triangle": 2, "quad": 2}
    kept = [(index, block) for index, block in enumerate(mesh.cells) if block.type in dimension]
    tags: list[Any] = [np.zeros(len(block.data), dtype=int) for _, block in kept]
    names: dict[str, np.ndarray] = {}
    numeric = [key for key, data in mesh.cell_data.items() if all(np.asarray(d).dtype.kind in "iu" for d in data)]
    if mesh.cell_sets:
        for number, (name, members) in enumerate(mesh.cell_sets.items(), start=1):
            for slot, (index, block) in enumerate(kept):
                if members[index] is not None and len(members[index]):
                    tags[slot][np.asarray(members[index], dtype=int)] = number
                    names[name] = np.array([number, dimension[block.type]])
    elif numeric:
        key = next((k for k in numeric if "physical" in k), numeric[0])
        for slot, (index, block) in enumerate(kept):
            tags[slot] = np.asarray(mesh.cell_data[key][index], dtype=int)
            for tag in np.unique(tags[slot]):
                names.setdefault(str(tag), np.array([tag, dimension[block.type]]))
        for name, (tag, dim) in mesh.field_data.items():
            names = {k: v for k, v in names.items() if not (v[0] == tag and v[1] == dim)} | {name: np.array([tag, dim])}
    points = np.zeros((len(mesh.points), 3))
    points[:, : mesh.points.shape[1]] = mesh.points
    meshio.write(
        target,
        meshio.Mesh(
            points,
            [(block.type, block.data) for _, block in kept],
            cell_data={"gmsh:physical": tags, "gmsh:geometrical": tags},
            field_data=names,
        ),
        file_format="gmsh22",
        binary=False,
    )
