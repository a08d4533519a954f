"""Walls whose charge follows from pH and ions that bind: sites in equilibrium with the liquid."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BeforeValidator

from meshes.quantity import did_you_mean, misfit
from meshes.quoting import quoted
from solver.inputs.choices import OrWord
from solver.laws.algebra import Algebra
from solver.laws.walls.base import WallLaw, WallState
from solver.laws.walls.site_types import Site, fractions
from solver.laws.walls.stern import Stern
from solver.laws.walls.surfaces import SITES, SURFACES
from solver.laws.walls.zero_plane import bisections, newton_steps, several_states, two_state
from solver.physics.constants import AVOGADRO, ELEMENTARY_CHARGE
from solver.physics.solution import Solution
from solver.physics.water import HYDROXIDE, PROTON

COLDEST_VOLTAGE = 0.02
"""V: thermal voltage below which no liquid is (232 K); it bounds the steepness of a wall."""

LEAST_PERMITTIVITY = 10.0
"""Of a solvent in which salts are ions; it bounds the capacitance of a Stern layer of solvent."""


MOST_TYPES = 10
"""Types of sites on one wall."""


def _sites_of_surfaces(value: Any) -> Any:
    """A list of sites for the name of a surface, or of one type of sites."""
    if isinstance(value, (list, tuple)) and 1 <= len(value) <= MOST_TYPES:
        return value
    if not isinstance(value, str):
        raise misfit(
            (),
            f"{quoted(value)} is no list of 1 to {MOST_TYPES} types of sites; write the name of a surface such as 'silica',"
            " or e.g. '[{site: silanol, density: 8 /nm^2}]'",
        )
    if value in SURFACES:
        return [{"site": name} for name in SURFACES[value]]
    if value in SITES:
        return [{"site": value}]
    known = dict.fromkeys([*SURFACES, *SITES])
    raise misfit((), f"unknown surface {quoted(value)}; {did_you_mean(value, known, 'the surfaces are')}")


def _of_different_names(sites: tuple[Site, ...]) -> tuple[Site, ...]:
    names = [site.site for site in sites]
    for k, name in enumerate(names):
        if name in names[:k]:
            raise misfit((k, "site"), f"{quoted(name)} is there twice; give every type of sites a name of its own")
    return sites


Groups = Annotated[
    tuple[Site, ...],
    BeforeValidator(_sites_of_surfaces),
    AfterValidator(_of_different_names),
    OrWord(tuple(dict.fromkeys([*SURFACES, *SITES]))),
]


class Regulation(WallLaw):
    """Sites that give and take ions: sigma = e sum_k Gamma_k sum_s q_s f_s with the fractions f_s of the states of each type
    at the potential psi_0 of the sites, which is that of the liquid at the wall, or psi_0 = psi_d + sigma / C behind a Stern
    layer (Healy and White, Adv. Colloid Interface Sci. 9, 303 (1978))."""

    key: ClassVar[str] = "groups"
    annotation: ClassVar[Any] = Groups | None
    meaning: ClassVar[str] = (
        "Types of sites that bind ions, from which the charge follows; or the name of a surface of the table."
    )

    def __init__(self, sites: tuple[Site, ...], stern: Stern | None = None) -> None:
        self.sites, self.stern = sites, stern

    @classmethod
    def of(cls, wall: Mapping[str, Any]) -> Regulation | None:
        """None for a wall without sites."""
        return None if wall.get(cls.key) is None else cls(wall[cls.key], wall.get("stern"))

    def coefficients(self, relative_permittivity: float) -> dict[str, float]:
        """Density of each type of sites (1/m^2), pK of each bound state."""
        found = {}
        for k, site in enumerate(self.sites):
            found[f"{k}.density"] = site.density
            found |= {f"{k}.binds.{i}.pK": state.pK for i, state in enumerate(site.binds)}
        return found

    def stern_capacitance(self, relative_permittivity: float) -> float | None:
        """That of the wall's Stern layer."""
        return None if self.stern is None else self.stern.per_area(relative_permittivity)

    @property
    def structure(self) -> object:
        """Charges and states of the sites, and how steep the wall is."""
        sites = tuple((site.charge, tuple(tuple(state.ions.items()) for state in site.binds)) for site in self.sites)
        return (self.key, sites, self.stern is not None, self._doublings)

    @property
    def _doublings(self) -> int:
        """Binary logarithm of a bound on e Gamma / (C V_T)."""
        capacitance = self.stern_capacitance(LEAST_PERMITTIVITY)
        if capacitance is None:
            return 0
        densest = ELEMENTARY_CHARGE * sum(site.density for site in self.sites)
        return math.ceil(math.log2(densest / (capacitance * COLDEST_VOLTAGE)))

    def objection(self, solution: Solution) -> str | None:
        """An ion that is bound and not there; no pH where protons are bound."""
        implied = () if solution.pH is None else (PROTON, HYDROXIDE)
        known = dict.fromkeys([*solution.names, *implied])
        for site in self.sites:
            for ion in (ion for state in site.binds for ion in state.ions if ion not in known):
                if ion in (PROTON, HYDROXIDE):
                    return f"'{site.site}' binds {ion}, but the solution has no pH; write e.g. 'electrolyte: {{pH: 7}}'"
                close = did_you_mean(ion, known, "the species are")
                return (
                    f"'{site.site}' binds {quoted(ion)}, which is no species of the electrolyte ({close}); add it to"
                    " electrolyte.species, or write the 'binds' of these sites without it"
                )
        return None

    def charge(self, s: WallState, m: Algebra) -> Any:
        """The law, C/m^2."""
        found, _ = self._charge(s, self.zero_plane(s, m), m)
        return found

    def unsolved(self, s: WallState, m: Algebra) -> Any | None:
        """psi_0 - psi_d - sigma / C in thermal voltages."""
        if s.stern_capacitance is None:
            return None
        y = self.zero_plane(s, m)
        found, _ = self._charge(s, y, m)
        return y - (s.potential + found / s.stern_capacitance) / s.thermal_voltage

    def fractions(self, s: WallState, m: Algebra) -> dict[str, Any]:
        """Part of each type of sites in each of its states, by `site_state`."""
        y = self.zero_plane(s, m)
        return {
            f"{site.site}_{state}": part
            for k, site in enumerate(self.sites)
            for state, part in zip(site.states, self._fractions(k, s, y, m), strict=True)
        }

    def bound(self, s: WallState, m: Algebra) -> dict[str, Any]:
        """mol/m^2 of each ion on the sites; protons of a buffered liquid, which the buffer gives and takes, included."""
        y, found = self.zero_plane(s, m), dict[str, Any]()
        for k, site in enumerate(self.sites):
            per_area = s.coefficients[f"{k}.density"] / AVOGADRO
            for state, part in zip(site.binds, self._fractions(k, s, y, m)[1:], strict=True):
                for ion, count in state.ions.items():
                    found[ion] = found.get(ion, 0.0) + count * per_area * part
        return found

    def zero_plane(self, s: WallState, m: Algebra) -> Any:
        """Potential of the sites in thermal voltages."""
        if self.key not in s.known:
            s.known[self.key] = self._solved(s, m)
        return s.known[self.key]

    def _solved(self, s: WallState, m: Algebra) -> Any:
        y = s.potential / s.thermal_voltage
        if s.stern_capacitance is None:
            return y
        unit, most = s.stern_capacitance * s.thermal_voltage, 2.0**self._doublings
        charges = [site.charges(s.valences) for site in self.sites]
        full = [self._full(k, s) / unit for k in range(len(self.sites))]
        if len(charges) == 1 and len(charges[0]) == 2 and (step := charges[0][1] - charges[0][0]):
            return self._of_two_states(s, y, full[0], charges[0][0], step, newton_steps(most * step * step), m)
        low, high = (sum(a * edge(q) for a, q in zip(full, charges, strict=True)) for edge in (min, max))
        spans = [max(q) - min(q) for q in charges]

        def over_unit(x: Any) -> tuple[Any, Any]:
            found, slope = self._charge(s, x, m)
            return found / unit, slope / unit

        return several_states(y, low, high, over_unit, bisections(most * max(spans), max(spans)), m)

    def _of_two_states(self, s: WallState, y: Any, full: Any, bare: int, step: int, steps: int, m: Algebra) -> Any:
        """One type of sites with one bound state: with t the logarithm of its weight at zero potential, and `full` the
        charge of a full layer of elementary charges over C V_T, x + A / (1 + exp(-x)) = b holds for x = |step| psi_0 -+ t."""
        (state,) = self.sites[0].binds
        t = s.coefficients["0.binds.0.pK"] * math.log(10.0) + sum(
            n * s.potentials[ion] for ion, n in state.ions.items()
        )
        size, least = abs(step), min(bare, bare + step)
        offset = t if step > 0 else -t
        top = full * (least + size)  # at x -> -inf
        x = two_state(full * size * size, size * (y + top) - offset, steps, m)
        return (x + offset) / size

    def _full(self, k: int, s: WallState) -> Any:
        """C/m^2 of one elementary charge on each site of a type."""
        return ELEMENTARY_CHARGE * s.coefficients[f"{k}.density"]

    def _fractions(self, k: int, s: WallState, y: Any, m: Algebra) -> list[Any]:
        site = self.sites[k]
        pKs = [s.coefficients[f"{k}.binds.{i}.pK"] for i in range(len(site.binds))]
        return fractions(site, pKs, s.potentials, s.valences, y, m)

    def _charge(self, s: WallState, y: Any, m: Algebra) -> tuple[Any, Any]:
        """Charge (C/m^2) with the sites at a potential, and its derivative by that (thermal voltages): minus the variance of
        the charges of the states."""
        total: Any = 0.0
        slope: Any = 0.0
        for k, site in enumerate(self.sites):
            parts, charges = self._fractions(k, s, y, m), site.charges(s.valences)
            mean = sum(part * q for part, q in zip(parts, charges, strict=True))
            square = sum(part * q * q for part, q in zip(parts, charges, strict=True))
            total = total + self._full(k, s) * mean
            slope = slope - self._full(k, s) * (square - mean * mean)
        return total, slope
