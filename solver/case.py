"""The frozen, strict schema of case.yaml. Values are SI floats; every name a case can use is defined here.

    Case
      geometry      meshes.geometry
      electrolyte   Electrolyte: temperature, permittivity, viscosity, species
      terminals     name -> Terminal: potential, pressure, concentrations of the reservoir
      walls         name -> Wall: surface charge, slip length
      mesh          MeshControl
      study         Steady | Sweep
      outputs       Outputs
      solver        SolverControl

A Case is complete once made: terminals and walls that the file leaves out are present with their defaults, ions of
the table have their valence and diffusivity, swept values are in SI units. `solver.loading.load_case` reads one from a
file.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import (
    Field,
    PrivateAttr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from typing_extensions import Self

from meshes.geometry import Geometry
from meshes.quantity import (
    Concentration,
    Description,
    Diffusivity,
    NonNegativeLength,
    PositiveNumber,
    Pressure,
    Temperature,
    Unit,
    Viscosity,
    Voltage,
    did_you_mean,
    misfit,
)
from solver.charge import Array, ExpressionCharge, PiecewiseCharge, SurfaceCharge
from solver.control import MeshControl, MeshSize, Outputs, SolverControl, Steady, Study, Sweep, SweepAxis
from solver.errors import CaseError, Key, dotted, explain
from solver.keys import numeric_key, replace, step_from, value_at
from solver.physics import ION_TABLE, Solution

__all__ = [
    "Case",
    "CaseError",
    "Electrolyte",
    "ExpressionCharge",
    "MeshControl",
    "MeshSize",
    "Outputs",
    "PiecewiseCharge",
    "SolverControl",
    "Species",
    "Steady",
    "Sweep",
    "Terminal",
    "Wall",
]

# Parts of numeric keys that change the system itself, so that there is no derivative by them.
FIXED = {"mesh", "study", "outputs", "solver", "valence", "stoichiometry", "slip_length", "breaks"}

# Largest net charge of a reservoir, relative to the sum of |valence| times concentration: typing errors are far above
# it, rounding of decimal numbers far below.
NEUTRALITY_TOLERANCE = 1e-9


class Species(Description):
    """One ion (or neutral solute). For names of the ion table every key has a default."""

    valence: int = Field(ge=-8, le=8)
    diffusivity: Diffusivity
    stoichiometry: int | None = Field(default=None, ge=0)
    """Ions per formula unit of the salt; for two species it follows from the valences."""


class Electrolyte(Description):
    """The solvent and its species."""

    temperature: Temperature = 298.15
    relative_permittivity: PositiveNumber = 78.5
    viscosity: Viscosity = 0.89e-3
    species: dict[str, Species] = Field(examples=["{K: {}, Cl: {}}"])
    concentration: Concentration | None = None
    """Salt concentration in mol/m^3 of every terminal that does not give its own."""

    @field_validator("species", mode="before")
    @classmethod
    def _fill_from_the_table(cls, data: Any) -> Any:
        if not isinstance(data, Mapping):
            raise misfit((), f"{data!r} is not a mapping; write e.g. 'species: {{K: {{}}, Cl: {{}}}}'")
        return {name: _with_table_values(str(name), given) for name, given in data.items()}

    @model_validator(mode="after")
    def _can_be_neutral(self) -> Self:
        valences = [species.valence for species in self.species.values()]
        if not (any(z > 0 for z in valences) and any(z < 0 for z in valences)):
            raise misfit(
                "species", "needs at least one cation and one anion to be neutral; add e.g. 'K: {}' or 'Cl: {}'"
            )
        return self

    def stoichiometry(self) -> dict[str, int] | None:
        """Ions per formula unit of the salt; None when it is neither given for all nor follows from two valences."""
        given = {name: species.stoichiometry for name, species in self.species.items()}
        if all(count is not None for count in given.values()):
            return {name: count for name, count in given.items() if count is not None}
        if len(given) == 2:
            (first, a), (second, b) = ((name, abs(species.valence)) for name, species in self.species.items())
            divisor = math.gcd(a, b)
            return {first: b // divisor, second: a // divisor}
        return None


def _with_table_values(name: str, given: Any) -> Any:
    given = {} if given is None else given
    if not isinstance(given, Mapping):
        return given
    data = {key: value for key, value in given.items() if value is not None}
    missing = [key for key in ("valence", "diffusivity") if key not in data]
    ion = ION_TABLE.get(name)
    if ion is None and missing:
        close = did_you_mean(name, ION_TABLE, "it knows")
        raise misfit((name,), f"'{name}' is not in the ion table, so write its {' and '.join(missing)} (or {close})")
    if ion is not None:
        if data.get("valence", ion.valence) != ion.valence and "diffusivity" in missing:
            raise misfit(
                (name, "valence"), f"the ion table has valence {ion.valence}; for another one write a diffusivity"
            )
        data = {"valence": ion.valence, "diffusivity": ion.diffusivity, **data}
    return data


class Terminal(Description):
    """What is held at one opening. Concentrations: of the salt, or of each species, or the electrolyte's."""

    potential: Voltage = 0.0
    pressure: Pressure = 0.0
    concentration: Concentration | None = None
    concentrations: dict[str, Concentration] | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.concentration is not None and self.concentrations is not None:
            raise misfit("concentrations", "given together with 'concentration'; keep one of the two")
        return self


class Wall(Description):
    """A solid boundary."""

    surface_charge: SurfaceCharge = 0.0
    slip_length: NonNegativeLength = 0.0
    """Navier slip length in metres; 0 is no slip."""

    @property
    def extreme_charge(self) -> float:
        """Largest absolute surface charge in C/m^2."""
        charge = self.surface_charge
        return abs(charge) if isinstance(charge, float) else max(map(abs, charge.extremes))


class Case(Description):
    """One simulation: a device, its electrolyte, what is held where, and what to compute."""

    title: str = ""
    geometry: Geometry
    electrolyte: Electrolyte
    terminals: dict[str, Terminal] = Field(default_factory=dict, validate_default=True)
    walls: dict[str, Wall] = Field(default_factory=dict, validate_default=True)
    mesh: MeshControl = MeshControl()
    solver: SolverControl = SolverControl()
    outputs: Outputs = Outputs()
    study: Study = Steady()

    _file: Path | None = PrivateAttr(default=None)

    # ---------------------------------------------------------------------------------------- derived values
    @property
    def directory(self) -> Path:
        """The folder that relative paths of the case refer to."""
        return self._file.parent if self._file is not None else Path()

    @property
    def name(self) -> str:
        """The case directory's name (the file's own name when it is not case.yaml)."""
        if self._file is None:
            return "case"
        return self._file.resolve().parent.name if self._file.name == "case.yaml" else self._file.stem

    def bulk(self, terminal: str) -> dict[str, float]:
        """Concentration in mol/m^3 of every species in the reservoir of a terminal."""
        given = self.terminals[terminal]
        if given.concentrations is not None:
            return {name: given.concentrations[name] for name in self.electrolyte.species}
        salt = given.concentration if given.concentration is not None else self.electrolyte.concentration
        counts = self.electrolyte.stoichiometry()
        if salt is None or counts is None:
            raise ValueError(f"no concentration for terminal '{terminal}'")  # refused at validation
        return {name: counts[name] * salt for name in self.electrolyte.species}

    def solution(self, terminal: str) -> Solution:
        """The electrolyte as it is in the reservoir of a terminal."""
        fluid, bulk = self.electrolyte, self.bulk(terminal)
        return Solution(
            fluid.relative_permittivity,
            fluid.temperature,
            fluid.viscosity,
            tuple(species.valence for species in fluid.species.values()),
            tuple(bulk[name] for name in fluid.species),
            tuple(species.diffusivity for species in fluid.species.values()),
        )

    def layer_thickness(self) -> float:
        """m: the thinnest double layer of all walls and terminals, the "debye_length" of the mesh controls: the Debye
        length, or the Gouy-Chapman length where a high charge makes that shorter."""
        charge = max((wall.extreme_charge for wall in self.walls.values()), default=0.0)
        return min(self.solution(name).edl_thickness(charge) for name in self.terminals)

    def charge_at(self, wall: str, z: Array) -> Array:
        """Surface charge in C/m^2 of a wall at axial positions z in metres."""
        charge = self.walls[wall].surface_charge
        if isinstance(charge, PiecewiseCharge):
            return charge.evaluate(z)
        if isinstance(charge, ExpressionCharge):
            return charge.evaluate(self.geometry.arc_fraction(z))
        return np.full(np.shape(z), charge)

    @property
    def driven_terminal(self) -> str:
        """The terminal whose current is 'the' current: the study's choice, else the one whose potential is swept, else
        the first with a potential, else the one whose pressure is swept, else the first with a pressure, else the first.
        """
        if self.study.driven_terminal is not None:
            return self.study.driven_terminal
        names = list(self.terminals)
        axes = (self.study, self.study.outer) if isinstance(self.study, Sweep) else ()
        swept = [tuple(axis.parameter.split(".")) for axis in axes if axis is not None]
        found: list[str] = []
        for key in ("potential", "pressure"):
            found += [name for name in names if ("terminals", name, key) in swept]
            found += [name for name in names if getattr(self.terminals[name], key) != 0.0]
        return [*found, *names][0]

    def unit(self, parameter: str) -> str:
        """SI unit of a numeric key, e.g. "V" for terminals.base.potential; "" when it has none. CaseError when there is
        no such key."""
        try:
            return numeric_key(self, parameter).symbol
        except ValueError as error:
            raise CaseError(str(error), key=tuple(parameter.split("."))) from None

    def with_value(self, parameter: str, value: float | str) -> Case:
        """This case with one numeric key replaced, validated in full. CaseError when the key or the value is wrong."""
        self.unit(parameter)
        data = self.model_dump(mode="json")
        replace(data, parameter, value)
        try:
            # the sweep was tried when this case was made, and trying it again would never end
            case = Case.model_validate(data, context={"one_point": True})
        except ValidationError as error:
            key, text = explain(error, data)[0]
            raise CaseError(text, key=key) from None
        case._file = self._file
        return case

    # ---------------------------------------------------------------------------------------- validation
    @field_validator("terminals", "walls", mode="after")
    @classmethod
    def _complete(cls, named: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
        if "geometry" not in info.data:
            return named
        kind = Terminal if info.field_name == "terminals" else Wall
        names = getattr(info.data["geometry"], info.field_name or "")
        for name in named:
            if name not in names:
                what = "terminal" if kind is Terminal else "wall"
                raise misfit((name,), f"unknown {what}; {did_you_mean(name, names, f'the {what}s are')}")
        return {name: named.get(name, kind()) for name in names}

    @field_validator("study", mode="after")
    @classmethod
    def _sweep_in_si(cls, study: Steady | Sweep, info: ValidationInfo) -> Steady | Sweep:
        if not isinstance(study, Sweep) or set(cls.model_fields) - {"study"} - set(info.data):
            return study
        inner = study.in_unit(_unit_for(study, info.data, ()))
        if inner.outer is None:
            return inner
        if inner.outer.parameter == inner.parameter:
            raise misfit(("outer", "parameter"), f"'{inner.parameter}' is already the inner parameter")
        outer_unit = _unit_for(inner.outer, info.data, ("outer",))
        return inner.model_copy(update={"outer": inner.outer.in_unit(outer_unit, ("outer",))})

    @model_validator(mode="after")
    def _consistent(self, info: ValidationInfo) -> Self:
        for name in self.terminals:
            self._check_reservoir(name)
        mouths = self.geometry.mouths
        for name, wall in self.walls.items():
            charge = wall.surface_charge
            if isinstance(charge, PiecewiseCharge) and name == "channel" and mouths is not None:
                for i, z in enumerate(charge.breaks):
                    if not mouths[0] < z < mouths[1]:
                        where = f"the channel, {mouths[0]:g} to {mouths[1]:g} m"
                        raise misfit(("walls", name, "surface_charge", "breaks", i), f"{z:g} m lies outside {where}")
        self._check_goals(try_values=not (info.context or {}).get("one_point"))
        driven = self.study.driven_terminal
        if driven is not None and driven not in self.terminals:
            known = did_you_mean(driven, self.terminals, "the terminals are")
            raise misfit(("study", "driven_terminal"), f"unknown terminal '{driven}'; {known}")
        if isinstance(self.study, Sweep) and not (info.context or {}).get("one_point"):
            self._try_axis(self.study, ("study",))
            if self.study.outer is not None:
                self._try_axis(self.study.outer, ("study", "outer"))
        return self

    def _check_goals(self, *, try_values: bool) -> None:
        """Refuse a tolerance or a sensitivity of what the study does not have."""
        if self.mesh.tolerance is not None and self.mesh.goal == "rectification_ratio":
            axes = self.study.axes() if isinstance(self.study, Sweep) else []
            ends = [(min(values), max(values)) for name, values in axes if name.endswith(".potential")]
            if not any(low == -high < 0.0 for low, high in ends):
                raise misfit(("mesh", "goal"), "'rectification_ratio' needs a sweep of a potential from -V to V")
        if self.mesh.tolerance is not None and self.mesh.goal == "flow_rate" and self.solver.flow == "none":
            raise misfit(("mesh", "goal"), "'flow_rate' needs 'solver: {flow: stokes}'")
        for i, parameter in enumerate(self.outputs.sensitivities):
            place = ("outputs", "sensitivities", i)
            try:
                numeric_key(self, parameter)
            except ValueError as error:
                raise misfit(place, str(error)) from None
            words, text = parameter.split("."), "it changes more than values and sizes"
            value = value_at(self.model_dump(mode="json"), parameter)
            if not isinstance(value, (int, float)):
                text = "the case gives no single number there"
            elif words[0] not in FIXED and not FIXED & set(words[2:]):
                text = self._obstacle(parameter, float(value)) if try_values else ""
            if text:
                raise misfit(place, f"the results have no derivative by '{parameter}': {text}")

    def _obstacle(self, parameter: str, value: float) -> str:
        """Why a number cannot be varied around its value; "" when it can."""
        step = step_from(value, self.unit(parameter))
        alone = self.model_copy(update={"outputs": self.outputs.model_copy(update={"sensitivities": ()})})
        for near in (value - step, value + step):
            try:
                alone.with_value(parameter, near)
            except CaseError as error:
                return f"{near:g} is refused ({error.text})"
        return ""

    def _try_axis(self, axis: SweepAxis, path: Key) -> None:
        """Refuse now the value that would end the run at its point."""
        for i, value in enumerate(axis.points()):
            try:
                self.with_value(axis.parameter, value)
            except CaseError as error:
                place = (*path, "values", i) if axis.values is not None else (*path, "range")
                written = f"{axis.parameter} = {value:g} {self.unit(axis.parameter)}".strip()
                key = "" if dotted(error.key) == axis.parameter else f"{dotted(error.key)}: "
                raise misfit(place, f"{written} is refused: {key}{error.text}") from None

    def _check_reservoir(self, terminal: str) -> None:
        given, species = self.terminals[terminal], self.electrolyte.species
        path: Key
        if given.concentrations is not None:
            path = ("terminals", terminal, "concentrations")
            for name in given.concentrations:
                if name not in species:
                    known = did_you_mean(name, species, "the species are")
                    raise misfit((*path, name), f"unknown species; {known}")
            for name in species:
                if name not in given.concentrations:
                    raise misfit(path, f"species '{name}' is missing; write e.g. '{name}: 1 mM'")
        else:
            path = ("terminals", terminal, "concentration")
            if given.concentration is None:
                path = ("electrolyte", "concentration")
                if self.electrolyte.concentration is None:
                    raise misfit(
                        ("terminals", terminal),
                        f"no concentration; write terminals.{terminal}.concentration, e.g. '1 mM',"
                        " or electrolyte.concentration for all terminals",
                    )
            if self.electrolyte.stoichiometry() is None:
                raise misfit(
                    path,
                    "with more than two species a salt concentration needs the stoichiometry of every species"
                    f", e.g. {next(iter(species))}: {{stoichiometry: 1}}; or write terminals.{terminal}.concentrations",
                )
        bulk = self.bulk(terminal)
        for name, value in bulk.items():
            if value == 0.0:
                zero = (*path, name) if given.concentrations is not None else path
                raise misfit(
                    zero,
                    f"the concentration of '{name}' is zero, and the electrochemical potentials solved for contain its"
                    " logarithm; write a small one such as '1 nM', or leave the species out",
                )
        _check_neutrality(bulk, {name: species[name].valence for name in bulk}, path)


def _check_neutrality(bulk: dict[str, float], valences: dict[str, int], path: Key) -> None:
    net = sum(valences[name] * value for name, value in bulk.items())
    if abs(net) <= NEUTRALITY_TOLERANCE * sum(abs(valences[name]) * value for name, value in bulk.items()):
        return
    text = f"net charge {net:+.6g} mol/m^3 (sum of valence times concentration), but a reservoir is neutral"
    if path[-1] == "concentrations":
        for name in reversed(bulk):
            if valences[name] != 0 and (value := bulk[name] - net / valences[name]) > 0.0:
                raise misfit(path, f"{text}; write e.g. '{name}: {value:.12g} mM'")
    raise misfit(path, f"{text}; change the stoichiometry of the species")


def _unit_for(axis: SweepAxis, parts: Mapping[str, Any], path: Key) -> Unit:
    try:
        return numeric_key(parts, axis.parameter)
    except ValueError as error:
        raise misfit((*path, "parameter"), str(error)) from None
