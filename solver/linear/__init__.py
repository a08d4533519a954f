"""Linear systems as blocks, and the solvers that can be chosen for them.

Import `BlockSystem` and `SingularMatrixError` from `blocks`, `block_solver` from `presets`.
"""
