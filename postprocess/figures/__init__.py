"""Curves of a result, drawn with matplotlib: a module for every subject, and `panels` and `style` for what they share.
Import `plot.draw_figures` for figures in memory and `plot.plot` for files; functions of the other modules draw single ones.
"""
