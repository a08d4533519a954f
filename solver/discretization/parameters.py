"""The values that a problem can be moved along without a new mesh or new forms: one vector with a name for every entry.

Steps of continuation, protocols, sweeps, sensitivities and responses index it by the dotted key of the case, such as
terminals.base.potential; values go in and come out in SI units. Between two vectors one moves along a straight line, on
which concentrations are logarithms, so that they stay positive.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from solver.discretization.boundary import RegionCondition, Solute, TerminalCondition, TraceSolute, WallCondition
from solver.discretization.parameter_names import (
    CHARGING,
    HOLDING,
    MEAN_AREA,
    MEAN_POTENTIAL,
    PERMITTIVITY,
    PH,
    TEMPERATURE,
    VISCOSITY,
    asked_elsewhere,
    coefficients_of,
    concentration_at,
    diffusivity_of,
    filling_of,
    mean_over,
    of_trace,
    region_coefficient,
    trace_at,
    wall_coefficient,
)
from solver.laws.profiles import FACTOR
from solver.physics.constants import VACUUM_PERMITTIVITY
from solver.physics.scales import Scales


def _is_charge(name: str, part: str, key: str) -> bool:
    """Whether a name is that of a value of a charge: regions.fixed_charge where the only region has no name."""
    first, *words = name.split(".")
    return first == part and key in words[:2] and words[-1] != FACTOR


@dataclass(frozen=True)
class Slots:
    """Names of the entries of a vector of parameters, and which of them belong together.

    Attributes:
        names: of all entries.
        terminals, electrodes, species: names of the parts of the device, in their order; floating conductors are among
            the electrodes.
        given: keys of what is held at ports whose potential follows from a state, such as walls.membrane.charge or
            terminals.base.current.
    """

    names: tuple[str, ...]
    terminals: tuple[str, ...]
    electrodes: tuple[str, ...]
    species: tuple[str, ...]
    given: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        names: Iterable[str],
        terminals: Sequence[TerminalCondition],
        walls: Sequence[WallCondition],
        species: Sequence[str],
    ) -> Slots:
        """Those of a set of conditions whose values have these names."""
        metals = [wall for wall in walls if wall.is_port]
        given = [f"terminals.{t.name}.{t.given}" for t in terminals if t.given != "potential"]
        given += [f"walls.{w.name}.{w.given}" for w in metals if w.given != "potential"]
        of_ports = tuple(t.name for t in terminals), tuple(w.name for w in metals)
        return cls(tuple(names), *of_ports, tuple(species), tuple(given))

    @cached_property
    def index(self) -> dict[str, int]:
        """Position of each name."""
        return {name: i for i, name in enumerate(self.names)}

    @cached_property
    def logarithmic(self) -> np.ndarray:
        """Which entries are logarithms. Shape (entries,)."""
        found = np.zeros(len(self.names), dtype=bool)
        found[self.concentrations.ravel()] = True
        if not self.terminals:
            found[self.filling] = True
        return found

    @cached_property
    def _ports(self) -> tuple[str, ...]:
        """Keys of all ports: terminals, then electrodes."""
        return (*(f"terminals.{t}" for t in self.terminals), *(f"walls.{w}" for w in self.electrodes))

    @cached_property
    def potentials(self) -> np.ndarray:
        """Positions of the potentials of all ports: terminals, then electrodes. Shape (ports,)."""
        return self._positions(f"{port}.potential" for port in self._ports)

    @cached_property
    def held(self) -> np.ndarray:
        """Whether the potential of each port is given. Shape (ports,)."""
        floating = {key.rpartition(".")[0] for key in self.given}
        return np.array([port not in floating for port in self._ports], dtype=bool)

    @cached_property
    def floating(self) -> np.ndarray:
        """Positions of what is held at the ports whose potential follows. Shape (floating ports,)."""
        return self._positions(self.given)

    @cached_property
    def currents(self) -> np.ndarray:
        """Positions of the currents that are held. Shape (currents,)."""
        return self._positions(name for name in self.given if name.endswith(".current"))

    @cached_property
    def wall_charges(self) -> np.ndarray:
        """Positions of the given charges of walls per area. Shape (charges,)."""
        return self._positions(name for name in self.names if _is_charge(name, "walls", "surface_charge"))

    @cached_property
    def wall_fluxes(self) -> np.ndarray:
        """Positions of the given fluxes of species from walls and of the potentials of baths behind them. Shape (fluxes,)."""
        ours = [name.split(".") for name in self.names if name.startswith("walls.")]
        drives = [words for words in ours if words[2:3] == ["fluxes"] or words[2:] == ["leak", "potential"]]
        return self._positions(".".join(words) for words in drives)

    @cached_property
    def zeta_potentials(self) -> np.ndarray:
        """Positions of the given zeta potentials of walls. Shape (walls with one,)."""
        return self._positions(n for n in self.names if n.startswith("walls.") and n.endswith(".zeta_potential"))

    @cached_property
    def fixed_charges(self) -> np.ndarray:
        """Positions of the given fixed charges of regions. Shape (charges,)."""
        return self._positions(name for name in self.names if _is_charge(name, "regions", "fixed_charge"))

    @cached_property
    def pressures(self) -> np.ndarray:
        """Positions of the pressures. Shape (terminals,)."""
        return self._positions(f"terminals.{t}.pressure" for t in self.terminals)

    @cached_property
    def flow_rates(self) -> np.ndarray:
        """Positions of the given flow rates. Shape (terminals with one,)."""
        return self._positions(n for n in self.names if n.startswith("terminals.") and n.endswith(".flow_rate"))

    @cached_property
    def found_pressures(self) -> np.ndarray:
        """Positions of the pressures of these terminals: values that follow from a state. Shape (terminals with one,)."""
        return self._positions(f"{self.names[i].removesuffix('.flow_rate')}.pressure" for i in self.flow_rates)

    @cached_property
    def concentrations(self) -> np.ndarray:
        """Positions of the concentrations at the terminals. Shape (terminals, species)."""
        names = [concentration_at(t, s) for t in self.terminals for s in self.species]
        return self._positions(names).reshape(len(self.terminals), len(self.species))

    @cached_property
    def filling(self) -> np.ndarray:
        """Positions of the concentrations that a device without terminals is filled with. Shape (species,)."""
        return self._positions(filling_of(s) for s in self.species)

    def _positions(self, names: Iterable[str]) -> np.ndarray:
        return np.array([self.index[name] for name in names], dtype=int)


@dataclass(frozen=True)
class Parameters:
    """Values of all parameters of a problem.

    Attributes:
        slots: their names.
        values: SI; of concentrations the logarithm (nan where a terminal leaves a species free). Shape (entries,).
        profiles: V, equilibrium profile of each terminal at its local nodes.
        reference: scales of the problem; temperature, permittivity and viscosity are those of the values.
    """

    slots: Slots
    values: np.ndarray
    profiles: tuple[np.ndarray, ...]
    reference: Scales

    def __getitem__(self, name: str) -> float:
        i = self.slots.index[name]
        return float(np.exp(self.values[i]) if self.slots.logarithmic[i] else self.values[i])

    def of_law(self, wall: str, key: str) -> dict[str, float]:
        """Coefficients of a law of a wall, by what they are called below its key."""
        return {own: self[name] for own, name in coefficients_of(wall, key, self.slots.names).items()}

    def with_values(self, values: Mapping[str, float]) -> Parameters:
        """The same with other SI values of some entries."""
        found = self.values.copy()
        for name, value in values.items():
            i = self.slots.index[name]
            found[i] = np.log(value) if self.slots.logarithmic[i] else value
        return replace(self, values=found)

    @cached_property
    def scales(self) -> Scales:
        """SI units of the dimensionless numbers at these values."""
        return replace(
            self.reference,
            temperature=self[TEMPERATURE],
            permittivity=self[PERMITTIVITY] * VACUUM_PERMITTIVITY,
            viscosity=self[VISCOSITY],
        )

    @property
    def potentials(self) -> np.ndarray:
        """Potential of each port in thermal voltages. Shape (ports,)."""
        return self.values[self.slots.potentials] / self.scales.potential

    @property
    def floating_given(self) -> np.ndarray:
        """What is held at each port whose potential follows: a charge as a flux of the dimensionless field, or a current as a
        molar rate. Shape (floating ports,)."""
        units = [
            self.scales.current if name.endswith(".current") else self.scales.electric_flux for name in self.slots.given
        ]
        return self.values[self.slots.floating] / np.array(units)

    @property
    def pressures(self) -> np.ndarray:
        """Dimensionless pressure of each terminal. Shape (terminals,)."""
        return self.values[self.slots.pressures] / self.scales.pressure

    @property
    def flow_rates(self) -> np.ndarray:
        """Dimensionless given flow rates into the device. Shape (terminals with one,)."""
        return self.values[self.slots.flow_rates] / self.scales.flow_rate

    def with_pressures_of(self, other: Parameters) -> Parameters:
        """The same with the pressures that others have where flow rates are held."""
        values, places = self.values.copy(), self.slots.found_pressures
        values[places] = other.values[places]
        return replace(self, values=values)

    @property
    def concentrations(self) -> np.ndarray:
        """Concentration of each species in the reservoirs, in units of the scale; nan where it is free. Shape (terminals,
        species)."""
        return np.exp(self._log_concentrations)

    @property
    def filling(self) -> np.ndarray:
        """Concentration of each species that a device without terminals is filled with, in units of the scale. Shape
        (species,)."""
        return np.exp(self.values[self.slots.filling] - np.log(self.reference.concentration))

    @property
    def _log_concentrations(self) -> np.ndarray:
        return self.values[self.slots.concentrations] - np.log(self.reference.concentration)

    # ------------------------------------------------------------------ ways from one to another
    def towards(self, other: Parameters, fraction: float) -> Parameters:
        """The values at a fraction of the straight line from these to others."""

        def mix(a: np.ndarray, b: np.ndarray) -> np.ndarray:
            return a + fraction * (b - a)

        profiles = tuple(mix(a, b) for a, b in zip(self.profiles, other.profiles, strict=True))
        return replace(self, values=mix(self.values, other.values), profiles=profiles)

    def distance(self, other: Parameters) -> float:
        """Largest change of a potential (thermal voltages) or of the logarithm of a concentration at a terminal."""
        changes = [
            (other.potentials - self.potentials)[self.slots.held],
            (other._log_concentrations - self._log_concentrations).ravel(),
        ]
        return float(np.nanmax(np.abs(np.concatenate(changes)), initial=0.0))

    def charging(self, other: Parameters) -> float:
        """Largest change of the potential (thermal voltages) that a charge of a wall or a region holds in equilibrium with a
        1:1 salt of the reference concentration: Grahame's and Donnan's."""
        scales = self.scales
        walls, regions = self.slots.wall_charges, self.slots.fixed_charges
        grahame = scales.surface_charge * np.sqrt(8.0 * scales.charge_coupling)

        def potentials(values: np.ndarray) -> np.ndarray:
            of_regions = np.arcsinh(values[regions] / (2.0 * scales.concentration))
            zeta = values[self.slots.zeta_potentials] / scales.potential
            return np.concatenate([2.0 * np.arcsinh(values[walls] / grahame), of_regions, zeta])

        return float(np.abs(potentials(other.values) - potentials(self.values)).max(initial=0.0))

    def span(self) -> float:
        """Largest difference between ports of potential, pressure or logarithm of a concentration, dimensionless; 1 at
        rest."""
        groups = [self.potentials[self.slots.held], self.pressures, *self._log_concentrations.T]
        found = max(float(np.nanmax(g) - np.nanmin(g)) if np.isfinite(g).any() else 0.0 for g in groups)
        return found or 1.0

    def at_rest(self) -> Parameters:
        """The same device without any voltage, current, pressure, given flow rate or flux."""
        values = self.values.copy()
        values[self.slots.potentials] = 0.0
        values[self.slots.currents] = 0.0
        values[self.slots.pressures] = 0.0
        values[self.slots.flow_rates] = 0.0
        values[self.slots.wall_fluxes] = 0.0
        return replace(self, values=values)

    def mixed(self) -> Parameters:
        """The same device with the mean concentrations in all reservoirs."""
        values, places = self.values.copy(), self.slots.concentrations
        if not len(places):
            return self
        given = np.exp(values[places])
        mean = np.nansum(given, axis=0) / np.maximum(np.isfinite(given).sum(axis=0), 1)
        values[places] = np.where(np.isfinite(given), np.log(mean), np.nan)
        return replace(self, values=values)

    def uncharged(self) -> Parameters:
        """The same device without charge on its walls and conductors and in its regions."""
        profiles = tuple(0 * profile for profile in self.profiles)
        values = {CHARGING: 0.0} | {name: 0.0 for name in self.slots.given if name.endswith(".charge")}
        return replace(self.with_values(values), profiles=profiles)


def named_values(
    terminals: Sequence[TerminalCondition],
    walls: Sequence[WallCondition],
    solutes: Sequence[Solute],
    scales: Scales,
    filling: Sequence[float] = (),
    regions: Sequence[RegionCondition] = (),
    traces: Sequence[TraceSolute] = (),
) -> dict[str, float]:
    """SI values of all parameters of a set of conditions by name (nan: a terminal leaves a species free).

    filling: mol/m^3 of each species in a device without terminals.
    regions: materials whose coefficients are parameters. traces: trace species.
    """
    relative_permittivity = scales.permittivity / VACUUM_PERMITTIVITY
    found = {
        TEMPERATURE: scales.temperature,
        PERMITTIVITY: relative_permittivity,
        VISCOSITY: scales.viscosity,
        CHARGING: 1.0,
    }
    found |= {diffusivity_of(solute.name): solute.diffusivity for solute in solutes}
    for terminal in terminals:
        found[f"terminals.{terminal.name}.potential"] = terminal.potential
        found[f"terminals.{terminal.name}.pressure"] = terminal.pressure
        if terminal.current is not None:
            found[f"terminals.{terminal.name}.current"] = terminal.current
        if terminal.flow_rate is not None:
            found[f"terminals.{terminal.name}.flow_rate"] = terminal.flow_rate
        for solute, concentration in zip(solutes, terminal.concentrations, strict=True):
            held = np.nan if concentration is None else concentration
            found[concentration_at(terminal.name, solute.name)] = held
    if not terminals:
        found |= {filling_of(solute.name): value for solute, value in zip(solutes, filling, strict=True)}
    if any(law.coverages for wall in walls for law in wall.laws):
        found[HOLDING] = 0.0
    for wall in (*walls, *(passing for terminal in terminals if (passing := terminal.passing))):
        if wall.pH is not None:
            found[PH] = wall.pH
        for law in wall.laws:
            for name, value in law.coefficients(relative_permittivity).items():
                found[wall_coefficient(wall.name, law.key, name)] = value
        if wall.is_port and wall.given != "potential":
            found[f"walls.{wall.name}.potential"] = 0.0  # until it follows from a state
    for k, trace in enumerate(traces):
        found |= {of_trace(trace.name, key): getattr(trace, key) for key in ("valence", "diffusivity")}
        found |= {trace_at(terminal.name, trace.name): terminal.traces[k] for terminal in terminals}
    for name, species in asked_elsewhere(walls).items():
        found[mean_over(name, MEAN_AREA)] = 1.0  # until they follow from a state
        found |= {mean_over(name, what): 0.0 for what in (MEAN_POTENTIAL, *species)}
    for region in regions:
        found |= {region_coefficient(region.name, key): value for key, value in region.law.coefficients().items()}
    return found
