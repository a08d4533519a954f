"""A pore with several sites in a row, over whose barriers ions hop: rate constants from energies (Eyring).

With the energies G of wells and peaks in kT, from that of an ion in a solution of 1 M at the mouth without a voltage, an ion
passes the peak G_p from the state of energy U_s at nu exp(U_s - G_p'), where G_p' is the peak beside the other ions: their
repulsion is counted by half of its change from state to state. At a mouth the rate is also times the activity in M. (Hille,
Ionic Channels of Excitable Membranes, 1992, ch. 14; Hille and Schwarz, J. Gen. Physiol. 72, 409 (1978).)
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator
from typing_extensions import Self

from meshes.quantity import Description, PlainNumber, Unit, misfit
from solver.laws.algebra import Algebra
from solver.laws.pores.base import MOST_STATES, Mouths, PoreKinetics, Step, between

STANDARD = 1e3
"""mol/m^3 of the solution from whose ions energies are counted."""

Energy = Annotated[PlainNumber, Field(ge=-60.0, le=60.0)]
Frequency = Annotated[float, Unit("1/s", "6e12 1/s", "positive")]


class Landscape(Description):
    """Energies that an ion of a species has along the pore, in kT."""

    wells: tuple[Energy, ...] = Field(min_length=1, max_length=6, examples=["[-4, -4]"])
    """At the sites, from the first mouth to the second."""
    barriers: tuple[Energy, ...] = Field(min_length=1, max_length=7, examples=["[8, 6, 8]"])
    """Of the peaks between mouths and sites: one more than wells."""

    @model_validator(mode="after")
    def _one_more(self) -> Self:
        if len(self.barriers) != len(self.wells) + 1:
            raise misfit("barriers", f"{len(self.wells)} wells have {len(self.wells) + 1} barriers around them")
        return self


class SiteChain(PoreKinetics):
    """Sites in a row, one ion each or one ion in all."""

    type: Literal["site_chain"] = "site_chain"
    species: dict[str, Landscape] = Field(
        min_length=1, max_length=6, examples=["{K: {wells: [-4, -4], barriers: [8, 6, 8]}}"]
    )
    """The ions that enter."""
    occupancy: Literal["single", "multiple"] = "single"
    """Whether one ion at a time is in the pore, or one at each site."""
    repulsion: Annotated[PlainNumber, Field(ge=-20.0, le=20.0)] = 0.0
    """Energy of two ions at neighbouring sites, in kT."""
    frequency: Frequency = 6e12
    """Rate of attempts, which belongs to the barriers: kT/h by default."""
    sites: tuple[Annotated[PlainNumber, Field(gt=0.0, lt=1.0)], ...] | None = None
    """Electrical distances of the sites from the first mouth, ascending; equal steps by default."""

    @model_validator(mode="after")
    def _alike(self) -> Self:
        count = self._count
        for name, each in self.species.items():
            if len(each.wells) != count:
                first = next(iter(self.species))
                raise misfit(
                    ("species", name, "wells"), f"'{first}' has {count} of them: all species have the same sites"
                )
        if self.sites is not None:
            if len(self.sites) != count:
                raise misfit("sites", f"the species have {count} wells; give as many sites, or leave the key out")
            if any(b <= a for a, b in itertools.pairwise(self.sites)):
                raise misfit("sites", "are not ascending from the first mouth to the second")
        number = (len(self.species) + 1) ** count if self.occupancy == "multiple" else 1 + len(self.species) * count
        if number > MOST_STATES:
            raise misfit(
                "species", f"make {number} states of the pore, more than {MOST_STATES}; take fewer sites or species"
            )
        return self

    @property
    def _count(self) -> int:
        return len(next(iter(self.species.values())).wells)

    @property
    def ions(self) -> tuple[str, ...]:
        """Those that are named."""
        return tuple(self.species)

    @property
    def _places(self) -> tuple[float, ...]:
        """Electrical distances of the first mouth, the sites and the second mouth."""
        count = self._count
        own = self.sites if self.sites is not None else tuple((k + 1) / (count + 1) for k in range(count))
        return (0.0, *own, 1.0)

    @property
    def _fillings(self) -> list[tuple[str, ...]]:
        """What is at the sites in every state, "" where nothing is; the empty state first."""
        found = list(itertools.product(("", *self.species), repeat=self._count))
        found.sort(key=lambda filling: sum(map(bool, filling)))
        return found if self.occupancy == "multiple" else [each for each in found if sum(map(bool, each)) < 2]

    @property
    def states(self) -> Mapping[str, Sequence[tuple[str, float]]]:
        """Named by their ions with the numbers of their sites, such as K1-Na2."""
        places = self._places
        named = [[(name, k) for k, name in enumerate(filling, start=1) if name] for filling in self._fillings[1:]]
        return {"-".join(f"{n}{k}" for n, k in held): tuple((n, places[k]) for n, k in held) for held in named}

    @property
    def structure(self) -> object:
        """Also where it is."""
        return (super().structure, self.occupancy, self._places)

    def coefficients(self) -> dict[str, float]:
        """Energies (kT) and the frequency."""
        found = {"frequency": self.frequency, "repulsion": self.repulsion}
        for name, each in self.species.items():
            for key in ("wells", "barriers"):
                found |= {f"species.{name}.{key}.{k}": value for k, value in enumerate(getattr(each, key))}
        return found

    def steps(self, mouths: Mouths, m: Algebra) -> list[Step]:
        """Over every barrier, from every state in which an ion is before it and its other side is free."""
        fillings, places, of = self._fillings, self._places, mouths.coefficients
        numbers = {filling: k for k, filling in enumerate(fillings)}
        last, found = self._count, []
        for before, (name, barrier) in itertools.product(
            fillings, itertools.product(self.species, range(self._count + 1))
        ):
            after = list(before)
            if barrier > 0:
                if before[barrier - 1] != name:
                    continue
                after[barrier - 1] = ""
            if barrier < last:
                if before[barrier]:
                    continue
                after[barrier] = name
            if tuple(after) not in numbers:
                continue
            peak = of[f"species.{name}.barriers.{barrier}"]
            apart = 0.5 * of["repulsion"] * (_pairs(after) - _pairs(before))
            well = [self._well(name, place, mouths) for place in (barrier, barrier + 1)]
            found.append(
                Step(
                    name,
                    numbers[before],
                    numbers[tuple(after)],
                    places[barrier],
                    between(places[barrier], places[barrier + 1]),
                    places[barrier + 1],
                    of["frequency"] * m.exp(well[0][0] - peak - apart) * well[0][1],
                    of["frequency"] * m.exp(well[1][0] - peak + apart) * well[1][1],
                )
            )
        return found

    def _well(self, name: str, place: int, mouths: Mouths) -> tuple[Any, Any]:
        """Energy (kT) of an ion at a place, and the activity (M) by which a rate from there is multiplied."""
        if place == 0:
            return 0.0, mouths.activities[0][name] / STANDARD
        if place == self._count + 1:
            return 0.0, mouths.activities[1][name] / STANDARD
        return mouths.coefficients[f"species.{name}.wells.{place - 1}"], 1.0


def _pairs(filling: Sequence[str]) -> int:
    """Number of neighbouring sites that are both taken."""
    return sum(bool(a) and bool(b) for a, b in itertools.pairwise(filling))
