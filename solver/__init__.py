"""The solver in rooms: pure ones that read, describe and check cases, and compiled ones that discretise and solve them.

The order of the rooms, from the ground: inputs, physics, results and parallel; linear and laws; signals; case; check and
analysis; discretization; nonlinear and observables; accuracy; simulation; studies; run. Imports go down only.
"""
