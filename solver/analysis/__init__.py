"""Numbers from rows of results: rectification, hysteresis, relaxation, pulses.

Import the functions of these names and `summary` from their modules.
"""
