"""What a mesh leaves out beside a wall that adsorbs, in time, against the reference of the uptake from a slab."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from solver.accuracy.bars import TIME_SAFETY
from solver.accuracy.richer_storage import RicherStorage
from solver.discretization import coverages
from tests.support.adsorbing_slab import AdsorbingSlab
from tests.support.uptake import LANGMUIR, LENGTH, LINEAR, TIME, TIMES, uptake_slab

pytestmark = pytest.mark.serial

SAFETY = 1.5


@dataclass
class Following:
    """Corrects every state of a run.

    Attributes:
        device: the slab.
    """

    device: AdsorbingSlab

    def __post_init__(self) -> None:
        self.stepper = self.device.stepper(1e-3, 1e-3 * TIME)
        self._enriched = self.device.enriched()
        self._storage = RicherStorage(self._enriched)
        self._correct(at_rest=True)

    def uptake(self, time: float) -> tuple[float, float]:
        """Amount on the wall at a time (s), over what the slab holds, and its error bar."""
        while self.stepper.now.time < time:
            now = self.stepper.advance(time)
            better = self._correct()
        left = self.device.problem.unknowns.coverages(now.accumulated_error)
        of_steps = TIME_SAFETY * float(np.abs(left).max()) * coverages.UNIT
        amount = self.device.coverage(now.found)
        bar = SAFETY * abs(better - amount) + of_steps
        return amount / LENGTH, bar / LENGTH

    def _correct(self, *, at_rest: bool = False) -> float:
        """Coverage that the richer problem has beside the state at hand, mol/m^2."""
        now = self.stepper.now
        parameters = self.device.parameters_of(self._enriched.problem)
        parameters, slope = (coverages.held(parameters), None) if at_rest else (parameters, now.slope)
        storage = self._storage.of(now.found, parameters, slope, now.time)
        rich = self._enriched.correct(now.found, parameters, storage, now.time, 0)
        self._storage.keep(now.found, rich, now.time)
        return self.device.coverage(rich)


@pytest.mark.parametrize("cells", [4, 8])
@pytest.mark.parametrize(("sites", "expected"), [(1e6, LINEAR), (1.0, LANGMUIR)], ids=["linear", "Langmuir"])
def test_bars_of_what_a_wall_takes_cover_its_error_on_a_coarse_mesh(
    sites: float, expected: tuple[float, ...], cells: int
) -> None:
    """With four cells the layer of the first instant is less than half a cell."""
    run = Following(uptake_slab(sites, np.linspace(0.0, 1.0, cells + 1)))
    ratios = []
    for time, amount in zip(TIMES, expected, strict=True):
        found, bar = run.uptake(time * TIME)
        ratios.append(bar / abs(found - amount))
    assert min(ratios) > 1.0, ratios
    assert float(np.mean(ratios)) < 20.0, ratios
