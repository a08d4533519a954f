"""How well the steady states of a sweep have to be converged: as well as the errors of their mesh are worth."""

from __future__ import annotations

from collections.abc import Mapping

from solver.case.case import Case
from solver.observables.currents import ROUTE_DIFFERENCE
from solver.results import headers
from solver.results.headers import error_header

FINEST = 1e-10
"""Tolerance of the potentials, in thermal voltages, where nothing is known of the other errors."""

USUAL = 1e-6
"""Loosest tolerance that is made finer where that is worth it; a case that asks for less gets less."""

BALANCE = 1e-2
"""Tolerance over the relative error bars. The error of a current is about a tenth of the tolerance, so that a thousandth of
the bar is left."""

MARGIN = 2.0
"""Factor by which the next state is converged better than the last bars ask for, since bars change along a sweep."""

AGREED = 1e-8
"""Difference of the two routes of a current, over the current, beyond which a state is converged better."""

JUDGED = (headers.CURRENT, headers.FLOW_RATE)
"""Columns whose bars count."""


class Precision:
    """Tolerance of the next state of a sweep, by the error bars so far.

    Attributes:
        finest: tolerance where nothing is known.
        tolerance: of the next state.

    Args:
        case: whose `solver.tolerance` is the loosest. Sensitivities, potentials where a current is held, and amounts in
            devices without terminals hang on the last digits of the potentials.
    """

    def __init__(self, case: Case) -> None:
        self._loosest = case.solver.tolerance
        self.finest = min(FINEST, self._loosest) if self._loosest <= USUAL else self._loosest
        exact = bool(case.outputs.sensitivities or case.galvanostatic) or not case.terminals
        exact = exact or case.study.converges_fully
        with_bars = case.outputs.errors == "all" and case.study.has_error_bars
        self._varies = with_bars and not exact
        self.tolerance = self.finest if with_bars or exact else self._loosest

    def for_routes(self, row: Mapping[str, float]) -> float | None:
        """Tolerance with which the routes of a state's current will agree; None if they do. At the finest one further steps
        are taken, too: the first ones of a state say little of how fast the last ones converge."""
        difference = row.get(ROUTE_DIFFERENCE, 0.0)
        if difference <= AGREED or self._loosest > USUAL:  # a case that asks for less gets less
            return None
        return max(self.tolerance * AGREED / (MARGIN * difference), self.finest)

    def suffices(self, row: Mapping[str, float], errors: Mapping[str, float]) -> bool:
        """Whether a state was converged well enough for its own error bars, which set the tolerance from now on."""
        used = self.tolerance
        if not self._varies:
            return True
        bars = [errors[bar] / abs(row[name]) for name in JUDGED if (bar := error_header(name)) in errors and row[name]]
        known = [bar for bar in bars if bar > 0.0]  # not nan
        wanted = BALANCE * min(known) if known else self.finest
        enough = min(max(wanted, self.finest), self._loosest)
        self.tolerance = min(max(wanted / MARGIN, self.finest), self._loosest)
        return used <= enough
