"""Errors and derivatives: richer elements, adjoint states, error bars, meshes that meet a tolerance.

Import `ErrorBars`, `Adjoint`, `sensitivity` and `adapted_mesh` from their modules.
"""
