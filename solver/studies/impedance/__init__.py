"""Small-signal spectra: the linearised problem, and a row for every bias and frequency.

Import `Linearised` from `linearised`.
"""
