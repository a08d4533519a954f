"""Solutions of the nonlinear equations: Newton's method and continuation.

Import `Newton` from `newton` and `Continuation` from `continuation`.
"""
