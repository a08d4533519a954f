"""Ranks, clocks, logs, progress, interruption, and differences between versions of the compiled libraries.

Import from the modules; nothing here knows a case.
"""
