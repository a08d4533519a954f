"""Physical laws, one a file: keys, formula, check and source of everything that a wall, a region or an electrolyte can be.

Import the lists of `registry`, the base classes of `walls.base`, `electrolytes.base` and `regions.base`, and `algebra`.
"""
