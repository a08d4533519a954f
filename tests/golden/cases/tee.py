"""Make tee.msh: a planar T of three slits 40 nm wide with the terminals left, right and top; the whole device, no axis.

The mesh is part of the repository; another version of Gmsh may give another one.
"""

from __future__ import annotations

from pathlib import Path

import gmsh


def main() -> None:
    """Draw, mesh and write, in nanometres."""
    gmsh.initialize()
    gmsh.option.setNumber("General.Terminal", 0)
    shapes = gmsh.model.occ
    bar = shapes.addRectangle(-150, 0, 0, 300, 40)
    stem = shapes.addRectangle(-20, 40, 0, 40, 120)
    shapes.fuse([(2, bar)], [(2, stem)])
    shapes.synchronize()
    groups: dict[str, list[int]] = {"left": [], "right": [], "top": [], "wall": []}
    for _, line in gmsh.model.getEntities(1):
        x, y, _ = shapes.getCenterOfMass(1, line)
        groups["left" if x < -149 else "right" if x > 149 else "top" if y > 159 else "wall"].append(line)
    for name, lines in groups.items():
        gmsh.model.setPhysicalName(1, gmsh.model.addPhysicalGroup(1, lines), name)
    liquid = gmsh.model.addPhysicalGroup(2, [surface for _, surface in gmsh.model.getEntities(2)])
    gmsh.model.setPhysicalName(2, liquid, "liquid")
    gmsh.option.setNumber("Mesh.MeshSizeMax", 8.0)
    gmsh.model.mesh.generate(2)
    gmsh.write(str(Path(__file__).with_suffix(".msh")))
    gmsh.finalize()


if __name__ == "__main__":
    main()
