"""From laws to residuals: unknowns, parameters, ports, integrands, the problem and its evaluation at a state.

Import `Problem`, `Evaluation` and `Parameters` from their modules, and `build` and `meshing` to make them from a case.
"""
