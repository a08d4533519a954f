"""Properties of the liquid that depend on its composition or on the place, one kind a file: keys, formulas, source.
May be imported by everything above the laws; see `solver.laws`.
"""
