"""The liquid of a case: its solvent and species."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, ValidationInfo, create_model, field_validator, model_validator
from typing_extensions import Self

from meshes.quantity import (
    Concentration,
    Description,
    PositiveNumber,
    Temperature,
    Unit,
    Viscosity,
    did_you_mean,
    misfit,
)
from meshes.quoting import quoted
from solver.case.acidity import check_pH
from solver.case.speciation import acid_equilibria, acidified, contradiction, in_equilibrium, ion_product, is_of_water
from solver.case.species import Species, of_table
from solver.case.trace import TraceSpecies, with_table_values
from solver.inputs.choices import one_of, type_name
from solver.laws.algebra import NUMBERS
from solver.laws.electrolytes.base import ElectrolyteModel
from solver.laws.electrolytes.ideal import Ideal
from solver.laws.properties.base import LiquidProperties, Local
from solver.laws.properties.constant import Constant
from solver.laws.properties.mixtures import SolventMixture
from solver.laws.reactions.base import ReactionLaw, dependences
from solver.laws.reactions.water import WaterDissociation
from solver.laws.registry import ELECTROLYTE_MODELS, LIQUID_PROPERTIES, REACTION_LAWS
from solver.physics.acids import ACID_FORMS, ACIDS
from solver.physics.solution import Solution
from solver.physics.speciation import Dependences
from solver.physics.water import HYDROXIDE, PROTON, protons

PH = Annotated[float, Unit("", "7")]


if TYPE_CHECKING:
    Model = ElectrolyteModel
    PropertyLaw = LiquidProperties
else:
    Model = one_of(ELECTROLYTE_MODELS)  # by its name, or with its keys
    PropertyLaw = one_of(LIQUID_PROPERTIES)


class ElectrolyteKeys(Description):
    """The solvent and its species."""

    temperature: Temperature = 298.15
    relative_permittivity: PositiveNumber = 78.5
    viscosity: Viscosity = 0.89e-3
    species: dict[str, Species] = Field(max_length=20, examples=["{K: {}, Cl: {}}"])
    model: Model = Ideal()
    """Thermodynamics of the ions."""
    properties: PropertyLaw = Constant()
    """What diffusivities, viscosity and permittivity depend on."""
    diffusivity_convention: Literal["thermodynamic", "stratonovich", "ito"] = "thermodynamic"
    """Flux where a diffusivity D varies within a material: -D grad c - (1 - a) c grad D with a of 1, 1/2 or 0."""
    concentration: Concentration | None = None
    """Salt concentration in mol/m^3 of every terminal that does not give its own, and at the start in a closed cell."""
    pH: PH | None = None
    """pH of every terminal that does not give its own."""
    buffers: dict[str, Concentration] = Field(default={}, examples=["{phosphate: 10 mM}"])
    """Weak acids and bases with their total concentrations in every terminal that does not give its own: acetate, ammonia,
    borate, carbonate, citrate, hepes, phosphate, tris. All their forms are species, in equilibrium with each other. They need
    `protons: free`."""
    protons: Literal["buffered", "free"] = "buffered"
    """What keeps a pH: a buffer everywhere in the liquid, or nothing, with H+ and OH- as species that are transported. Free
    protons add the reaction `water_dissociation`, unless `reactions` has one of H+, OH- and water."""
    trace: dict[str, TraceSpecies] = Field(
        default={}, max_length=20, examples=["{tracer: {valence: -2, radius: 0.5 nm}}"]
    )
    """Molecules too dilute to change the fields, by names of your own: solved for after these. They pass terminals
    alone, no walls or pores."""

    @field_validator("trace", mode="before")
    @classmethod
    def _fill_traces(cls, data: Any) -> Any:
        if not isinstance(data, Mapping):
            return data
        return {name: with_table_values(str(name), given) for name, given in data.items()}

    @field_validator("species", mode="before")
    @classmethod
    def _fill_from_the_table(cls, data: Any) -> Any:
        if not isinstance(data, Mapping):
            raise misfit((), f"{quoted(data)} is not a mapping; write e.g. 'species: {{K: {{}}, Cl: {{}}}}'")
        return {name: of_table(str(name), given) for name, given in data.items()}

    @field_validator("model", mode="after")
    @classmethod
    def _of_these_species(cls, model: ElectrolyteModel, info: ValidationInfo) -> ElectrolyteModel:
        """What a model knows of single species, in their order, and of the solvent."""
        if not {"species", "relative_permittivity", "temperature"} <= set(info.data):
            return model
        valences = {name: species.valence for name, species in info.data["species"].items()}
        return model.of_electrolyte(valences, info.data["relative_permittivity"], info.data["temperature"])

    @model_validator(mode="before")
    @classmethod
    def _one_salt(cls, data: Any) -> Any:
        """Mixtures belong to the terminals."""
        for key in ("concentration", "concentrations") if isinstance(data, Mapping) else ():
            if isinstance(data.get(key), Mapping):
                how = "'terminals: {left: {concentrations: {K: 10 mM, Na: 5 mM, Cl: 15 mM}}}'"
                raise misfit((key,), f"gives one number, of the salt; write those of ions at each terminal, e.g. {how}")
        return data

    @model_validator(mode="before")
    @classmethod
    def _with_water(cls, data: Any) -> Any:
        """Free protons are species; those that the case does not describe are as in the ion table."""
        if isinstance(data, Mapping) and data.get("protons") == "free" and isinstance(data.get("species"), Mapping):
            own = [*(PROTON, HYDROXIDE), *_forms_of(data.get("buffers"))]
            species = {**data["species"], **{ion: {} for ion in own if ion not in data["species"]}}
            return {**data, "species": species}
        return data

    @model_validator(mode="before")
    @classmethod
    def _with_second_solvent(cls, data: Any) -> Any:
        """The second solvent of a mixture is a species."""
        if not (isinstance(data, Mapping) and isinstance(data.get("species"), Mapping)):
            return data
        given = data.get("properties")
        kind = given.get("type") if isinstance(given, Mapping) else getattr(given, "type", given)
        law = next(
            (law for law in LIQUID_PROPERTIES if issubclass(law, SolventMixture) and type_name(law) == kind), None
        )
        if law is None:
            return data
        own = {"valence": 0, "diffusivity": law.diffusivity}
        mine = data["species"].get(law.name)
        if isinstance(mine, Mapping) or mine is None:
            own |= {key: value for key, value in (mine or {}).items() if value is not None}
            return {**data, "species": {**data["species"], law.name: own}}
        return data

    @field_validator("buffers", mode="after")
    @classmethod
    def _are_known(cls, buffers: dict[str, float]) -> dict[str, float]:
        for name, concentration in buffers.items():
            if name not in ACIDS:
                close = did_you_mean(name, ACIDS, "it knows")
                raise misfit((name,), f"{quoted(name)} is not in the table of acids; {close}")
            if concentration == 0.0:
                raise misfit((name,), "is zero; write a small concentration such as '1 nM', or leave the buffer out")
        return buffers

    @model_validator(mode="after")
    def _reactions_are_possible(self) -> Self:
        if self.buffers and self.protons == "buffered":
            raise misfit(
                "buffers",
                "need protons that are transported; write 'protons: free' (with 'buffered' a buffer of no name keeps the pH"
                " everywhere), or leave the buffers out",
            )
        for form in _forms_of(self.buffers):
            if self.species[form].valence != ACID_FORMS[form].valence:
                raise misfit(
                    ("species", form, "valence"),
                    f"is {self.species[form].valence:+d}, and a buffer has this form with {ACID_FORMS[form].valence:+d};"
                    " rename the species, or leave its valence out",
                )
        valences = {name: species.valence for name, species in self.species.items()}
        for name, reaction in self.reactions_by_name.items():
            if objection := reaction.objection(valences):
                raise misfit(("reactions", name), objection)
        free = self.protons == "free"
        if text := contradiction(self.reaction_laws, self.species, free, self.buffers):
            raise misfit("reactions", text)
        for name, reaction in self.reactions_by_name.items():
            changed = self.dependences.combined(reaction.stoichiometry(valences))
            if not reaction.is_equilibrium and not any(changed.values()):
                raise misfit(
                    ("reactions", name),
                    "changes nothing: its species are in equilibrium by other reactions; leave one of them out",
                )
        if free and ion_product(self.reaction_laws, self.species) is None:
            raise misfit(
                "reactions",
                "of H+, OH- and water happen in one direction, so that pH does not say how much OH- there is; give that"
                " reaction its pK, too, e.g. 'pK: 14' of 'H2O = H + OH'",
            )
        return self

    @model_validator(mode="after")
    def _has_one_pH(self) -> Self:
        check_pH(self.pH, ("pH",))
        if self.protons == "free" and not self.reservoir_ions:
            raise misfit("species", "needs a salt beside H and OH; add e.g. 'K: {}' and 'Cl: {}'")
        if self.protons == "buffered" and self.pH is not None and PROTON in self.species:
            raise misfit(
                "pH",
                "given together with the species H, whose concentration says it; leave out one of them, or write"
                " 'protons: free', with which the concentrations of H and OH follow from pH",
            )
        return self

    @model_validator(mode="after")
    def _can_be_neutral(self) -> Self:
        valences = [species.valence for species in self.species.values()]
        if not (any(z > 0 for z in valences) and any(z < 0 for z in valences)):
            raise misfit(
                "species", "needs at least one cation and one anion to be neutral; add e.g. 'K: {}' or 'Cl: {}'"
            )
        return self

    @model_validator(mode="after")
    def _properties_are_known(self) -> Self:
        if objection := self.properties.objection(self.valences, self.temperature):
            raise misfit("properties", objection)
        if (solvent := self.properties.solvent) in self.equilibrating:
            raise misfit(
                "reactions", f"{solvent}, the second solvent, is in equilibrium with other species; leave that out"
            )
        if self.properties.solvent is not None and not self.model.is_ideal:
            raise misfit(
                "model",
                "knows one solvent, water: it would take the second one of 'properties' for a solute; write 'model: ideal'",
            )
        return self

    @property
    def reactions_by_name(self) -> Mapping[str, ReactionLaw]:
        """The reactions that the case names."""
        found: Mapping[str, ReactionLaw] = getattr(self, "reactions", {})
        return found

    @property
    def reaction_laws(self) -> tuple[ReactionLaw, ...]:
        """The reactions between the species, with those of the buffers; with free protons that of water is one of them."""
        given = (*acid_equilibria(self.buffers), *self.reactions_by_name.values())
        if self.protons == "free" and not any(is_of_water(law, self.species) for law in given):
            return (*given, WaterDissociation())
        return given

    @property
    def equilibrating(self) -> frozenset[str]:
        """The species that are in equilibrium with others."""
        found = self.dependences
        mixed = [name for row in found.matrix for name, n in zip(found.species, row, strict=True) if n]
        return frozenset((*found.dependents, *mixed))

    @property
    def dependences(self) -> Dependences:
        """Which species follow from others by the equilibria of the reactions."""
        return dependences(self.reaction_laws, tuple(self.species))

    @property
    def valences(self) -> dict[str, int]:
        """Valence of each species."""
        return {name: species.valence for name, species in self.species.items()}

    @property
    def reservoir_ions(self) -> dict[str, Species]:
        """The species whose concentrations a case gives: all but free H+ and OH-, which follow from pH, the forms of buffers,
        those that follow by equilibria, and a second solvent, which follows from its mass fraction."""
        free = (PROTON, HYDROXIDE) if self.protons == "free" else ()
        others = {*free, *_forms_of(self.buffers), *self.dependences.dependents, self.properties.solvent}
        return {name: species for name, species in self.species.items() if name not in others}

    @property
    def drivable(self) -> tuple[str, ...]:
        """The keys that a protocol can drive: the pH of a buffer."""
        return ("pH",) if self.pH is not None and self.protons == "buffered" else ()

    def stoichiometry(self) -> dict[str, int] | None:
        """Ions per formula unit of the salt; None when it is neither given for all nor follows from two valences."""
        of_salt = self.reservoir_ions
        given = {name: species.stoichiometry for name, species in of_salt.items()}
        if all(count is not None for count in given.values()):
            return {name: count for name, count in given.items() if count is not None}
        valences = [species.valence for species in of_salt.values()]
        if len(given) == 2 and valences[0] * valences[1] < 0:
            (first, a), (second, b) = ((name, abs(species.valence)) for name, species in of_salt.items())
            divisor = math.gcd(a, b)
            return {first: b // divisor, second: a // divisor}
        return None

    def salt(
        self,
        concentration: float,
        pH: float | None = None,
        solvent_fraction: float | None = None,
        buffers: Mapping[str, float] | None = None,
    ) -> dict[str, float]:
        """Concentration in mol/m^3 of every species where that of the salt is `concentration`.

        pH, buffers: of the solution, where they are not those of the electrolyte; see `titrated`.
        """
        counts = self.stoichiometry()
        if counts is None:
            raise ValueError("the species do not say how they make up a salt")  # refused at validation
        ions = {name: count * concentration for name, count in counts.items()}
        return self.titrated(ions, pH, solvent_fraction, buffers)

    def titrated(
        self,
        ions: Mapping[str, float],
        pH: float | None = None,
        solvent_fraction: float | None = None,
        buffers: Mapping[str, float] | None = None,
    ) -> dict[str, float]:
        """Concentration in mol/m^3 of every species of a solution of ions that is brought to a pH: with free protons those of
        H+ and OH-, and what an acid or base brings of the first anion or cation; and that of a second solvent by its mass
        fraction, where that is not that of the electrolyte. Where species are in equilibrium the concentrations of the ions
        are totals, with what of them others hold, and so are those of the buffers.

        Raises:
            ValueError: no solution has these concentrations.
        """
        if isinstance(law := self.properties, SolventMixture):
            fraction = law.fraction if solvent_fraction is None else solvent_fraction
            ions = {**ions, law.name: law.concentration(fraction, self.temperature)}
        pH = self.pH if pH is None else pH
        free = self.protons == "free" and pH is not None
        if not self.dependences and not free:
            return {name: ions[name] for name in self.species}
        water = self._water(pH) if free and pH is not None else {}
        if self.dependences:
            amounts = {**self.buffers, **(buffers or {})}
            totals = {**ions, **{ACIDS[name].forms[-1]: amount for name, amount in amounts.items()}}
            return in_equilibrium(self, totals, water, ions if free else None)
        return acidified(self, ions, water)

    def _water(self, pH: float) -> dict[str, float]:
        """Activities of H+ and OH-, mol/m^3, at a pH where water is at rest."""
        product = ion_product(self.reaction_laws, self.species)
        if product is None:
            raise ValueError("the reaction of water never rests")  # refused at validation
        return {PROTON: protons(pH), HYDROXIDE: product / protons(pH)}

    def titrant(self, excess: float) -> str:
        """The ion that an acid (more H+ than OH-) or a base brings: the first anion or cation of the salt.

        Raises:
            ValueError: the salt has none.
        """
        sign = -1 if excess > 0.0 else 1
        found = [name for name, species in self.reservoir_ions.items() if species.valence * sign > 0]
        if not found:
            raise ValueError(
                f"no {'anion' if sign < 0 else 'cation'} of the salt is there that an acid or base would bring"
            )
        return found[0]

    def solution(self, bulk: Mapping[str, float], pH: float | None = None) -> Solution:
        """The liquid with these concentrations (mol/m^3) of its species.

        pH: of the solution, where it is not that of the electrolyte.
        """
        own, law = self.pH if pH is None else pH, self.properties
        local = Local({name: bulk[name] for name in self.species}, None, self.temperature)
        diffusivities = {name: law.diffusivity_factor(name, local, NUMBERS) for name in self.species}
        return Solution(
            _times(self.relative_permittivity, law.permittivity_factor(local, NUMBERS)),
            self.temperature,
            _times(self.viscosity, law.viscosity_factor(local, NUMBERS)),
            tuple(species.valence for species in self.species.values()),
            tuple(bulk[name] for name in self.species),
            tuple(_times(species.diffusivity, diffusivities[name]) for name, species in self.species.items()),
            tuple(self.species),
            self.model,
            own if self.protons == "buffered" else None,
        )


if TYPE_CHECKING or not REACTION_LAWS:

    class Electrolyte(ElectrolyteKeys):
        """The solvent and its species."""

else:
    Electrolyte = create_model(
        "Electrolyte",
        __base__=ElectrolyteKeys,
        __doc__=ElectrolyteKeys.__doc__,
        __module__=__name__,
        reactions=(dict[str, one_of(REACTION_LAWS)], Field(default={}, description="Reactions between the species.")),
    )


def _forms_of(buffers: Any) -> list[str]:
    """Species of buffers; none of what is no mapping with names of acids, which is refused elsewhere."""
    known = [name for name in buffers if name in ACIDS] if isinstance(buffers, Mapping) else []
    return [form for name in known for form in ACIDS[name].forms]


def _times(value: float, factor: Any | None) -> float:
    """A value with a factor that may be missing."""
    return value if factor is None else value * float(factor)
