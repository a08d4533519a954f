"""Steps on the way from parameters to parameters, with a solver that fails beyond a distance."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from solver.nonlinear.continuation import Continuation, Guess, Solved
from solver.nonlinear.newton import NewtonFailure, NewtonReport, NewtonSettings

REACH, LAST_REACH = 0.6, 0.15
"""Part of the way that one solve bridges, and near its end."""


class Way:
    """Parameters of which only the part of the way counts."""

    @staticmethod
    def towards(_target: Any, part: float) -> float:
        """That part."""
        return part


class Short(Continuation):
    """States are the parts of the way; what was tried is recorded."""

    def _newton(self, guess: Any, parameters: Any, solved: Solved, cap: float, most: int | None = None) -> Any:
        self.tried.append((guess.state, parameters))
        if parameters - guess.state > (REACH if parameters < 0.9 else LAST_REACH):
            raise NewtonFailure("too far")
        return SimpleNamespace(state=parameters, flow=None)


def test_no_step_is_tried_twice_at_the_end_of_the_way() -> None:
    """A step that the end cuts short is halved from what was tried, not from what it would have been."""
    short = Short(None, SimpleNamespace(forget=lambda: None), NewtonSettings())  # type: ignore[arg-type]
    short.tried = []  # type: ignore[attr-defined]
    found = short._step_continuation(Way(), None, Guess(0.0), Solved(NewtonReport(), []))  # type: ignore[arg-type]
    assert found.state == 1.0
    assert len(set(short.tried)) == len(short.tried)  # type: ignore[attr-defined]
    assert max(part for _, part in short.tried) == 1.0  # type: ignore[attr-defined]
