"""Keys of a pair: the steady states at a potential and at its opposite."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from meshes.quantity import Unit
from solver.case.studies.base import Study, StudyNumbers
from solver.case.studies.studied import StudiedCase
from solver.inputs.text import si
from solver.physics.times import DeviceTimes


class Pair(Study):
    """Two steady points, at the opposite and at the positive value of one potential."""

    runner: ClassVar[str] = "solver.studies.pair_runner:PairRunner"
    explanation: ClassVar[str] = "The steady states at a potential and at its opposite, one after the other."
    driven_terminal_key: ClassVar[str] = "terminal"

    type: Literal["pair"] = "pair"
    terminal: str
    """The terminal whose potential is set."""
    potential: Annotated[float, Unit("V", "1 V", "positive")]
    """Its positive value."""

    def axes(self) -> list[tuple[str, list[float]]]:
        return [(f"terminals.{self.terminal}.potential", [self.potential, -self.potential])]

    def numbers(self, case: StudiedCase, times: DeviceTimes | None) -> PairNumbers:
        return PairNumbers(self.potential)

    def warnings(self, case: StudiedCase, times: DeviceTimes | None) -> Iterator[tuple[str, str]]:
        if self.potential < 0.01:
            yield "pair", f"{self.potential:g} V is less than a thermal voltage: both currents are alike"


@dataclass(frozen=True)
class PairNumbers(StudyNumbers):
    """The potential of a pair, V."""

    potential: float

    def text(self) -> list[str]:
        return [f"pair: {si(self.potential, 'V')} and its opposite"]
