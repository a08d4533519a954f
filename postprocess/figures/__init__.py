"""Curves of a result, drawn with matplotlib: one module a subject, and the parts that all of them share.
Import `plot.plot` for all figures of a result, functions of the other modules for a single one, `style` for the look.
"""
