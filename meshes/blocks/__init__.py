"""Meshes in three dimensions out of hexahedral blocks, as curved tetrahedra of second order. Pure numbers: numpy alone.

`assembly` numbers the nodes of blocks that share faces, `tetrahedra` splits the hexahedra, `mesh` holds the result and
integrates over it, `check` refuses what is inverted, open or unnamed, and `round_pore` and `slit` draw the devices.

Coordinates are x along the axis (the first terminal's mouth at 0), and y and z across it, in units of `UNIT` metres.
"""
