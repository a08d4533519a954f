"""A narrow part of a channel, in which ions have energies of their own and are slowed by the walls.

The concentration of a species over that of the free solution with the same electrochemical potential and potential is

    K exp(-(w + E / (R T) + w_B)) P(l),

with the partition coefficient K and the barriers w (in kT) and E (per mole) that the case gives, Born's energy w_B, and the
steric partition coefficient P of `solver.laws.hindrance`, whose factors K_d and K_c multiply diffusivity and convection.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Discriminator, Field, PrivateAttr, Tag
from typing_extensions import Self

from meshes.quantity import Unit, did_you_mean, has_type
from meshes.quoting import quoted
from solver.inputs.choices import type_name
from solver.laws.algebra import NUMBERS, Algebra
from solver.laws.hindrance import HINDRANCES, DechadilokDeen, Renkin, SlitHindrance, stokes_radius
from solver.laws.regions.base import RELATIVE_PERMITTIVITY, Objection, Surroundings
from solver.laws.regions.confinement_parts import Born, WallLayer
from solver.laws.regions.membrane import Membrane, Permeability
from solver.laws.regions.position import Barrier, Factor, PositionFormula
from solver.physics.constants import GAS_CONSTANT

MolarEnergy = Annotated[float, Unit("J/mol", "2.5 kJ/mol")]
AnyHindrance = Annotated[
    Renkin | DechadilokDeen | SlitHindrance,
    Field(discriminator="type"),
    has_type(*(type_name(kind) for kind in HINDRANCES)),
]


def _form_of_factors(value: Any) -> str:
    """Whether a factor is one for all species or one for each."""
    return "species" if isinstance(value, Mapping) and "type" not in value else "factor"


Factors = Annotated[
    Annotated[Factor, Tag("factor")] | Annotated[dict[str, Factor], Tag("species")], Discriminator(_form_of_factors)
]

Term = float | Callable[[Any, Algebra], Any]
"""A number, or a formula of the position (m)."""


LARGEST_ENERGY = 200.0
"""kT, of either sign: concentrations beyond it are no numbers."""


class Confinement(Membrane):
    """A narrow part of a channel: energies of the ions and hindrance by the walls, for each species. Liquid flows in it;
    with a permeability, against its friction."""

    type: Literal["confinement"] = "confinement"  # type: ignore[assignment]
    diffusivity_factor: Factors = Field(default=1.0, examples=["0.1"])  # type: ignore[assignment]
    """Diffusivity over that in the free solution: one number or a formula, or a mapping from species to such (1 for the
    others)."""
    permeability: Permeability | None = None
    """Of the liquid (Brinkman), which flows freely where it is left out."""
    barrier: dict[str, Barrier] = Field(default={}, examples=["{Na: 1 kT}"])
    """Energy of each species over that in the free solution, in kT: a number, or a formula of the position."""
    molar_energy: dict[str, MolarEnergy] = Field(default={}, examples=["{Na: 2.5 kJ/mol}"])
    """The same per mole."""
    born: Born | None = None
    """Energy of the ions' own fields (Born), by the relative permittivity of the region."""
    hindrance: AnyHindrance | None = None
    """How the walls slow ions and shut them out."""
    viscosity_factor: Factor = 1.0
    """Viscosity over that of the free solution: one number, or a formula."""
    wall_layer: WallLayer | None = None
    """Layer of higher viscosity at the walls."""

    _around: Surroundings | None = PrivateAttr(default=None)

    # ---------------------------------------------------------------------- what the law needs to know of the case
    def within(self, surroundings: Surroundings) -> Self:
        """The law in these surroundings."""
        found = self.model_copy()
        found._around = surroundings
        return found

    @property
    def around(self) -> Surroundings:
        """Of the electrolyte and the channel.

        Raises:
            ValueError: nobody has told.
        """
        if self._around is None:
            raise ValueError("a confinement with energies per mole, Born's energy or hindrance needs its surroundings")
        return self._around

    def radius_of(self, species: str) -> float:
        """m: radius of a species that is hindered."""
        assert self.hindrance is not None
        around = self.around
        given = self.hindrance.radii.get(species) or around.radii.get(species)
        return given or stokes_radius(around.diffusivities[species], around.viscosity, around.temperature)

    def _half_width(self, own: float | None) -> tuple[float, float] | None:
        """Half-width (m) at z = 0 and its slope; None where it is not known."""
        return (own, 0.0) if own is not None else self.around.half_width

    def _ratio(self, species: str) -> Term:
        """Radius of a species over the half-width."""
        assert self.hindrance is not None
        width = self._half_width(self.hindrance.half_width)
        assert width is not None  # see `objection`
        radius, (middle, slope) = self.radius_of(species), width
        if slope == 0.0:
            return radius / middle
        return lambda position, m: radius / (middle + slope * position[0])

    @property
    def has_renkin(self) -> bool:
        """Whether hindrance is Renkin's."""
        return isinstance(self.hindrance, Renkin)

    def narrowest(self) -> float:
        """m: smallest half-width that hinders."""
        assert self.hindrance is not None
        width = self._half_width(self.hindrance.half_width)
        assert width is not None  # see `objection`
        given, ends = (self.place.start, self.place.stop), self.around.ends or (0.0, 0.0)
        return min(width[0] + width[1] * (end if at is None else at) for at, end in zip(given, ends, strict=True))

    def largest_ratio(self, species: str) -> float:
        """Radius of a species over the smallest half-width."""
        return self.radius_of(species) / self.narrowest()

    # ---------------------------------------------------------------------- energies
    def _energies(self, species: str) -> list[Term]:
        """In kT."""
        found: list[Term] = [-math.log(self.partition.get(species, 1.0))]
        barrier = self.barrier.get(species, 0.0)
        found.append(barrier.at if isinstance(barrier, PositionFormula) else barrier)
        if species in self.molar_energy:
            found.append(self.molar_energy[species] / (GAS_CONSTANT * self.around.temperature))
        if self.born is not None and self.around.valences[species] != 0:
            found.append(self.born_energy(species, self.around.relative_permittivity))
        if (hindrance := self.hindrance) is not None:
            ratio = self._ratio(species)
            if isinstance(ratio, float):
                found.append(-math.log(hindrance.partition(ratio)))
            else:
                found.append(lambda position, m: -m.ln(hindrance.partition(ratio(position, m))))
        return found

    def born_energy(self, species: str, outside: float) -> float:
        """kT, against a free solution of some relative permittivity."""
        assert self.relative_permittivity is not None  # see `objection`
        assert self.born is not None
        return self.born.energy(species, self.relative_permittivity, self.around, outside)

    def partition_coefficient(self, species: str) -> float:
        """By the energies that are the same everywhere."""
        return math.exp(-sum(term for term in self._energies(species) if isinstance(term, float)))

    def energy(self, species: str, position: Any, m: Algebra) -> Any | None:
        """The others."""
        return _total([term(position, m) for term in self._energies(species) if not isinstance(term, float)])

    # ---------------------------------------------------------------------- friction
    def _slowing(self, species: str) -> list[Term]:
        """Factors of the diffusivity."""
        factor = self.diffusivity_factor
        own = factor.get(species, 1.0) if isinstance(factor, dict) else factor
        found: list[Term] = [own.at if isinstance(own, PositionFormula) else own]
        if (hindrance := self.hindrance) is not None:
            ratio = self._ratio(species)
            if isinstance(ratio, float):
                found.append(float(hindrance.diffusion(ratio, NUMBERS)))
            else:
                found.append(lambda position, m: hindrance.diffusion(ratio(position, m), m))
        if self.wall_layer is not None and self.wall_layer.slows_ions:
            found.append(lambda position, m: 1.0 / self._layer(position, m))
        return found

    def _layer(self, position: Any, m: Algebra) -> Any:
        """Factor of the viscosity by the layer at the wall."""
        assert self.wall_layer is not None
        width = self._half_width(self.wall_layer.half_width)
        assert width is not None  # see `objection`
        return self.wall_layer.factor(position, width, m)

    def relative_diffusivity(self, species: str) -> float:
        """By the factors that are the same everywhere."""
        return math.prod(term for term in self._slowing(species) if isinstance(term, float))

    def diffusivity_profile(self, species: str, position: Any, m: Algebra) -> Any | None:
        """By the others."""
        return _product([term(position, m) for term in self._slowing(species) if not isinstance(term, float)])

    def relative_convection(self, species: str) -> float:
        """K_c, where it is the same everywhere."""
        ratio = 1.0 if self.hindrance is None else self._ratio(species)
        if self.hindrance is None or not isinstance(ratio, float):
            return 1.0
        return float(self.hindrance.convection(ratio, NUMBERS))

    def convection_profile(self, species: str, position: Any, m: Algebra) -> Any | None:
        """K_c, where it varies."""
        ratio = None if self.hindrance is None else self._ratio(species)
        if self.hindrance is None or ratio is None or isinstance(ratio, float):
            return None
        return self.hindrance.convection(ratio(position, m), m)

    def viscosity_profile(self, position: Any, m: Algebra) -> Any | None:
        """Of the region, times the layer's."""
        found, own = [], self.viscosity_factor
        if isinstance(own, PositionFormula):
            found.append(own.at(position, m))
        elif own != 1.0:
            found.append(own)
        if self.wall_layer is not None:
            found.append(self._layer(position, m))
        return _product(found)

    @property
    def wall_length(self) -> float:
        """Thickness of the layer at the walls."""
        return math.inf if self.wall_layer is None else self.wall_layer.thickness

    def drag(self) -> float:
        """The inverse of the permeability; none without one."""
        return 0.0 if self.permeability is None else 1.0 / self.permeability

    @property
    def structure(self) -> object:
        """All but the values of the fixed charge, with what energies and factors follow from: with Born's energy the
        permittivity, and of the surroundings what it asks for."""
        own = self.relative_permittivity if self.born is not None or self.relative_permittivity is None else 1.0
        rest = self.model_copy(update={"fixed_charge": 0.0, RELATIVE_PERMITTIVITY: own})
        rest._around = self._asked_for()
        return rest, self.profile.structure

    def _asked_for(self) -> Surroundings | None:
        """What the energies and factors follow from; all else is left out."""
        if (around := self._around) is None:
            return None
        hindered, has_born = self.hindrance is not None, self.born is not None
        has_energies = hindered or has_born or bool(self.molar_energy)
        follows_channel = any(part and part.half_width is None for part in (self.hindrance, self.wall_layer))
        return Surroundings(
            around.temperature if has_energies else 0.0,
            around.relative_permittivity if has_born else 0.0,
            around.viscosity if hindered else 0.0,
            around.diffusivities if hindered else {},
            around.valences if has_born else {},
            around.half_width if follows_channel else None,
            radii=around.radii if hindered else {},
        )

    # ---------------------------------------------------------------------- refusals
    def objection(self, species: Collection[str]) -> Objection | None:
        """A species that the electrolyte does not have, numbers without which the formulas say nothing, and ions that are too
        large."""
        for key in ("barrier", "molar_energy"):
            if found := _unknown(getattr(self, key), species, (key,)):
                return found
        if found := super().objection(species):
            return found
        if self.born is not None and (found := self._objection_to_born(species)):
            return found
        if self.hindrance is not None and (found := self._objection_to_sizes(species)):
            return found
        layer = self.wall_layer
        if layer is not None and self._half_width(layer.half_width) is None:
            return ("wall_layer", "half_width"), f"is missing, {NO_WIDTH}"
        return self._objection_to_energies(species)

    def _objection_to_energies(self, species: Collection[str]) -> Objection | None:
        for name in species:
            total = sum(term for term in self._energies(name) if isinstance(term, float))
            if abs(total) > LARGEST_ENERGY:
                keys = [("born",), ("molar_energy", name), ("barrier", name), ("partition", name)]
                there = {"born": self.born, "molar_energy": self.molar_energy, "barrier": self.barrier}
                key = next(
                    (k for k in keys if name in (there.get(k[0]) or ()) or (k == ("born",) and self.born)), keys[-1]
                )
                return key, (
                    f"gives {quoted(name)} an energy of {total:.3g} kT, and concentrations are no numbers beyond"
                    f" {LARGEST_ENERGY:g} kT; write smaller energies"
                )
        return None

    def _objection_to_born(self, species: Collection[str]) -> Objection | None:
        assert self.born is not None
        if found := _unknown(self.born.radii, species, ("born", "radii")):
            return found
        if self.relative_permittivity is None:
            return (RELATIVE_PERMITTIVITY,), "is missing: Born's energy follows from it; write e.g. '40'"
        if self.around.mixed:
            return (
                "born",
            ), "is against one permittivity of the liquid, which a second solvent changes; write 'barrier'"
        for name in species:
            if self.around.valences[name] and self.born.radius(name) is None:
                return ("born", "radii"), f"the table has no radius of {quoted(name)}; write e.g. '{name}: 0.15 nm'"
        return None

    def _objection_to_sizes(self, species: Collection[str]) -> Objection | None:
        hindrance = self.hindrance
        assert hindrance is not None
        if found := _unknown(hindrance.radii, species, ("hindrance", "radii")):
            return found
        if self._half_width(hindrance.half_width) is None:
            return ("hindrance", "half_width"), f"is missing, {NO_WIDTH}"
        narrowest = self.narrowest()
        for name in species:
            radius = self.radius_of(name)
            if radius > hindrance.largest * narrowest:
                return (
                    ("hindrance", "half_width"),
                    f"{quoted(name)} of radius {1e9 * radius:.3g} nm hardly fits into {1e9 * narrowest:.3g} nm: the formulas"
                    f" hold up to {hindrance.largest:g} of it; write a larger half_width, or its radius in 'radii'",
                )
        return None

    def without_value(self, species: Collection[str], position: Any) -> tuple[tuple[str, ...], Any] | None:
        """Key of a formula that has no proper value at some positions (arrays), and which those are."""
        for key, name, formula in self._formulas():
            values = np.broadcast_to(formula.at(position, NUMBERS), np.shape(position[0]))
            wrong = ~(
                np.isfinite(values) & ((np.abs(values) <= LARGEST_ENERGY) if key == "barrier" else (values > 0.0))
            )
            if wrong.any():
                return ((key, name) if name else (key,)), wrong
        return None

    def _formulas(self) -> list[tuple[str, str, PositionFormula]]:
        """Key, species and formula of all that there are."""
        every: list[tuple[str, Any]] = [("barrier", self.barrier), ("diffusivity_factor", self.diffusivity_factor)]
        every.append(("viscosity_factor", self.viscosity_factor))
        named = [(key, given if isinstance(given, Mapping) else {"": given}) for key, given in every]
        return [
            (key, name, given)
            for key, values in named
            for name, given in values.items()
            if isinstance(given, PositionFormula)
        ]


NO_WIDTH = "and that of the channel is not known there as a straight function of the position; write e.g. '1 nm'"


def _unknown(given: Mapping[str, Any], species: Collection[str], path: tuple[str, ...]) -> Objection | None:
    """The first name that is no species."""
    for name in given:
        if name not in species:
            return (*path, name), f"unknown species {quoted(name)}; {did_you_mean(name, species, 'there are')}"
    return None


def _total(terms: list[Any]) -> Any | None:
    return sum(terms[1:], terms[0]) if terms else None


def _product(factors: list[Any]) -> Any | None:
    return math.prod(factors[1:], start=factors[0]) if factors else None
