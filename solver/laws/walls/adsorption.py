"""Adsorption with kinetics: sites of a wall that bind species of the liquid and give them back.

Langmuir, J. Am. Chem. Soc. 40, 1361 (1918): species i binds to free sites at the rate k_on c_i (G_m - sum G_j), and leaves at
k_off G_i, with c_i at the wall. In an ion exchange all sites are taken, and one ion gives way to the other. In an electrolyte
that is not ideal, or in a region with partition coefficients, c_i is the activity exp(mu_i - z_i phi): the isotherm has one
free energy of binding for each species.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, ClassVar

from pydantic import Field, field_validator, model_validator
from typing_extensions import Self

from meshes.course import Course
from meshes.quantity import Description, PlainNumber, PositiveNumber, Unit, Whole, did_you_mean, misfit
from meshes.quoting import quoted
from solver.laws.algebra import NUMBERS, Algebra
from solver.laws.walls.base import WallLaw, WallState
from solver.physics.constants import AVOGADRO, FARADAY
from solver.physics.solution import Solution

PER_SQUARE_NANOMETRE = 1e18 / AVOGADRO
"""mol/m^2 of one site on a square nanometre."""


class _SiteUnit(Unit):
    """mol/m^2, also read from numbers of sites such as "8 /nm^2"."""

    def read(self, value: object, path: tuple[str | int, ...] = ()) -> float:
        """The SI value, or a PydanticCustomError that says what to write."""
        if isinstance(value, str):
            number, slash, area = value.partition("/")
            if slash and area.replace(" ", "") in ("nm^2", "nm**2", "nm²"):
                try:
                    sites = float(number.strip().removesuffix(" 1"))
                except ValueError:
                    sites = math.nan
                if not 0.0 < sites < math.inf:
                    raise misfit(path, f"{quoted(value)} is not a density of sites; write e.g. '{self.example}'")
                value = sites * PER_SQUARE_NANOMETRE
        return super().read(value, path)


SiteDensity = Annotated[float, _SiteUnit("mol/m^2", "1 /nm^2", "positive")]
OnRate = Annotated[float, Unit("m^3/mol/s", "200 1/(mM s)", "positive")]
OffRate = Annotated[float, Unit("1/s", "10 1/s", "positive")]
BindingConstant = Annotated[float, Unit("m^3/mol", "1 1/mM", "positive")]
Fraction = Annotated[PlainNumber, Field(ge=0.0, le=1.0)]


class Binding(Description):
    """How a species binds to free sites. Two of k_on, k_off and their quotient are given."""

    k_on: OnRate | None = None
    """Rate at which a free site binds, over the concentration at the wall (the activity, if the model is not ideal)."""
    k_off: OffRate | None = None
    """Rate at which a site that is taken becomes free."""
    equilibrium_constant: BindingConstant | None = None
    """k_on over k_off: the inverse of the concentration (or activity) at which half of the sites are taken."""
    initial: Fraction | None = None
    """Part of the sites that is taken when a run in time starts; by default, and in all other studies, as many as in
    equilibrium with the liquid."""

    @model_validator(mode="after")
    def _two_of_three(self) -> Self:
        _check_two(self, "k_on", "k_off", "equilibrium_constant")
        return self


class Exchange(Description):
    """Sites that are always taken, by one of two species. Two of k_in, k_out and their quotient are given."""

    incoming: str = Field(examples=["K"])
    """Species that takes the sites."""
    outgoing: str = Field(examples=["Na"])
    """Species that holds the sites without it, one on each."""
    k_in: OnRate | None = None
    """Rate at which the incoming species takes a site from the outgoing one, over its concentration at the wall."""
    k_out: OnRate | None = None
    """Rate at which the outgoing species takes a site back, over its concentration at the wall."""
    selectivity: PositiveNumber | None = None
    """k_in over k_out."""
    initial: Fraction | None = None
    """Part of the sites that the incoming species has when a run in time starts; by default, and in all other studies, as
    much as in equilibrium with the liquid."""

    @model_validator(mode="after")
    def _two_of_three(self) -> Self:
        _check_two(self, "k_in", "k_out", "selectivity")
        if self.incoming == self.outgoing:
            raise misfit("outgoing", f"{quoted(self.outgoing)} cannot give way to itself; name another species")
        return self


def _check_two(keys: Binding | Exchange, forward: str, backward: str, quotient: str) -> None:
    """Refuse rates that are not given, or given twice."""
    given = [name for name in (forward, backward, quotient) if getattr(keys, name) is not None]
    if len(given) == 3:
        raise misfit(quotient, f"is {forward} / {backward}, which are both given; leave one of the three out")
    if len(given) < 2:
        have = f"{given[0]} alone does not say" if given else "nothing says"
        raise misfit((), f"{have} how fast and how strongly; give two of {forward}, {backward}, {quotient}")


class Sites(Description):
    """Sites of one type: how many, and what takes them."""

    density: SiteDensity
    """Number of sites by area."""
    charge: Whole = Field(default=0, ge=-8, le=8)
    """Charge number of a bare site; what takes it adds its own."""
    binds: dict[str, Binding] = Field(default={}, max_length=8, examples=["{K: {k_on: 200 1/(mM s), k_off: 10 1/s}}"])
    """Species that bind to free sites, for which they compete."""
    exchange: Exchange | None = None
    """Two species of which one or the other has each site, instead of 'binds'."""

    @field_validator("binds", mode="before")
    @classmethod
    def _by_species(cls, binds: Any) -> Any:
        if not isinstance(binds, Mapping):
            raise misfit(
                (), f"{quoted(binds)} is not a mapping; write e.g. '{{K: {{k_on: 200 1/(mM s), k_off: 10 1/s}}}}'"
            )
        return binds

    @field_validator("binds", mode="after")
    @classmethod
    def _no_more_than_all(cls, binds: dict[str, Binding]) -> dict[str, Binding]:
        total = sum(each.initial or 0.0 for each in binds.values())
        if total > 1.0 + 1e-12:
            raise misfit((), f"the initial parts add up to {total:g}, more than all sites; make them smaller")
        return binds

    @model_validator(mode="after")
    def _binds_or_exchanges(self) -> Self:
        if bool(self.binds) == (self.exchange is not None):
            have = "given together with 'binds'" if self.binds else "nothing takes the sites"
            raise misfit(
                "exchange" if self.binds else "binds",
                f"{have}; write either 'binds: {{K: {{k_on: 200 1/(mM s), k_off: 10 1/s}}}}' or an 'exchange'",
            )
        return self

    @property
    def species(self) -> tuple[str, ...]:
        """All that can take a site."""
        return tuple(self.binds) if self.exchange is None else (self.exchange.incoming, self.exchange.outgoing)

    def entries(self) -> list[tuple[str, str, Binding | Exchange]]:
        """Each coverage: its species, the keys of its rates below the site, and what is there."""
        if self.exchange is not None:
            return [(self.exchange.incoming, "exchange", self.exchange)]
        return [(name, f"binds.{name}", binding) for name, binding in self.binds.items()]


RATES = ("k_on", "k_off", "equilibrium_constant", "k_in", "k_out", "selectivity")
"""Keys of rates and their quotients."""


class Adsorption(WallLaw):
    """dG_i/dt = k_on c_i (G_m - sum G_j) - k_off G_i, or dG_A/dt = k_in c_A (G_m - G_A) - k_out c_B G_A.

    The wall holds F (z_site G_m + sum z_i G_i) of charge.
    """

    key: ClassVar[str] = "adsorption"
    annotation: ClassVar[Any] = Annotated[tuple[Sites, ...], Field(max_length=4)]
    default: ClassVar[Any] = ()
    meaning: ClassVar[str] = "Sites that bind species of the liquid at finite rates, one entry a type of site."

    def __init__(self, sites: tuple[Sites, ...]) -> None:
        self.sites = sites

    @classmethod
    def of(cls, wall: Mapping[str, Any]) -> Adsorption | None:
        """None for a wall without sites."""
        return cls(wall[cls.key]) if wall.get(cls.key) else None

    def coefficients(self, relative_permittivity: float) -> dict[str, float]:
        """Densities and rates, and what is given at the start."""
        found: dict[str, float] = {}
        for number, site in enumerate(self.sites):
            found[f"{number}.density"] = site.density
            for _, key, rates in site.entries():
                given = {name: getattr(rates, name, None) for name in (*RATES, "initial")}
                found |= {f"{number}.{key}.{name}": value for name, value in given.items() if value is not None}
        return found

    @property
    def drivable(self) -> tuple[str, ...]:
        """The rates and their quotients."""
        return tuple(name for name in self.coefficients(1.0) if name.rsplit(".", 1)[-1] in RATES)

    @property
    def structure(self) -> object:
        """Who takes which sites, their charges, and which numbers are given."""
        who = tuple((site.charge, site.species, site.exchange is None) for site in self.sites)
        return (self.key, who, tuple(self.coefficients(1.0)))

    def charges(self, valences: Mapping[str, int]) -> bool:
        """Not where sites and all that takes them, or leaves them free, are neutral together."""
        for site in self.sites:
            taken = [site.charge + valences[name] for name in site.species]
            if any(taken) or (site.charge and site.exchange is None):
                return True
        return False

    def objection(self, solution: Solution) -> str | None:
        """A species that is not there."""
        for site in self.sites:
            for name in site.species:
                if name not in solution.names:
                    return f"there is no species {quoted(name)}; {did_you_mean(name, solution.names, 'there are')}"
        return None

    @property
    def coverages(self) -> tuple[str, ...]:
        """One for each species that binds to a type of site, and one for each exchange."""
        return tuple(f"{n}.{name}" for n, site in enumerate(self.sites) for name, _, _ in site.entries())

    def charge(self, s: WallState, m: Algebra) -> Any | None:
        """That of the sites themselves."""
        parts = [
            FARADAY * site.charge * s.coefficients[f"{n}.density"] for n, site in enumerate(self.sites) if site.charge
        ]
        return sum(parts) if parts else None

    def rates(self, s: WallState, m: Algebra) -> Mapping[str, Any]:
        """By the laws of mass action."""
        found = {}
        for n, site in enumerate(self.sites):
            free = s.coefficients[f"{n}.density"] - sum(s.coverages[f"{n}.{name}"] for name, _, _ in site.entries())
            for name, gain, loss in self._frequencies(n, site, s):
                found[f"{n}.{name}"] = gain * free - loss * s.coverages[f"{n}.{name}"]
        return found

    def settled(self, s: WallState, m: Algebra) -> Mapping[str, Any]:
        """The isotherm: G_i = G_m (gain/loss)_i / (1 + sum (gain/loss)_j)."""
        found: dict[str, Any] = {}
        for n, site in enumerate(self.sites):
            weights = {name: gain / loss for name, gain, loss in self._frequencies(n, site, s)}
            part = s.coefficients[f"{n}.density"] / (1.0 + sum(weights.values()))
            found |= {f"{n}.{name}": part * weight for name, weight in weights.items()}
        return found

    def given(self, s: WallState) -> Mapping[str, Any]:
        """Those with a key `initial`."""
        return {
            f"{n}.{name}": s.coefficients[f"{n}.density"] * s.coefficients[f"{n}.{key}.initial"]
            for n, site in enumerate(self.sites)
            for name, key, rates in site.entries()
            if rates.initial is not None
        }

    def held(self, s: WallState, m: Algebra) -> Mapping[str, Any]:
        """The coverages; the sites without the incoming species hold the outgoing one."""
        found: dict[str, Any] = {}
        for n, site in enumerate(self.sites):
            amounts = {name: s.coverages[f"{n}.{name}"] for name, _, _ in site.entries()}
            if site.exchange is not None:
                amounts[site.exchange.outgoing] = s.coefficients[f"{n}.density"] - amounts[site.exchange.incoming]
            for name, amount in amounts.items():
                found[name] = found[name] + amount if name in found else amount
        return found

    def capacities(self) -> Mapping[str, float]:
        """All sites that can hold the species."""
        found: dict[str, float] = {}
        for site in self.sites:
            for name in site.species:
                found[name] = found.get(name, 0.0) + site.density
        return found

    def _frequencies(self, number: int, site: Sites, s: WallState) -> list[tuple[str, Any, Any]]:
        """Of each coverage the rates (1/s) at which a site is taken and given back."""
        found = []
        for name, key, rates in site.entries():
            start = f"{number}.{key}"
            if isinstance(rates, Exchange):
                k_in, k_out = _pair(s.coefficients, start, ("k_in", "k_out", "selectivity"))
                found.append((name, k_in * s.activity(name), k_out * s.activity(rates.outgoing)))
            else:
                k_on, k_off = _pair(s.coefficients, start, ("k_on", "k_off", "equilibrium_constant"))
                found.append((name, k_on * s.activity(name), k_off))
        return found

    def extreme_charges(self, solution: Solution, course: Course) -> tuple[float, float]:
        """Settled, and with what is given at the start."""
        charges = [self._isolated_charge(solution), self._start_charge(solution)]
        return (min(charges), max(charges))

    def _start_charge(self, solution: Solution) -> float:
        """Charge (C/m^2) of an isolated wall with the coverages that are given at the start."""
        state = self.in_solution(0.0, solution)
        given = self.given(state)
        if not given:
            return self._isolated_charge(solution)
        state = replace(state, coverages={**state.coverages, **given})
        return sum(float(part) for part in (self.charge(state, NUMBERS), self.held_charge(state, NUMBERS)) if part)


def _pair(coefficients: Mapping[str, Any], start: str, names: tuple[str, str, str]) -> tuple[Any, Any]:
    """Forward and backward rate from those two of forward, backward and quotient that are there."""
    forward, backward, quotient = (coefficients.get(f"{start}.{name}") for name in names)
    if forward is None or backward is None:
        assert quotient is not None
        return (quotient * backward, backward) if backward is not None else (forward, forward / quotient)
    return forward, backward
