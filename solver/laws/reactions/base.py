"""What a reaction between dissolved species has to tell: what it turns into what, and how fast, or where it rests.

A reaction makes and takes species, and no charge. Currents and the balance of charge are those of a device without it; of
the balances of species those stay that no reaction changes. Rates are functions of activities, which are concentrations in
an ideal solution outside of regions with partition coefficients: then a reaction that rests does so wherever the
electrochemical potentials are those of its equilibrium. What is always at rest is an equilibrium (`Equilibrium`).
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from meshes.quantity import Description, did_you_mean
from meshes.quoting import quoted
from solver.laws.algebra import Algebra
from solver.physics.speciation import Balance, Dependences


@dataclass(frozen=True)
class Field:
    """What drives ions where a reaction happens, as numbers or symbolic expressions.

    Attributes:
        potential_slope: components of the gradient of the potential, thermal voltages per metre.
        slopes: the same of the electrochemical potential of each species.
        bjerrum_length: m.
        diffusivities: of the species, in one unit.
        valences: of the species.
    """

    potential_slope: Sequence[Any]
    slopes: Mapping[str, Sequence[Any]]
    bjerrum_length: Any
    diffusivities: Mapping[str, Any]
    valences: Mapping[str, int]


class ReactionLaw(Description):
    """A reaction in the liquid. A subclass is one kind: its keys, its formula, its source."""

    is_equilibrium: ClassVar[bool] = False
    """Whether it is at rest everywhere: `balance` says where that is, and it has no rate."""

    @abstractmethod
    def stoichiometry(self, species: Collection[str]) -> Mapping[str, int]:
        """Change of the number of each of some species by one event; what is not named stays."""

    @abstractmethod
    def rate(self, activities: Mapping[str, Any], m: Algebra) -> Any:
        """Net number of events in mol/(m^3 s), of activities in mol/m^3."""

    @property
    def feels_field(self) -> bool:
        """Whether its rate depends on the electric field; it is `rate_in_field` then."""
        return False

    def rate_in_field(self, activities: Mapping[str, Any], field: Field, m: Algebra) -> Any:
        """Net number of events in mol/(m^3 s)."""
        return self.rate(activities, m)

    def logarithm_at_rest(self, species: Collection[str]) -> float | None:
        """ln K, where K is the product of the activities (mol/m^3), each to the power of its stoichiometry, with which it
        rests; None where it never does."""
        return None

    def caution(self, valences: Mapping[str, int]) -> str | None:
        """What of the reaction is likely an error; None where nothing is."""
        return None

    def objection(self, valences: Mapping[str, int]) -> str | None:
        """Why the reaction cannot happen between species of these valences: one is not there, or charge is made."""
        made = self.stoichiometry(valences)
        unknown = [name for name in made if name not in valences]
        if unknown:
            return f"there is no species {quoted(unknown[0])}; {did_you_mean(unknown[0], valences, 'there are')}"
        charge = sum(count * valences[name] for name, count in made.items())
        return f"makes a charge of {charge:+d} e an event; both sides must have the same charge" if charge else None


class EquilibriumLaw(ReactionLaw):
    """A reaction that is at rest everywhere, because it is faster than all else."""

    is_equilibrium: ClassVar[bool] = True

    @abstractmethod
    def balance(self, species: Collection[str]) -> Balance:
        """Where it rests."""

    def stoichiometry(self, species: Collection[str]) -> Mapping[str, int]:
        """That of its balance."""
        return {name: int(count) for name, count in self.balance(species).counts.items()}

    def logarithm_at_rest(self, species: Collection[str]) -> float | None:
        """That of its balance."""
        return self.balance(species).logarithm

    def rate(self, activities: Mapping[str, Any], m: Algebra) -> Any:
        """None of its own: it follows from the transport."""
        raise NotImplementedError("an equilibrium has no rate of its own")


def dependences(reactions: Sequence[ReactionLaw], species: Sequence[str]) -> Dependences:
    """Which species follow from others by the equilibria among some reactions.

    Raises:
        ValueError: they contradict each other.
    """
    return Dependences.of([law.balance(species) for law in reactions if isinstance(law, EquilibriumLaw)], species)


def events(reactions: Sequence[ReactionLaw], species: Sequence[str]) -> list[dict[str, float]]:
    """What one event of each reaction with a rate makes of the totals of components."""
    found = dependences(reactions, species)
    return [found.combined(law.stoichiometry(species)) for law in reactions if not law.is_equilibrium]


def unexplained(
    missing: npt.NDArray[np.float64],
    sizes: npt.NDArray[np.float64],
    reactions: Sequence[ReactionLaw],
    species: Sequence[str],
) -> npt.NDArray[np.float64]:
    """The part of missing totals of components that no extents of the reactions explain: the least in parts of the sizes, so
    that the rounding of a plentiful species is not laid upon a rare one, nor hides what a rare one lacks.

    Args:
        missing, sizes: of each total, and what it is compared with, in one unit; a size is zero of what is no total. Shape
            (species,).
    """
    made = events(reactions, species)
    if not made:
        return missing
    matrix = np.array([[event.get(name, 0.0) for event in made] for name in species], dtype=float)
    weights = np.divide(1.0, sizes, out=np.zeros(len(sizes)), where=sizes > 0.0)[:, None]
    reference = np.abs(weights * matrix).max(axis=0)  # of each reaction: extents differ as sizes do
    scaled = weights * matrix / np.where(reference > 0.0, reference, 1.0)
    extents = np.linalg.lstsq(scaled, weights[:, 0] * missing, rcond=None)[0] / np.where(
        reference > 0.0, reference, 1.0
    )
    return np.asarray(missing - matrix @ extents)
