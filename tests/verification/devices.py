"""Cases in memory, as the validation computes them."""

from validation.devices import KCL_WATER, row, rows, sessions

__all__ = ["KCL_WATER", "row", "rows", "sessions"]
