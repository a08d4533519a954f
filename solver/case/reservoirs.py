"""What the reservoirs at the terminals hold, and the checks of their concentrations."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pydantic import Field, field_validator, model_validator
from typing_extensions import Self

from meshes.quantity import (
    Concentration,
    Current,
    Description,
    FlowRate,
    Pressure,
    Voltage,
    did_you_mean,
    misfit,
)
from solver.case.acidity import check_buffer, check_pH
from solver.case.electrolyte import PH, Electrolyte
from solver.inputs.errors import Key
from solver.laws.properties.mixtures import MassFraction
from solver.laws.walls.exchange import Exchange
from solver.physics.water import HYDROXIDE, PROTON

# Largest net charge of a reservoir, relative to the sum of |valence| times concentration: typing errors are far above
# it, rounding of decimal numbers far below.
NEUTRALITY_TOLERANCE = 1e-9


class Terminal(Description):
    """What is held at one opening. Concentrations: of the salt, or of each species, or the electrolyte's."""

    potential: Voltage = 0.0
    current: Current | None = None
    """Current that enters the device there, held by an outer circuit (galvanostatic); the potential follows."""
    pressure: Pressure = 0.0
    flow_rate: FlowRate | None = None
    """Flow rate into the device that is held instead of a pressure, of the whole device; the pressure follows."""
    concentration: Concentration | None = None
    concentrations: dict[str, Concentration] | None = None
    buffers: dict[str, Concentration] | None = None
    """Total concentrations of buffers of the electrolyte, where they are not those of all terminals."""
    pH: PH | None = None
    """pH of the reservoir. Default: that of the electrolyte; different ones need 'protons: free'."""
    solvent_fraction: MassFraction | None = None
    """Mass fraction of a second solvent, where the electrolyte's properties have one. Default: theirs."""
    trace: dict[str, Concentration] = Field(default={}, examples=["{tracer: 1 nM}"])
    """Concentrations of trace species in the reservoir, by name; of those left out as `electrolyte.trace` says."""
    exchange: dict[str, Exchange] = Field(default={}, examples=["{Na: {rate: 1 fmol/s}}"])
    """Species that the terminal does not hold: it injects them at a given rate, or absorbs them. Their concentrations there
    only say where the computation starts."""

    @field_validator("concentration", mode="before")
    @classmethod
    def _of_a_salt(cls, value: object) -> object:
        if isinstance(value, Mapping):
            raise misfit((), "is one number, of the salt; write 'concentrations' for those of each ion")
        return value

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.current is not None and self.potential != 0.0:
            raise misfit(
                "current", "given together with a potential, which follows from the current; keep one of the two"
            )
        if self.concentration is not None and self.concentrations is not None:
            raise misfit("concentrations", "given together with 'concentration'; keep one of the two")
        if self.flow_rate is not None and self.pressure != 0.0:
            raise misfit("flow_rate", "given together with 'pressure', which follows from it; keep one of the two")
        return self

    def bulk(self, electrolyte: Electrolyte) -> dict[str, float]:
        """Concentration in mol/m^3 of every species in the reservoir."""
        if self.concentrations is not None:
            return electrolyte.titrated(self.concentrations, self.pH, self.solvent_fraction, self.buffers)
        salt = self.concentration if self.concentration is not None else electrolyte.concentration
        if salt is None:
            raise ValueError("no concentration for this terminal")  # refused at validation
        return electrolyte.salt(salt, self.pH, self.solvent_fraction, self.buffers)


def check_reservoir(electrolyte: Electrolyte, name: str, terminal: Terminal) -> None:
    """Raise a misfit (path below the case) when a terminal's concentrations are not those of a neutral solution."""
    species, pH = electrolyte.reservoir_ions, electrolyte.pH if terminal.pH is None else terminal.pH
    path: Key
    _check_pH(electrolyte, name, terminal)
    if terminal.solvent_fraction is not None and electrolyte.properties.solvent is None:
        raise misfit(
            ("terminals", name, "solvent_fraction"),
            "there is no second solvent; write 'electrolyte: {properties: water_glycerol}', or leave it out",
        )
    if terminal.concentrations is not None:
        path = ("terminals", name, "concentrations")
        for ion in terminal.concentrations:
            if ion == electrolyte.properties.solvent:
                raise misfit((*path, ion), "follows from its mass fraction, 'solvent_fraction'; leave it out")
            if ion not in species and ion in electrolyte.species:
                raise misfit((*path, ion), f"{_source_of(electrolyte, ion)}; leave it out")
            if ion not in species:
                raise misfit((*path, ion), f"unknown species; {did_you_mean(ion, species, 'the species are')}")
        for ion in species:
            if ion not in terminal.concentrations:
                raise misfit(path, f"species '{ion}' is missing; write e.g. '{ion}: 1 mM'")
    else:
        path = ("terminals", name, "concentration")
        if terminal.concentration is None:
            path = ("electrolyte", "concentration")
            if electrolyte.concentration is None:
                raise misfit(
                    ("terminals", name),
                    f"no concentration; write terminals.{name}.concentration, e.g. '1 mM',"
                    " or electrolyte.concentration for all terminals",
                )
        _check_salt(electrolyte, path, f"; or write the ions at terminals.{name}.concentrations")
    for ion in terminal.exchange:
        if ion in electrolyte.equilibrating:
            text = "is in equilibrium with other species, and a terminal exchanges none of these; leave it out"
            raise misfit(("terminals", name, "exchange", ion), text)
    for buffer, amount in (terminal.buffers or {}).items():
        below = ("terminals", name, "buffers", buffer)
        if buffer not in electrolyte.buffers:
            close = did_you_mean(buffer, electrolyte.buffers, "there are") if electrolyte.buffers else "there is none"
            raise misfit(below, f"is no buffer of the electrolyte; write it at electrolyte.buffers, too ({close})")
        if amount == 0.0:
            raise misfit(below, "is zero; write a small concentration such as '1 nM'")
    bulk = _solution(lambda: terminal.bulk(electrolyte), path)
    check_bulk(electrolyte, bulk, path)
    _check_buffer(electrolyte, bulk, pH, None if terminal.pH is None else ("terminals", name, "pH"))


def _source_of(electrolyte: Electrolyte, species: str) -> str:
    """Why a case does not give the concentration of a species."""
    if species in electrolyte.dependences.dependents:
        return "follows by an equilibrium from the species in it, whose concentrations are totals with what of them it holds"
    if species in (PROTON, HYDROXIDE):
        return "follows from pH where protons are free"
    return "is a form of a buffer, of which the total is given at 'buffers'"


def _solution(bulk: Callable[[], dict[str, float]], path: Key) -> dict[str, float]:
    """The solution, or a misfit where there is none."""
    try:
        return bulk()
    except ValueError as error:
        raise misfit(path, f"{error}; write other concentrations") from None


def _check_pH(electrolyte: Electrolyte, name: str, terminal: Terminal) -> None:
    """What of a terminal's pH does not fit the electrolyte."""
    path = ("terminals", name, "pH")
    check_pH(terminal.pH, path)
    if electrolyte.protons == "free" and terminal.pH is None and electrolyte.pH is None:
        raise misfit(("electrolyte", "pH"), f"is missing; write e.g. 'pH: 7', or terminals.{name}.pH for each terminal")
    if electrolyte.protons == "buffered" and terminal.pH is not None and terminal.pH != electrolyte.pH:
        if electrolyte.pH is None:
            raise misfit(
                path, "write it as electrolyte.pH; terminals of different pH need 'electrolyte: {protons: free}'"
            )
        raise misfit(
            path,
            f"differs from electrolyte.pH = {electrolyte.pH:g}: a buffer holds one pH everywhere; write"
            " 'electrolyte: {protons: free}', with which H+ and OH- diffuse between terminals of different pH",
        )


def _check_buffer(electrolyte: Electrolyte, bulk: Mapping[str, float], pH: float | None, path: Key | None) -> None:
    if electrolyte.protons == "buffered":
        check_buffer(bulk, electrolyte.valences, pH, path or ("electrolyte", "pH"))


def check_filling(electrolyte: Electrolyte) -> None:
    """The same for the solution that a cell without terminals is filled with."""
    path = ("electrolyte", "concentration")
    if electrolyte.concentration is None:
        raise misfit(path, "is missing; a closed cell has no reservoir that gives one, so write e.g. '1 mM'")
    _check_salt(electrolyte, path, "")
    if electrolyte.protons == "free" and electrolyte.pH is None:
        raise misfit(("electrolyte", "pH"), "is missing; write e.g. 'pH: 7'")
    concentration = electrolyte.concentration
    bulk = _solution(lambda: electrolyte.salt(concentration), path)
    check_bulk(electrolyte, bulk, path)
    _check_buffer(electrolyte, bulk, electrolyte.pH, None)


def _check_salt(electrolyte: Electrolyte, path: Key, alternative: str) -> None:
    if electrolyte.stoichiometry() is None:
        raise misfit(
            path,
            "with more than two species a salt concentration needs the stoichiometry of every species"
            f", e.g. {next(iter(electrolyte.species))}: {{stoichiometry: 1}}{alternative}",
        )


def check_bulk(electrolyte: Electrolyte, bulk: Mapping[str, float], path: Key) -> None:
    """Raise a misfit when concentrations (mol/m^3) are not those of a neutral solution without zeros."""
    valences = {name: species.valence for name, species in electrolyte.species.items()}
    each = path[-1] == "concentrations"
    for name, value in bulk.items():
        if value == 0.0:
            raise misfit(
                (*path, name) if each else path,
                f"the concentration of '{name}' is zero, and the electrochemical potentials solved for contain its"
                " logarithm; write a small one such as '1 nM', or leave the species out",
            )
    net = net_charge(electrolyte, bulk)
    if net == 0.0:
        return
    text = f"net charge {net:+.6g} mol/m^3 (sum of valence times concentration), but a reservoir is neutral"
    if each:
        for name in reversed(list(electrolyte.reservoir_ions)):
            if valences[name] != 0 and (value := bulk[name] - net / valences[name]) > 0.0:
                raise misfit(path, f"{text}; write e.g. '{name}: {value:.12g} mM'")
    raise misfit(path, f"{text}; change the stoichiometry of the species")


def net_charge(electrolyte: Electrolyte, bulk: Mapping[str, float]) -> float:
    """Sum of valence times concentration in mol/m^3; 0 when it is rounding."""
    terms = [species.valence * bulk[name] for name, species in electrolyte.species.items()]
    return 0.0 if abs(sum(terms)) <= NEUTRALITY_TOLERANCE * sum(map(abs, terms)) else sum(terms)
