"""Characteristic times of a device."""

from __future__ import annotations

import math
from dataclasses import dataclass

from solver.physics.solution import Solution
from solver.physics.transport import ambipolar_diffusivity


@dataclass(frozen=True)
class DeviceTimes:
    """Characteristic times in s, with D the salt's diffusivity and lambda the Debye length of the driven terminal.

    Attributes:
        length: m, L: of the channel, half the distance of the plates of a cell.
        diffusion: L^2/D. memory: L^2/(12 D), of the salt in a channel; None in a closed cell.
        debye: lambda^2/D. charging: lambda L/D, of the double layers through the liquid.
    """

    length: float
    diffusion: float
    memory: float | None
    debye: float
    charging: float

    @classmethod
    def of(cls, distance: float, solution: Solution, *, closed: bool) -> DeviceTimes:
        """Times of a channel of length `distance` (m), or of a closed cell whose plates are that far apart."""
        # plates charge each other's layers through half of the gap (Bazant, Thornton, Ajdari, PRE 70, 021506 (2004))
        length = distance * (0.5 if closed else 1.0)
        diffusivity, debye = ambipolar_diffusivity(solution), solution.debye_length
        return cls(
            length=length,
            diffusion=diffusion_time(length, diffusivity),
            memory=None if closed else length**2 / (12.0 * diffusivity),
            debye=diffusion_time(debye, diffusivity),
            charging=debye * length / diffusivity,
        )


def diffusion_time(length: float, diffusivity: float) -> float:
    """Time (s) in which diffusion (m^2/s) crosses a length (m): L^2/D."""
    return length**2 / diffusivity


def frequency_of(time: float) -> float:
    """Frequency (Hz) that belongs to a time constant: 1/(2 pi time)."""
    return 1.0 / (2.0 * math.pi * time)
