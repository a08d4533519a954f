"""Reactions between dissolved species, one kind a file: keys, stoichiometry, rate, source.
May be imported by everything above the laws; see `solver.laws`.
"""
