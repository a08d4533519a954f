"""Materials of regions: their permittivity, diffusivities and fixed charge.

Import `RegionLaw` from `base`, and `Fluid` from `fluid` as the default.
"""
