"""Bias of a device."""

from __future__ import annotations

from solver.observables.observable import BAR, Observable
from solver.observables.state import DeviceState
from solver.results import headers
from solver.results.columns import IN_TIME, SPECTRUM, STEADY, Quantity
from solver.results.headers import error_header


class Bias(Observable):
    """Potential of the driven terminal or electrode."""

    quantities = (
        Quantity(
            headers.BIAS,
            "bias",
            "Potential of the driven terminal or electrode against the first of the others; between two electrodes with"
            " reactions, against the other one.",
            studies=(STEADY, IN_TIME, SPECTRUM),
        ),
        Quantity(error_header(headers.BIAS), "error of bias", f"Error bar of the bias where a current is held: {BAR}."),
    )

    def measure(self, state: DeviceState) -> dict[str, float]:
        """The bias (V)."""
        return {headers.BIAS: state.bias}
