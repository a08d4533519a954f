"""Figures of circuits, one a file; `registry` says which study has which, and `postprocess.figures.circuit` draws them."""
