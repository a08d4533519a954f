"""One device ready to be solved, and the sinks of a run: files, or memory.

Import `Simulation` from `simulation` and the sinks from their modules.
"""
