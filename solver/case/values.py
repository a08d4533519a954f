"""What a case says, and what follows from it. `solver.case.case` has the checks that tell whether it makes sense."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field, PrivateAttr
from typing_extensions import Self

from meshes.course import Course
from meshes.geometry import BOTH_FACES, Geometry
from meshes.layout import Layout
from solver.case.bias import first_driven
from solver.case.dimensions import course_of
from solver.case.electrolyte import Electrolyte
from solver.case.ends import end_of
from solver.case.layout import layout_of
from solver.case.mesh import MeshControl
from solver.case.numerics import SolverControl
from solver.case.outputs import Outputs
from solver.case.pores import Pore
from solver.case.ports import WithPorts
from solver.case.regions import Region
from solver.case.reservoirs import Terminal
from solver.case.studies.registry import AnyStudy
from solver.case.studies.steady import Steady
from solver.case.walls import Wall
from solver.inputs.errors import CaseError
from solver.inputs.keys import has_key, numeric_key, replace
from solver.inputs.origin import FromFile
from solver.inputs.plain import plain
from solver.laws.walls.base import Array
from solver.physics.solution import Solution


class CaseValues(FromFile, WithPorts):
    """The values of a case by its keys, and what follows from them; not checked against each other."""

    unnamed: ClassVar[str] = "case"

    format: Literal[1] = 1
    """Format of the case file; the newest when it is missing."""
    title: str = ""
    geometry: Geometry
    electrolyte: Electrolyte
    terminals: dict[str, Terminal] = Field(default_factory=dict, validate_default=True)
    regions: dict[str, Region] = Field(default={}, examples=["{solid: {type: dielectric, relative_permittivity: 3.9}}"])
    """Materials in and around a channel, by names of your own; the rest is free electrolyte. Of a mesh file, those of its
    regions by their names there: regions that are left out are no part of the device. Not needed where it has one region."""
    walls: dict[str, Wall] = Field(default_factory=dict, validate_default=True)
    pores: dict[str, Pore] = Field(default={}, max_length=8)
    """Pores through a membrane that the mesh does not resolve, by names of your own."""
    mesh: MeshControl = Field(default=MeshControl(), validate_default=True)
    solver: SolverControl = SolverControl()
    outputs: Outputs = Outputs()
    study: AnyStudy = Steady()

    _notes: tuple[str, ...] = PrivateAttr(default=())

    # ---------------------------------------------------------------------------------------- derived values
    @property
    def notes(self) -> tuple[str, ...]:
        """What was brought to present names when the case was made."""
        return self._notes

    @property
    def layout(self) -> Layout:
        """Where the regions lie in a channel, a stack or a junction that the program draws."""
        return layout_of(self.geometry, self.regions, bool(self.gates))

    def potential_key(self, name: str) -> str:
        """The dotted key of the potential of a terminal or an electrode."""
        return f"{'terminals' if name in self.terminals else 'walls'}.{name}.potential"

    def potential_of(self, name: str) -> float:
        """V of a terminal or an electrode; 0 where a current is held. KeyError for anything else."""
        if name in self.electrodes and self.walls[name].current is not None:
            return 0.0
        potential = self.terminals[name].potential if name in self.terminals else self.walls[name].potential
        if potential is None:
            raise KeyError(name)
        return potential

    def largest_bias(self) -> float:
        """V: the largest difference between the potentials of two terminals; in a closed cell, of two electrodes."""
        potentials = [self.potential_of(name) for name in self.terminals or self.electrodes]
        return max(potentials) - min(potentials)

    def bulk(self, name: str | None = None) -> dict[str, float]:
        """Concentration in mol/m^3 of every species in the reservoir of a terminal, of an electrode that of the first one;
        for None, and any name in a closed cell, of the electrolyte that the device is filled with."""
        if name is not None and self.terminals:
            terminal = next(iter(self.terminals)) if name in self.electrodes else name
            return self.terminals[terminal].bulk(self.electrolyte)
        if self.electrolyte.concentration is None:
            raise ValueError("the electrolyte has no concentration of its own")
        return self.electrolyte.salt(self.electrolyte.concentration)

    def trace_at(self, terminal: str) -> dict[str, float]:
        """Concentration in mol/m^3 of every trace species in the reservoir of a terminal."""
        given = self.terminals[terminal].trace
        return {name: given.get(name, each.concentration or 0.0) for name, each in self.electrolyte.trace.items()}

    def solution(self, name: str | None = None) -> Solution:
        """The electrolyte as it is in the reservoir of a terminal, or see `bulk`."""
        return self.electrolyte.solution(self.bulk(name), self.pH_of(name))

    def pH_of(self, name: str | None = None) -> float | None:
        """pH of the reservoir of a terminal, or of the electrolyte; None where the case gives none."""
        terminal = self.terminals.get(name or "")
        own = None if terminal is None else terminal.pH
        return self.electrolyte.pH if own is None else own

    def solutions(self) -> list[Solution]:
        """That of every terminal in their order; of a closed cell, the one that fills it."""
        return [self.solution(name) for name in self.terminals] or [self.solution()]

    def stern_capacitance(self, wall: str) -> float | None:
        """F/m^2 of a wall's Stern layer; None without one."""
        stern = self.walls[wall].stern
        return None if stern is None else stern.per_area(self.electrolyte.relative_permittivity)

    @property
    def is_electroneutral(self) -> bool:
        """Whether the potential follows from electroneutrality: there are no double layers."""
        return self.solver.charge == "electroneutral"

    @property
    def has_sharp_ends(self) -> bool:
        """Whether the terminals at the ends of the channel hold a potential that does not fit its wall: a metal, or a gate
        behind it."""
        ends = {end.wall for name in self.terminals if (end := end_of(self, name)) is not None}
        return not ends.isdisjoint((*self.electrodes, *self.conductors)) or bool(self.gates)

    def charge_at(self, wall: str, z: Array, terminal: str | None = None) -> Array:
        """Surface charge in C/m^2 of a wall that runs along the axis, at axial positions z in metres, in the solution of a
        terminal (the first one by default), without other walls near it."""
        solution = self.solutions()[0] if terminal is None else self.solution(terminal)
        return self.walls[wall].charge_along(self.course(wall).places(z, 0.0 * z), solution)

    def course(self, wall: str) -> Course:
        """How places on a wall are told apart."""
        return course_of(self.geometry, wall, self.walls[wall].along)

    @property
    def faces(self) -> dict[str, str]:
        """The wall of the face of the membrane in front of each terminal that has a reservoir."""
        own = {terminal: name for name, terminal in self.geometry.faces.items() if name in self.walls}
        return own or dict.fromkeys(self.geometry.faces.values(), BOTH_FACES)

    @property
    def driven_terminal(self) -> str:
        """The terminal (in a closed cell, and between two electrodes with reactions, the electrode) whose current is 'the'
        current: the study's choice, else the one whose potential is swept or driven, else the first with a potential, else
        the same of currents that are held, then of pressures, else the first.
        """
        electrodes = self.electrodes if not self.terminals else self.reacting if len(self.reacting) > 1 else ()
        ports = {name: self.walls[name] for name in electrodes}
        kind = "walls" if ports else "terminals"
        return self.study.chosen_terminal or first_driven(kind, ports or self.terminals, self.study.driven_keys())

    def unit(self, parameter: str) -> str:
        """SI unit of a numeric key, e.g. "V" for terminals.base.potential; "" when it has none. CaseError when there is
        no such key."""
        try:
            return numeric_key(self, parameter).symbol
        except ValueError as error:
            raise CaseError(str(error), key=tuple(parameter.split("."))) from None

    def header(self, parameter: str) -> str:
        """Column header of a numeric key, such as "terminals.base.potential [V]". CaseError when there is no such key."""
        unit = self.unit(parameter)
        return f"{parameter} [{unit}]" if unit else parameter

    def label(self, values: Mapping[str, float]) -> str:
        """Values of numeric keys in words, such as "terminals.base.potential = 1 V, study.tolerance = 0.001"."""
        return ", ".join(f"{key} = {value:g} {self.unit(key)}".strip() for key, value in values.items())

    def with_value(self, parameter: str, value: float | str) -> Self:
        """This case with one numeric key replaced, validated in full.

        Raises:
            CaseError: no number can stand at the key, or the case refuses the value.
        """
        self.unit(parameter)
        return self.with_values({parameter: value})

    def with_values(self, values: Mapping[str, Any]) -> Self:
        """This case with the values of several dotted keys replaced at once, validated in full.

        Args:
            values: SI numbers or texts with units by key, such as {"terminals.base.potential": "0.5 V"}; also values
                that are no numbers, such as {"solver.flow": "none"}.

        Raises:
            CaseError: the case has no such key, or refuses a value.
        """
        data = self.model_dump(mode="json")
        whole = False
        for key, value in values.items():
            try:
                self.unit(key)
            except CaseError:
                if not has_key(self, key):
                    raise
                whole = True
            replace(data, key, plain(value))
        # with numbers replaced the sweep is not tried: it was when this case was made, and trying it again would never end
        return type(self).model_validate(data, context={"one_point": not whole, "file": self._file, "plain": True})
