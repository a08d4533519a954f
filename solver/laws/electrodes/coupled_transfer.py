"""Coupled transfer of an ion and an electron: one barrier that both pass together.

Bazant, Faraday Discuss. 246, 60 (2023), and Fraggedakis et al., Electrochim. Acta 367, 137432 (2021). Both diabatic states
are parabolas in the polarisation of the surroundings (reorganisation energy lam) and linear in the place xi of the ion, from
0 where it is oxidised to 1 where it is reduced (Bazant's section 7): to bring the ion across without its electron costs b_red
in the oxidised state and b_ox in the reduced one. All in kT, at the free energy u by which an electron favours oxidation,
the states meet at

    E(u, xi) = b_red xi + (lam + u + b_ox - (b_red + b_ox) xi)^2 / (4 lam),

above the oxidised state, and the reaction takes the xi where this is least. With a = b_red / (b_red + b_ox) that is inside of
0 and 1 for u between u_1 = lam (2 a - 1) - b_ox and u_2 = u_1 + b_red + b_ox, where it is linear,

    E = a u + b_red b_ox / (b_red + b_ox) + lam a (1 - a),

and at one of the ends elsewhere: Marcus' parabolas, shifted by b_ox or b_red. The rate of oxidation is the integral over the
electrons' energies of a metal

    S(x) = int exp(u - E(u)) / (1 + exp(u - x)) du,

from which exp(-x) S(x) is that of reduction. Without ion-transfer energies it is that of Marcus, Hush and Chidsey
(electron-coupled ion transfer); where they are large it is exp((1 - a) x) pi / sin(pi a) times a constant, Butler-Volmer with
the transfer coefficient a (ion-coupled electron transfer), until |x| comes near them.

The closed forms of Bazant's section 7 are approximations of this integral, which is computed instead: by Gauss' rule below,
between and above u_1 and u_2, with as many nodes as the poles of Fermi's function at x +- i pi want.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import model_validator
from typing_extensions import Self

from meshes.quantity import Unit, misfit
from solver.laws.algebra import NUMBERS, Algebra
from solver.laws.electrodes.base import Interface
from solver.laws.electrodes.marcus import KT, ReorganizingKinetics, energy_in_kt, out_of_range

SMALLEST_REORGANIZATION, LARGEST_ENERGY = 2.0, 40.0
"""Bounds of the energies in kT, between which the integral is exact to 1e-8."""

TAIL = 8.5
"""Where a Gaussian ends, in roots of the reorganisation energy from its middle: erfc(TAIL / 2) = 2e-9."""

POLES = 1e-8
"""What the poles leave of the integral."""

MARGIN = 1.15
"""Of the lengths of the pieces, which are those at 298.15 K when the nodes are counted."""

TransferEnergy = Annotated[float, Unit("J", "0.3 eV", "positive")]

ENERGIES = ("reorganization_energy", "reduction_transfer_energy", "oxidation_transfer_energy")
"""Keys of the energies."""

Energies = tuple[Any, Any, Any]
"""Reorganisation energy, ion-transfer energies of reduction and of oxidation, in kT."""


def oxidation_rate(energies: Energies, drive: Any, nodes: tuple[int, int, int], m: Algebra) -> Any:
    """S(x) over exp(-b_red b_ox / (b_red + b_ox) - lam a (1 - a)).

    nodes: of Gauss' rule below, between and above u_1 and u_2.
    """
    energy, reduction, oxidation = energies
    transfer = reduction / (reduction + oxidation)
    lengths = _lengths(energies, m)
    second = energy * (2.0 * transfer - 1.0) + reduction
    starts = second - lengths[1] - lengths[0], second - lengths[1], second
    fermi = m.exp(-drive)
    total: Any = 0.0
    for start, length, count, edge in zip(starts, lengths, nodes, (1.0, None, 0.0), strict=True):
        places, weights = np.polynomial.legendre.leggauss(count)
        part: Any = 0.0
        for place, weight in zip(0.5 * (places + 1.0), 0.5 * weights, strict=True):
            u = start + float(place) * length
            exponent = (1.0 - transfer) * u
            if edge is not None:  # beyond it the ion is at one of its ends, and the parabola leaves the line
                exponent = exponent - float((place - edge) ** 2) * length * length / (4.0 * energy)
            part = part + float(weight) * m.exp(exponent) / (1.0 + fermi * m.exp(u))
        total = total + length * part
    return total


def _lengths(energies: Energies, m: Algebra) -> tuple[Any, Any, Any]:
    """Below, between and above u_1 and u_2 until nothing is added: the parabolas have their middles 2 lam a and 2 lam (1 - a)
    away."""
    energy, reduction, oxidation = energies
    transfer, tail = reduction / (reduction + oxidation), TAIL * m.sqrt(energy)
    return 2.0 * energy * transfer + tail, reduction + oxidation, 2.0 * energy * (1.0 - transfer) + tail


def nodes_of(energies: Energies) -> tuple[int, int, int]:
    """Nodes of Gauss' rule on each piece. On a length L a pole i pi beside it leaves exp(-2 n arsinh(2 pi / L))."""
    lengths = _lengths(energies, NUMBERS)
    below, between, above = (
        math.ceil(-0.5 * math.log(POLES) / math.asinh(2.0 * math.pi / (MARGIN * each))) for each in lengths
    )
    return below, between, above


class CoupledIonElectronTransfer(ReorganizingKinetics):
    """Coupled ion-electron transfer: k(x) = S(x)/S(0), between Marcus-Hush-Chidsey where the reorganisation energy is large
    and Butler-Volmer where the ion-transfer energies are, whose transfer coefficient is that of reduction over their sum."""

    type: Literal["coupled_ion_electron_transfer"] = "coupled_ion_electron_transfer"
    reduction_transfer_energy: TransferEnergy
    """Energy that it takes to bring the ion of the oxidised state to where it is reduced, without its electron."""
    oxidation_transfer_energy: TransferEnergy
    """Energy that it takes to bring the ion of the reduced state to where it is oxidised, with its electron."""

    @model_validator(mode="after")
    def _is_in_the_range(self) -> Self:
        for name, low in zip(ENERGIES, (SMALLEST_REORGANIZATION, 0.0, 0.0), strict=True):
            if text := out_of_range(getattr(self, name), low, LARGEST_ENERGY):
                raise misfit(name, f"{text}; write e.g. '0.3 eV'")
        return self

    @property
    def values(self) -> Mapping[str, float]:
        """The exchange current and the energies."""
        return {**super().values, **{name: getattr(self, name) for name in ENERGIES}}

    @property
    def drivable(self) -> tuple[str, ...]:
        """All but the energies, on which the number of nodes depends."""
        return tuple(name for name in super().drivable if name not in ENERGIES)

    @property
    def form(self) -> object:
        """Numbers of nodes."""
        return self._nodes

    @cached_property
    def _nodes(self) -> tuple[int, int, int]:
        energy, reduction, oxidation = (getattr(self, name) / KT for name in ENERGIES)
        return nodes_of((energy, reduction, oxidation))

    def constant(self, s: Interface, m: Algebra) -> Any:
        """S(x)/S(0)."""
        energy, reduction, oxidation = (energy_in_kt(s, name) for name in ENERGIES)
        energies = energy, reduction, oxidation
        rest = oxidation_rate(energies, 0.0 * s.drive, self._nodes, m)
        return oxidation_rate(energies, s.drive, self._nodes, m) / rest
