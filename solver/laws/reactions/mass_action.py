"""Reactions with the law of mass action: any equation between dissolved species, with two rates or at rest.

For sum_i a_i A_i = sum_j b_j B_j with activities a (mol/l) the rate is k_f prod a_A^a - k_b prod a_B^b, and k_f = K k_b: with
both directions the reaction rests where sum nu_i mu_i = ln K, whatever the model of the electrolyte. The second Wien effect
multiplies the rate at which a pair of ions dissociates (`solver.laws.reactions.wien`).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field as Key
from pydantic import field_validator, model_validator
from typing_extensions import Self

from meshes.quantity import PositiveNumber, Unit, misfit
from meshes.quoting import quoted
from solver.laws.algebra import Algebra
from solver.laws.equation import Equation
from solver.laws.reactions.base import EquilibriumLaw, Field, ReactionLaw
from solver.laws.reactions.wien import factors
from solver.physics.acids import ACID_FORMS
from solver.physics.ions import ION_TABLE
from solver.physics.speciation import Balance
from solver.physics.water import PROTON

MOLAR = 1e3
"""mol/m^3."""


class WrittenReaction(ReactionLaw):
    """Keys of all reactions that are given as an equation."""

    equation: str = Key(examples=["HAc = H + Ac"])
    """The reaction. All terms are species of the electrolyte, with or without their charges, but `H2O` and what is marked
    as another phase, such as `CaCO3(s)`, whose activity is one. Terms are separated by ` + `."""
    equilibrium_constant: PositiveNumber | None = Key(default=None, ge=1e-100, le=1e100)
    """Activities on the right over those on the left where the reaction rests (K), in powers of mol/l."""
    pK: Annotated[float, Unit("", "4.756")] | None = Key(default=None, ge=-100, le=100)
    """Negative decadic logarithm of K, instead."""

    @field_validator("equation", mode="after")
    @classmethod
    def _is_an_equation(cls, text: str) -> str:
        try:
            Equation.in_liquid(text)
        except ValueError as error:
            raise misfit((), str(error)) from None
        return text

    @model_validator(mode="after")
    def _has_one_constant(self) -> Self:
        if self.equilibrium_constant is not None and self.pK is not None:
            raise misfit("pK", "given together with equilibrium_constant, which says the same; keep one of the two")
        return self

    @cached_property
    def parsed(self) -> Equation:
        """The equation."""
        return Equation.in_liquid(self.equation)

    @property
    def logarithm(self) -> float | None:
        """ln K in powers of mol/l; None where it is not given."""
        if self.pK is not None:
            return -math.log(10.0) * self.pK
        return None if self.equilibrium_constant is None else math.log(self.equilibrium_constant)

    def stoichiometry(self, species: Collection[str]) -> dict[str, int]:
        """Counts of the right side less those of the left."""
        left, right = self.parsed.among(species)
        found = {name: right.get(name, 0) - left.get(name, 0) for name in (*left, *right)}
        return {name: count for name, count in found.items() if count}

    def objection(self, valences: Mapping[str, int]) -> str | None:
        """As of all reactions, and what does not fit the equation."""
        try:
            text = None if self.stoichiometry(valences) else "changes nothing; both sides are the same"
        except ValueError as error:
            text = str(error)
        text = text or super().objection(valences) or self.parsed.objection_in_liquid(valences)
        if text is None and (lost := self._lost_atoms(valences)) and self._is_of_tables(valences):
            text = f"is not balanced in atoms: {lost} from left to right; correct the counts or the names"
        return None if text is None else f"{quoted(self.equation)}: {text}"

    def caution(self, valences: Mapping[str, int]) -> str | None:
        """Atoms of names that read as formulas."""
        if not (lost := self._lost_atoms(valences)):
            return None
        return (
            f"{quoted(self.equation)}, is not balanced in atoms, if the names are formulas: {lost} from left to right;"
            " correct the equation, or rename the species"
        )

    def _lost_atoms(self, valences: Mapping[str, int]) -> str:
        return ", ".join(f"{element} ({count:+d})" for element, count in self.parsed.lost_atoms(valences).items())

    def _is_of_tables(self, valences: Mapping[str, int]) -> bool:
        """Whether all species are those of the tables of ions and acids, so that their names are what they say."""
        known = {**ION_TABLE, **ACID_FORMS}
        return all(name in known and known[name].valence == valences[name] for name in self.stoichiometry(valences))


class MassAction(WrittenReaction):
    """A reaction with rates by the law of mass action. Without an equilibrium constant only the direction whose rate constant
    is given happens."""

    type: Literal["mass_action"] = "mass_action"
    forward_rate_constant: PositiveNumber | None = None
    """From left to right, in s and powers of mol/l: 1/s for one reactant, l/(mol s) for two."""
    backward_rate_constant: PositiveNumber | None = None
    """From right to left, instead."""
    wien_effect: bool = False
    """Whether a field dissociates the right side of an equation such as `KCl = K + Cl` faster (Onsager's second Wien
    effect)."""

    @model_validator(mode="after")
    def _has_rates(self) -> Self:
        given = [k for k in (self.forward_rate_constant, self.backward_rate_constant) if k is not None]
        if not given:
            raise misfit(
                "forward_rate_constant",
                "is missing; write it or backward_rate_constant, or 'type: equilibrium' for one that is always at rest",
            )
        if self.wien_effect and self.forward_rate_constant is None and self.logarithm is None:
            raise misfit(
                "wien_effect", "multiplies the dissociation, which has no rate; give forward_rate_constant or pK"
            )
        if len(given) == 2 and self.logarithm is not None:
            raise misfit(
                "backward_rate_constant",
                "given together with forward_rate_constant and an equilibrium constant, of which one follows; leave one out",
            )
        return self

    @property
    def feels_field(self) -> bool:
        """With the Wien effect."""
        return self.wien_effect

    def objection(self, valences: Mapping[str, int]) -> str | None:
        """Also where the Wien effect has no pair of ions."""
        if text := super().objection(valences):
            return text
        if self.wien_effect and self._pair(valences) is None:
            return (
                f"{quoted(self.equation)}: the Wien effect is that of a pair of one cation and one anion on the right side;"
                " write such an equation, or 'wien_effect: false'"
            )
        return None

    def _pair(self, valences: Mapping[str, int]) -> tuple[str, str] | None:
        """The two ions of the right side, each once; None where it is anything else."""
        _, right = self.parsed.among(valences)
        ions = [name for name, count in right.items() if count == 1]
        if len(ions) != 2 or len(right) != 2 or valences[ions[0]] * valences[ions[1]] >= 0:
            return None
        return ions[0], ions[1]

    def logarithm_at_rest(self, species: Collection[str]) -> float | None:
        """ln K of activities in mol/m^3; None where only one direction happens."""
        if self.logarithm is not None:
            logarithm = self.logarithm
        elif self.forward_rate_constant is not None and self.backward_rate_constant is not None:
            logarithm = math.log(self.forward_rate_constant / self.backward_rate_constant)
        else:
            return None
        return logarithm + sum(self.stoichiometry(species).values()) * math.log(MOLAR)

    def _directions(self, activities: Mapping[str, Any]) -> tuple[Any, Any]:
        """Events from left to right and back in mol/(m^3 s); 0 for one that does not happen."""
        left, right = self.parsed.among(activities)
        constants = [self.forward_rate_constant, self.backward_rate_constant]
        if self.logarithm is not None:
            ratio = math.exp(self.logarithm)
            constants = [constants[0] or ratio * (constants[1] or 0), constants[1] or (constants[0] or 0) / ratio]
        found: list[Any] = []
        for constant, side in zip(constants, (left, right), strict=True):
            rate: Any = MOLAR * (constant or 0.0)
            for name, count in side.items():
                rate = rate * (activities[name] / MOLAR) ** count
            found.append(rate)
        return found[0], found[1]

    def rate(self, activities: Mapping[str, Any], m: Algebra) -> Any:
        """mol/(m^3 s)."""
        forward, backward = self._directions(activities)
        return forward - backward

    def rate_in_field(self, activities: Mapping[str, Any], field: Field, m: Algebra) -> Any:
        """The same with the Wien effect."""
        forward, backward = self._directions(activities)
        if not self.wien_effect:
            return forward - backward
        pair = self._pair(field.valences)
        assert pair is not None  # refused with the electrolyte
        apart, together = factors(*pair, field, m)
        return apart * forward - together * backward


class Equilibrium(WrittenReaction, EquilibriumLaw):
    """A reaction that is at rest everywhere, since it is faster than all else. It is solved for one species, which follows
    from the others: the one that stands alone on a side (`HAc` in `HAc = H + Ac` or `H + Ac = HAc`), or else the first on the
    left, then the last on the right (`OH` in `H2O = H + OH`), that no other equilibrium is solved for; H comes last."""

    is_equilibrium: ClassVar[bool] = True

    type: Literal["equilibrium"] = "equilibrium"

    @model_validator(mode="after")
    def _has_a_constant(self) -> Self:
        if self.logarithm is None:
            raise misfit("pK", "is missing; write it, or equilibrium_constant")
        return self

    def balance(self, species: Collection[str]) -> Balance:
        """ln K of activities in mol/m^3."""
        counts = self.stoichiometry(species)
        logarithm = (self.logarithm or 0.0) + sum(counts.values()) * math.log(MOLAR)
        left, right = ([name for name in side if name in counts] for side in self.parsed.among(species))
        compounds = [side[0] for side in (left, right) if len(side) == 1 and abs(counts[side[0]]) == 1]
        ordered = dict.fromkeys((*compounds, *left, *reversed(right)))
        return Balance(counts, logarithm, tuple(sorted(ordered, key=lambda name: name == PROTON)))
