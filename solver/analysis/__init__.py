"""Numbers from rows of results: rectification, reversal potentials, hysteresis, relaxation, pulses.

Import the functions of these names and `summary` from their modules.
"""
