"""What the reservoirs at the terminals hold, and the checks of their concentrations."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import model_validator
from typing_extensions import Self

from meshes.quantity import (
    Concentration,
    Description,
    FlowRate,
    Pressure,
    Voltage,
    did_you_mean,
    misfit,
)
from solver.case.electrolyte import Electrolyte
from solver.inputs.errors import Key

# Largest net charge of a reservoir, relative to the sum of |valence| times concentration: typing errors are far above
# it, rounding of decimal numbers far below.
NEUTRALITY_TOLERANCE = 1e-9


class Terminal(Description):
    """What is held at one opening. Concentrations: of the salt, or of each species, or the electrolyte's."""

    potential: Voltage = 0.0
    pressure: Pressure = 0.0
    flow_rate: FlowRate | None = None
    """Flow rate into the device that is held instead of a pressure, of the whole device; the pressure follows."""
    concentration: Concentration | None = None
    concentrations: dict[str, Concentration] | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.concentration is not None and self.concentrations is not None:
            raise misfit("concentrations", "given together with 'concentration'; keep one of the two")
        if self.flow_rate is not None and self.pressure != 0.0:
            raise misfit("flow_rate", "given together with 'pressure', which follows from it; keep one of the two")
        return self

    def bulk(self, electrolyte: Electrolyte) -> dict[str, float]:
        """Concentration in mol/m^3 of every species in the reservoir."""
        if self.concentrations is not None:
            return {name: self.concentrations[name] for name in electrolyte.species}
        salt = self.concentration if self.concentration is not None else electrolyte.concentration
        if salt is None:
            raise ValueError("no concentration for this terminal")  # refused at validation
        return electrolyte.salt(salt)


def check_reservoir(electrolyte: Electrolyte, name: str, terminal: Terminal) -> None:
    """Raise a misfit (path below the case) when a terminal's concentrations are not those of a neutral solution."""
    species = electrolyte.species
    path: Key
    if terminal.concentrations is not None:
        path = ("terminals", name, "concentrations")
        for ion in terminal.concentrations:
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
        _check_salt(electrolyte, path, f"; or write terminals.{name}.concentrations")
    check_bulk(electrolyte, terminal.bulk(electrolyte), path)


def check_filling(electrolyte: Electrolyte) -> None:
    """The same for the solution that a cell without terminals is filled with."""
    path = ("electrolyte", "concentration")
    if electrolyte.concentration is None:
        raise misfit(path, "is missing; a closed cell has no reservoir that gives one, so write e.g. '1 mM'")
    _check_salt(electrolyte, path, "")
    check_bulk(electrolyte, electrolyte.salt(electrolyte.concentration), path)


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
        for name in reversed(list(bulk)):
            if valences[name] != 0 and (value := bulk[name] - net / valences[name]) > 0.0:
                raise misfit(path, f"{text}; write e.g. '{name}: {value:.12g} mM'")
    raise misfit(path, f"{text}; change the stoichiometry of the species")


def net_charge(electrolyte: Electrolyte, bulk: Mapping[str, float]) -> float:
    """Sum of valence times concentration in mol/m^3; 0 when it is rounding."""
    terms = [species.valence * bulk[name] for name, species in electrolyte.species.items()]
    return 0.0 if abs(sum(terms)) <= NEUTRALITY_TOLERANCE * sum(map(abs, terms)) else sum(terms)
