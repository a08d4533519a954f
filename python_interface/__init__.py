"""The Python interface: simulating a case and working with its result, in a notebook, a script or under mpirun.
`import nanochannel` offers its names; inside the program import `simulate.simulate`, `opening.open_result` and
`result.SimulationResult`.
"""
