"""Walls that ions pass on their way to a bath outside: permeable walls, and ion channels in a wall.

With the concentrations c' and the potential V' of the bath, the flux from it into the liquid is

    N_i = P_i (c'_i - c_i)                                            by concentrations (permeability P_i), or
    N_i = g_i / (z_i F)^2 RT (ln(c'_i / c_i) + z_i (V' - phi) F/RT)   by electrochemical potentials (conductance g_i):

the second is the current g_i (E_i - V) of an ion channel with the reversal potential E_i of Nernst (Hille, Ionic Channels of
Excitable Membranes, 1992, ch. 1), and stops at equilibrium with the bath, also in the double layer of a charged wall.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import Field, model_validator
from typing_extensions import Self

from meshes.quantity import Concentration, Description, Unit, Voltage, misfit
from solver.laws.algebra import Algebra
from solver.laws.walls.base import WallLaw, WallState, unknown_species
from solver.physics.constants import FARADAY
from solver.physics.solution import Solution

Permeability = Annotated[float, Unit("m/s", "1 um/s", "non-negative")]
Conductance = Annotated[float, Unit("S/m^2", "10 S/m^2", "non-negative")]


class Leak(Description):
    """Species that pass a wall on their way to a bath outside."""

    concentrations: dict[str, Concentration]
    """Of the bath; of each species that passes."""
    potential: Voltage = 0.0
    """Of the bath; only conductances ask for it."""
    permeability: dict[str, Permeability] = Field(default={})
    """Flux over the difference of the concentrations, of the bath and of the liquid right at the wall."""
    conductance: dict[str, Conductance] = Field(default={})
    """Current over the difference between the potential across the wall and that of Nernst."""

    @model_validator(mode="after")
    def _of_known_concentrations(self) -> Self:
        if not self.passing:
            raise misfit(
                (),
                "says nothing of how ions pass; write e.g. 'permeability: {K: 1 um/s}' or 'conductance: {K: 10 S/m^2}'",
            )
        for key, species in (("permeability", self.permeability), ("conductance", self.conductance)):
            for name in species:
                if name not in self.concentrations:
                    raise misfit(
                        (key, name),
                        f"needs the concentration of '{name}' in the bath: write concentrations: {{{name}: 1 mM}}",
                    )
        for name in self.conductance:
            if name in self.permeability:
                raise misfit(
                    ("conductance", name), f"given together with a permeability of '{name}'; keep one of the two laws"
                )
            if self.concentrations[name] == 0.0:
                raise misfit(
                    ("concentrations", name),
                    "is zero, and the potential of Nernst is the logarithm of it; write a small one such as '1 nM'",
                )
        return self

    @property
    def passing(self) -> tuple[str, ...]:
        """The species that pass."""
        return (*self.permeability, *self.conductance)


class LeakyWall(WallLaw):
    """Fluxes by the difference to a bath."""

    key: ClassVar[str] = "leak"
    annotation: ClassVar[Any] = Leak | None
    meaning: ClassVar[str] = (
        "Species pass the wall to or from a bath outside: an ion channel in the wall, a permeable wall."
    )
    passes_ions: ClassVar[bool] = True
    bears_charge: ClassVar[bool] = False

    def __init__(self, leak: Leak) -> None:
        self.leak = leak

    @classmethod
    def of(cls, wall: Mapping[str, Any]) -> LeakyWall | None:
        """None for a wall without a leak."""
        return None if wall[cls.key] is None else cls(wall[cls.key])

    @property
    def drivable(self) -> tuple[str, ...]:
        """Everything."""
        return tuple(self.coefficients(1.0))

    def coefficients(self, relative_permittivity: float) -> dict[str, float]:
        """Concentrations (mol/m^3) and potential (V) of the bath, permeabilities (m/s) and conductances (S/m^2)."""
        found = {"potential": self.leak.potential}
        for key in ("concentrations", "permeability", "conductance"):
            found |= {f"{key}.{name}": value for name, value in getattr(self.leak, key).items()}
        return found

    def objection(self, solution: Solution) -> str | None:
        """A species that is not there, or has no charge that could be conducted; a solution that is not ideal."""
        charges = dict(zip(solution.names, solution.valences, strict=True))
        if unknown := unknown_species((*self.leak.concentrations, *self.leak.passing), solution):
            return unknown
        if neutral := next((name for name in self.leak.conductance if charges[name] == 0), None):
            return (
                f"'{neutral}' has no charge, so that it conducts no current; write permeability: {{{neutral}: 1 um/s}}"
            )
        if self.leak.conductance and not solution.mixture.is_ideal:
            return "conductances refer to Nernst's potentials of ideal solutions; write a permeability instead"
        return None

    def fluxes(self, s: WallState, m: Algebra) -> Mapping[str, Any]:
        """mol/(m^2 s)."""
        found, of = {}, s.coefficients
        for name in self.leak.permeability:
            found[name] = of[f"permeability.{name}"] * (of[f"concentrations.{name}"] - s.concentrations[name])
        for name in self.leak.conductance:
            z, unit = s.valences[name], s.thermal_voltage
            drive = m.ln(of[f"concentrations.{name}"] / s.activity(name)) + z * (of["potential"] - s.potential) / unit
            found[name] = of[f"conductance.{name}"] * unit / (z * z * FARADAY) * drive
        return found
