"""Measured properties of aqueous solutions of one salt at 298.15 K: tables with their sources, and formulas fitted to them.

Names of ions are those of `solver.physics.ions`. Formulas are written in the functions of an algebra (`Functions`), and
keep their value at the end of their table beyond it.
"""
