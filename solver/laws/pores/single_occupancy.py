"""A pore with one site, which holds one ion at a time: species compete for it, and blockers enter from one side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from pydantic import Field, model_validator
from typing_extensions import Self

from meshes.quantity import Description, PlainNumber, Unit, misfit
from solver.laws.algebra import Algebra
from solver.laws.pores.base import Mouths, PoreKinetics, Step, between

EntryRate = Annotated[float, Unit("m^3/mol/s", "1e8 1/(M s)", "positive")]
ExitRate = Annotated[float, Unit("1/s", "1e7 1/s", "positive")]


class Entrant(Description):
    """How a species enters and leaves the site."""

    k_on: EntryRate
    """Rate at which an ion enters an empty pore from a mouth without a voltage, over its activity there."""
    k_off: ExitRate
    """Rate at which an ion leaves to that mouth without a voltage. k_on / k_off is the binding constant of the site."""
    k_on_second: EntryRate | None = None
    """k_on at the second mouth, where the barrier there is another one; k_off there follows, since the site is the same."""
    enters: Literal["both", "first", "second"] = "both"
    """Mouths at which it passes; a blocker enters and leaves at one of them only."""

    @model_validator(mode="after")
    def _second_passes(self) -> Self:
        if self.k_on_second is not None and self.enters != "both":
            raise misfit("k_on_second", f"the species passes the {self.enters} mouth only; write k_on for it")
        return self


class SingleOccupancy(PoreKinetics):
    """One ion at a time at one site.

    dt_i/dt = sum over the mouths of (k_on_i a_i e^(+-) (1 - sum t_j) - k_off_i e^(-+) t_i), with the voltage factors of
    `base.py` and barriers midway between mouths and site.
    """

    type: Literal["single_occupancy"] = "single_occupancy"
    species: dict[str, Entrant] = Field(
        min_length=1, max_length=8, examples=["{K: {k_on: 1e8 1/(M s), k_off: 1e7 1/s}}"]
    )
    """The ions that enter."""
    site: Annotated[PlainNumber, Field(gt=0.0, lt=1.0)] = 0.5
    """Electrical distance of the site from the first mouth: the part of the voltage that drops up to it."""

    @property
    def ions(self) -> tuple[str, ...]:
        """Those that are named."""
        return tuple(self.species)

    @property
    def states(self) -> Mapping[str, Sequence[tuple[str, float]]]:
        """One for each species."""
        return {name: ((name, self.site),) for name in self.species}

    @property
    def structure(self) -> object:
        """Also who passes where."""
        passing = tuple((each.enters, each.k_on_second is None) for each in self.species.values())
        return (super().structure, passing)

    def coefficients(self) -> dict[str, float]:
        """All rates."""
        found: dict[str, float] = {}
        for name, each in self.species.items():
            given = {key: getattr(each, key) for key in ("k_on", "k_off", "k_on_second")}
            found |= {f"species.{name}.{key}": value for key, value in given.items() if value is not None}
        return found

    def steps(self, mouths: Mouths, m: Algebra) -> list[Step]:
        """Entries at the first mouth, and exits at the second one."""
        found, x = [], self.site
        for k, (name, each) in enumerate(self.species.items(), start=1):
            on, off = (mouths.coefficients[f"species.{name}.{key}"] for key in ("k_on", "k_off"))
            first, second = (side[name] for side in mouths.activities)
            if each.enters != "second":
                found.append(Step(name, 0, k, 0.0, between(0.0, x), x, on * first, off))
            if each.enters != "first":
                on_second = mouths.coefficients.get(f"species.{name}.k_on_second", on)
                off_second = off if each.k_on_second is None else off * on_second / on
                found.append(Step(name, k, 0, x, between(x, 1.0), 1.0, off_second, on_second * second))
        return found
