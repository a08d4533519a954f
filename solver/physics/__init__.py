"""Constants, ions, bulk solutions, closed forms, cross-sections, and the scales between SI and dimensionless numbers.

Everything is in SI units and needs numpy and scipy alone; import functions and `Solution` from their modules.
"""
