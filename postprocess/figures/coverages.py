"""Which coverages of walls, and what of pores, a figure shows."""

from __future__ import annotations

import numpy as np
import pandas as pd

START, OF_PORES = "coverage_", "occupancy_"
CONSTANT = 1e-6  # change of a part of the sites that is no change


def shown_coverages(table: pd.DataFrame) -> list[str]:
    """Headers of the coverages and occupancies that are not the same everywhere in a table, without those that are what
    another one leaves of the sites: of an exchange one species is shown."""
    found: list[str] = []
    for header in table:
        if not str(header).startswith((START, OF_PORES)) or str(header).endswith("_error"):
            continue
        values = table[header]
        changes = float(values.max() - values.min()) > CONSTANT
        mirrored = any(bool(np.nanmax(np.abs(values + table[other] - 1.0)) < CONSTANT) for other in found)
        if changes and not mirrored:
            found.append(str(header))
    return found
