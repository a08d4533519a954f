"""Times of a run: the unit of its shortest steps, and the instants at which steps end."""

from __future__ import annotations

from solver.case.case import Case
from solver.case.layers import layer_thickness
from solver.discretization.problem import Problem
from solver.physics.times import diffusion_time

SHORT_TIME = 1e-4
"""Part of the diffusion time of an electroneutral device in which ions move by a hundredth of its length."""


def layer_time(case: Case, problem: Problem) -> float:
    """Relaxation time lambda^2 / D (s) of the thinnest double layer and the slowest ion, the unit of the shortest steps; a
    part of the time in which that ion crosses the device where there are no layers."""
    slowest = min(species.diffusivity for species in case.electrolyte.species.values())
    if problem.electroneutral:
        return SHORT_TIME * diffusion_time(problem.tagged.extent() * problem.tagged.unit, slowest)
    return float(diffusion_time(layer_thickness(case), slowest))


def merged(corners: list[float], marks: list[float], duration: float) -> list[float]:
    """Sorted times; of those that differ by rounding one, a corner if there is one."""
    found: list[tuple[float, bool]] = []
    for time, mark in sorted([(time, False) for time in corners] + [(time, True) for time in marks]):
        if found and time - found[-1][0] <= 1e-12 * duration:
            if found[-1][1] and not mark:
                found[-1] = (time, mark)
            continue
        found.append((time, mark))
    return [time for time, _ in found]
