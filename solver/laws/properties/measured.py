"""Properties from tables of measured values (`solver.physics.salts`), of single salts and by a mixing rule.

A table is of one salt. In a mixture it is taken at the ionic strength of the mixture (so that all salts see the same
screening), and counts by equivalent fractions: the conductivity of an ion is the mean over its counter-ions, by their
fractions of the charge, of that in the salt of both; the logarithm of the viscosity and the inverse permittivity are
means over all pairs of a cation and an anion. One salt has exactly the values of its table. Pairs without a table are
left out of a mean.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

from solver.laws.algebra import Algebra
from solver.laws.properties.base import LiquidProperties, Local
from solver.physics.ions import ION_TABLE
from solver.physics.salts.conductivity import CONDUCTIVITIES
from solver.physics.salts.fits import SAME_TEMPERATURE, TEMPERATURE, Pair
from solver.physics.salts.permittivity import PERMITTIVITIES
from solver.physics.salts.transference import TRANSFERENCE
from solver.physics.salts.viscosity import VISCOSITIES

Choice = Literal["measured", "constant"]


class Measured(LiquidProperties):
    """Values of measurements at 25 C that depend on the concentration, from tables of salts."""

    type: Literal["measured"] = "measured"
    diffusivities: Choice = "measured"
    """From molar conductivities and transference numbers."""
    viscosity: Choice = "measured"
    """From tables of salts, times the viscosity of the electrolyte."""
    permittivity: Choice = "measured"
    """From tables of salts, times the permittivity of the electrolyte."""

    @property
    def _tables(self) -> dict[str, Mapping[Pair, Any]]:
        """The tables that are used, by the keys."""
        every: dict[str, Mapping[Pair, Any]] = {
            "diffusivities": CONDUCTIVITIES, "viscosity": VISCOSITIES, "permittivity": PERMITTIVITIES
        }  # fmt: skip
        return {key: tables for key, tables in every.items() if getattr(self, key) == "measured"}

    def diffusivity_factor(self, species: str, local: Local, m: Algebra) -> Any | None:
        """Conductivity of the ion over that at infinite dilution."""
        pairs = [pair for pair in _pairs(local.concentrations, CONDUCTIVITIES) if species in pair]
        if self.diffusivities == "constant" or not pairs:
            return None
        strength = _strength(local.concentrations)
        others = [pair[1 - pair.index(species)] for pair in pairs]
        factors = [_ion_factor(pair, species, _equivalents(pair, strength), m) for pair in pairs]
        return _mean(factors, [_charge(other) * local.concentrations[other] for other in others])

    def viscosity_factor(self, local: Local, m: Algebra) -> Any | None:
        """exp of the mean of ln(eta / eta_0)."""
        found = None if self.viscosity == "constant" else self._over_pairs(local, VISCOSITIES, "logarithm", m)
        return None if found is None else m.exp(found)

    def permittivity_factor(self, local: Local, m: Algebra) -> Any | None:
        """1 / (1 + the mean of eps_0 / eps - 1)."""
        found = None if self.permittivity == "constant" else self._over_pairs(local, PERMITTIVITIES, "excess", m)
        return None if found is None else 1.0 / (1.0 + found)

    def _over_pairs(self, local: Local, tables: Mapping[Pair, Any], formula: str, m: Algebra) -> Any | None:
        """Mean of a formula of the tables over pairs of ions, weighted by both equivalent fractions."""
        c, pairs = local.concentrations, _pairs(local.concentrations, tables)
        if not pairs:
            return None
        strength = _strength(c)
        values = [getattr(tables[pair], formula)(_equivalents(pair, strength), m) for pair in pairs]
        return _mean(values, [_charge(a) * c[a] * _charge(b) * c[b] for a, b in pairs])

    def objection(self, valences: Mapping[str, int], temperature: float) -> str | None:
        """Another temperature, ions that no table knows, or salts without a table."""
        if abs(temperature - TEMPERATURE) > SAME_TEMPERATURE:
            return (
                f"measured values are of {TEMPERATURE:g} K, and the electrolyte has {temperature:g} K; write 'constant', and"
                " diffusivities and a viscosity of that temperature"
            )
        for name, valence in valences.items():
            if (valence or name in ION_TABLE) and (name not in ION_TABLE or ION_TABLE[name].valence != valence):
                return f"there are no measured values of {name!r} with a valence of {valence}; write 'constant'"
        for key, tables in self._tables.items():
            if not _pairs(valences, tables):
                known = ", ".join("-".join(pair) for pair in tables)
                return (
                    f"no measured {key} of a salt of these ions; write '{key}: constant' (there are tables of {known})"
                )
        return None

    @property
    def has_tables(self) -> bool:
        """Unless nothing is measured."""
        return bool(self._tables)

    def beyond(self, concentrations: Mapping[str, float]) -> str | None:
        """A table of conductivities or viscosities that ends below the ionic strength of the solution."""
        for key, pair, wanted, end in self._ended(concentrations):
            if key != "permittivity":
                return (
                    f"the measured {key} of {'-'.join(pair)} end at {end / 1e3:.4g} mol/L of charge, and a solution has"
                    f" {wanted / 1e3:.4g} mol/L; write 'properties: {{type: measured, {key}: constant}}'"
                )
        return None

    def cautions(self, concentrations: Mapping[str, float]) -> tuple[str, ...]:
        """Permittivities beyond their table, and ions of which no table knows the conductivity, or the part in the rest."""
        found = [
            f"the measured permittivities of {'-'.join(pair)} end at {end / 1e3:.4g} mol/L of charge; at"
            f" {wanted / 1e3:.4g} mol/L the last one is taken"
            for key, pair, wanted, end in self._ended(concentrations)
            if key == "permittivity"
        ]
        known = {name for pair in _pairs(concentrations, CONDUCTIVITIES) for name in pair}
        for name in concentrations if self.diffusivities == "measured" else ():
            if name in ION_TABLE and name not in known:
                found.append(
                    f"no measured conductivity of {name} in this solution; it keeps its diffusivity at infinite dilution"
                )
        least = _least(concentrations)
        for key, tables in self._tables.items():
            if key == "diffusivities":
                continue
            among = {name for pair in _pairs(concentrations, tables) for name in pair}
            found += [
                f"no measured {key} of a salt of {name} in this solution; it counts as the other salts do at the same ionic"
                " strength"
                for name, c in concentrations.items()
                if name in ION_TABLE and name not in among and _charge(name) * c > least
            ]
        return tuple(found)

    def _ended(self, concentrations: Mapping[str, float]) -> Iterator[tuple[str, Pair, float, float]]:
        """Keys and salts whose tables end below the solution, with the equivalent concentrations (mol/m^3) wanted and
        last."""
        strength = _strength(concentrations)
        least = _least(concentrations)
        for key, tables in self._tables.items():
            for pair in _pairs(concentrations, tables):
                wanted, end = _equivalents(pair, strength), tables[pair].end
                if wanted > end * (1.0 + 1e-9) and min(_charge(name) * concentrations[name] for name in pair) > least:
                    yield key, pair, wanted, end


TRACE = 1e-3
"""Part of the charge of the most concentrated ion below which an ion's salts need no table that reaches so far."""


def _charge(name: str) -> int:
    return abs(ION_TABLE[name].valence)


def _least(concentrations: Mapping[str, float]) -> float:
    """Charge (mol/m^3) of an ion up to which it is a trace."""
    return TRACE * max(_charge(name) * c for name, c in concentrations.items() if name in ION_TABLE)


def _pairs(names: Iterable[str], tables: Mapping[Pair, Any]) -> list[Pair]:
    """Cation and anion of the species that have a table."""
    among = set(names)
    return [pair for pair in tables if among.issuperset(pair)]


def _strength(concentrations: Mapping[str, Any]) -> Any:
    """sum z^2 c / 2 of the ions, mol/m^3."""
    return 0.5 * sum(_charge(name) ** 2 * c for name, c in concentrations.items() if name in ION_TABLE)


def _equivalents(pair: Pair, strength: Any) -> Any:
    """Equivalent concentration (mol/m^3) of a salt alone at an ionic strength."""
    return strength * (2.0 / sum(map(_charge, pair)))


def _ion_factor(pair: Pair, species: str, equivalents: Any, m: Algebra) -> Any:
    """Conductivity of an ion in a salt over that at infinite dilution."""
    salt = CONDUCTIVITIES[pair]
    found = salt.molar_conductivity(equivalents, m) / salt.at_infinite_dilution
    if pair not in TRANSFERENCE:
        return found
    numbers = TRANSFERENCE[pair]
    share, limit = numbers.of_cation(equivalents, m), numbers.at_infinite_dilution
    return found * (share / limit if species == pair[0] else (1.0 - share) / (1.0 - limit))


def _mean(values: Sequence[Any], weights: Sequence[Any]) -> Any:
    """Weighted mean; the value itself where there is one."""
    if len(values) == 1:
        return values[0]
    return sum(w * v for w, v in zip(weights, values, strict=True)) / sum(weights)
