"""Conditions as the problem takes them: species, regions, walls and terminals (the openings to reservoirs).

    wall:      eps d_n phi = sigma (n out of the liquid) with the charge of its laws, J_i . n = 0, u = 0 or Navier slip:
               u . n = 0, (2 eta e(u) n)_t = -(eta / b) u_t
    electrode: a wall of given potential, phi = V, or behind a layer with a law of its own eps d_n phi = C (V - phi)
    conductor: the same with V unknown and its charge given
    fluxes:    a wall with J_i . n = -N_i, the molar fluxes into the liquid by its laws
    water:     a wall with u_n by the difference of pressure and osmotic pressure to a bath, no tangential velocity
    zeta:      a wall with phi - phi_v = zeta, phi_v the potential of the virtual solution there
    terminal:  phi = V + psi, mu_i that of the reservoir at V, normal stress -(p + Pi(c) - Pi(c_bulk)),
               no tangential stress, or no tangential velocity where the terminal ends a channel; or a pressure that
               follows from a given flow rate

psi is zero where the terminal lies in a reservoir. Where the end of a charged channel is itself the terminal, psi is the
Poisson-Boltzmann profile of its cross-section, and the pressure is that of the reservoir in equilibrium with it: this is
why the normal stress contains the osmotic pressure of the ions beyond the bulk (virtual pressure; Fair and Osterle,
J. Chem. Phys. 54, 3307 (1971)).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from meshes.course import UNKNOWN_COURSE, Course
from solver.laws.regions.base import RegionLaw
from solver.laws.walls.base import Given, WallLaw
from solver.laws.walls.exchange import TerminalExchange

Profile = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Solute:
    """A transported species: name, valence, diffusivity (m^2/s)."""

    name: str
    valence: int
    diffusivity: float


@dataclass(frozen=True)
class TraceSolute:
    """A molecule too dilute to change the fields: name, valence (any number), diffusivity (m^2/s)."""

    name: str
    valence: float
    diffusivity: float


@dataclass(frozen=True)
class RegionCondition:
    """A region of the mesh and its material; the name is None for a device of one region."""

    law: RegionLaw
    name: str | None = None


@dataclass(frozen=True)
class WallCondition:
    """A wall of the device: its laws, how places on it are told apart, and the pH of a buffered liquid at it."""

    name: str
    laws: tuple[WallLaw, ...] = ()
    course: Course = UNKNOWN_COURSE
    pH: float | None = None

    @property
    def slip_length(self) -> float:
        """Navier slip length (m); 0 without slip."""
        return max((law.slip_length for law in self.laws), default=0.0)

    @property
    def is_port(self) -> bool:
        """Whether the wall is a metal, of given potential or floating."""
        return any(law.holds is not None for law in self.laws)

    @property
    def passes_ions(self) -> bool:
        """Whether it is a metal with reactions."""
        return self.is_port and any(law.passes_ions for law in self.laws)

    @property
    def given(self) -> Given:
        """What is held at a metal; where it is not the potential, this follows."""
        return next((law.holds for law in self.laws if law.holds is not None), "potential")

    @property
    def holds_zeta(self) -> bool:
        """Whether its zeta potential is given."""
        return any(law.holds_zeta for law in self.laws)

    @property
    def is_open(self) -> bool:
        """Whether it is no metal, but something enters there: species, water, or charge that follows from its zeta
        potential."""
        passes = self.passes_water or any(law.passes_ions for law in self.laws)
        return not self.is_port and (self.holds_zeta or passes)

    @property
    def passes_water(self) -> bool:
        """Whether water enters or leaves there."""
        return any(law.passes_water for law in self.laws)


def across_end(points: np.ndarray, normal: int, dimension: int) -> np.ndarray:
    """Where points at the end of a channel lie across it: distances from the axis or mid-plane, shape (points,); in three
    dimensions both coordinates, shape (points, 2).

    points: shape (points, 3). normal: number of the coordinate along the channel.
    """
    across = np.delete(points[:, : max(dimension, 2)], normal, axis=1)
    return across if dimension == 3 else np.abs(across[:, 0])


@dataclass(frozen=True)
class TerminalCondition:
    """What a terminal holds.

    Attributes:
        potential: V. pressure: Pa; it follows where a flow rate is given.
        concentrations: mol/m^3 of each species in the reservoir; None leaves that species without a condition there
            (no flux).
        equilibrium: potential (V) of the Poisson-Boltzmann profile where points lie across the end (m, see `across_end`),
            when the terminal is the end of a charged channel.
        straight: whether the flow crosses the terminal along the axis (the end of a channel or of a microchannel):
            then its transverse components are zero there. A free tangential stress would bend a developed flow.
        normal: number of the coordinate across the end of a channel; 0 where the channel runs along the axis.
        current: A, where the terminal holds that and its potential follows.
        flow_rate: m^3/s into the device; None where the pressure is held.
        traces: mol/m^3 of each trace species in the reservoir.
        exchange: how species pass that the terminal does not hold; None where it holds all that have a concentration.
    """

    name: str
    potential: float
    pressure: float
    concentrations: tuple[float | None, ...]
    equilibrium: Profile | None = None
    straight: bool = False
    normal: int = 0
    current: float | None = None
    flow_rate: float | None = None
    traces: tuple[float, ...] = ()
    exchange: TerminalExchange | None = None

    @property
    def passing(self) -> WallCondition | None:
        """The terminal as a wall that species pass; None where it holds them."""
        return None if self.exchange is None else WallCondition(self.name, (self.exchange,))

    def holds(self, number: int, species: str) -> bool:
        """Whether the concentration of a species of a number is held there."""
        free = self.exchange is not None and species in self.exchange.species
        return self.concentrations[number] is not None and not free

    @property
    def given(self) -> Given:
        """What is held there; where it is not the potential, this follows."""
        return "potential" if self.current is None else "current"
