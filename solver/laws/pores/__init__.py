"""Kinetics of pores that hold few ions at a time: one kind a file, all of them master equations (`base.py`).

May be imported by everything above the laws; see `solver.laws`. The kinds are listed in `solver.laws.registry`.
"""
