"""Protocols as functions of time: steps, their segments, the schedule of all driven keys, tables of files.

Import `Schedule` and its parts from `schedule`, steps from `waveforms`.
"""
