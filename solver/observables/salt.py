"""Salt in the channel: concentration polarisation in a few numbers."""

from __future__ import annotations

import numpy as np

from meshes.cell import Cell
from solver.observables.observable import BAR, Observable
from solver.observables.state import DeviceState
from solver.physics.solution import equivalent_concentration
from solver.results import headers
from solver.results.columns import Quantity
from solver.results.headers import extended

RATIO = "salt_mean_ratio"
SALT, VIRTUAL_SALT = headers.SALT, headers.VIRTUAL_SALT


class Salt(Observable):
    """Salt (see `solver.physics.solution.equivalent_concentration`) in the cross-sections of the channel."""

    quantities = (
        Quantity(
            extended(SALT, "mean"),
            "mean salt",
            "Mean salt (sum |z| c / 2) over the volume of the channel, with that of membranes in it.",
            BAR,
        ),
        Quantity(extended(SALT, "min"), "smallest salt", "Smallest salt of a cross-section of the channel.", BAR),
        Quantity(extended(SALT, "max"), "largest salt", "Largest salt of a cross-section of the channel.", BAR),
        Quantity(
            extended(VIRTUAL_SALT, "mean"),
            "mean virtual salt",
            "Mean over the volume of the channel of the salt that an uncharged solution in equilibrium would have.",
            BAR,
        ),
        Quantity(
            extended(VIRTUAL_SALT, "min"),
            "smallest virtual salt",
            "Smallest virtual salt of a cross-section of the channel.",
            BAR,
        ),
        Quantity(
            extended(VIRTUAL_SALT, "max"),
            "largest virtual salt",
            "Largest virtual salt of a cross-section of the channel.",
            BAR,
        ),
        Quantity(
            headers.SALT_AXIAL_MEAN,
            "axial mean salt",
            "Mean salt of equidistant cross-sections along the axis of the channel.",
            BAR,
        ),
        Quantity(
            RATIO,
            "mean salt over bulk",
            "Mean salt over the volume of the channel, over the mean of the reservoirs.",
            BAR,
        ),
    )

    def measure(self, state: DeviceState) -> dict[str, float]:
        """Concentrations (mol/m^3); NaN for meshes whose cross-sections are not described."""
        profiles = state.profiles
        if profiles is None:
            return {quantity.header: np.nan for quantity in self.quantities}
        weight = profiles.in_channel(headers.AREA)
        row = {}
        for header in (SALT, VIRTUAL_SALT):
            values = profiles.in_channel(header)
            row[extended(header, "mean")] = float(np.sum(values * weight) / np.sum(weight))
            row[extended(header, "min")] = float(values.min())
            row[extended(header, "max")] = float(values.max())
        if isinstance(state.case.geometry, Cell):
            # sections at equal distances miss the layers at the plates or weigh them too much
            amount = equivalent_concentration(state.valences, state.found.amounts_of_species * state.scales.amount)
            row[headers.SALT_MEAN] = float(amount) / state.case.geometry.volume
        row[headers.SALT_AXIAL_MEAN] = float(profiles.in_channel(SALT).mean())  # the sections are equidistant
        bulk = [state.case.solution(name).equivalents for name in state.terminals or state.electrodes]
        row[RATIO] = row[headers.SALT_MEAN] / float(np.mean(bulk))
        return row
