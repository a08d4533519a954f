"""Models of the electrolyte: how concentrations and electrochemical potentials belong together.

Import `ElectrolyteModel` from `base`, and `Ideal` from `ideal` as the default.
"""
