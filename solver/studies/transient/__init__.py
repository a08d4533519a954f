"""Runs in time: time steps with error control, what they land on, how they start and resume.

Import `TimeStepper` from `stepper`; the rest serves the runner.
"""
