"""The frozen, strict schema of case.yaml. Values are SI floats; every name a case can use is defined here.

    Case
      geometry      meshes.geometry
      electrolyte   Electrolyte: temperature, permittivity, viscosity, species
      terminals     name -> Terminal: potential, pressure, concentrations of the reservoir
      regions       name -> material of a region in or around a channel, or of a mesh file
      walls         name -> Wall: surface charge, slip length, or the potential of an electrode
      pores         name -> Pore: barrier-limited passages between two walls
      mesh          MeshControl
      study         one of solver.case.studies.registry
      outputs       Outputs
      solver        SolverControl

A Case is complete once made: terminals and walls that the file leaves out are present with their defaults, ions of
the table have their valence and diffusivity, swept values are in SI units. `solver.case.loading.load_case` reads one from a
file.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import (
    ModelWrapValidatorHandler,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from typing_extensions import Self

from meshes.quantity import did_you_mean, misfit
from meshes.quoting import quoted
from solver.case.amounts import check_amounts
from solver.case.currents import check_closed, check_currents
from solver.case.dimension_checks import check_dimension
from solver.case.dimensions import with_cells
from solver.case.ends import check_ends
from solver.case.exchange import check_exchange
from solver.case.goals import check_goals
from solver.case.layout import wall_names
from solver.case.names import check_names
from solver.case.neutrality import check_neutral
from solver.case.openings import check_openings
from solver.case.pores import check_pores, with_mouths
from solver.case.regions import check_regions, within
from solver.case.reservoirs import Terminal, check_reservoir
from solver.case.room import check_room
from solver.case.trace_checks import check_traces
from solver.case.upgrade import upgraded
from solver.case.values import CaseValues
from solver.case.walls import Wall
from solver.inputs.errors import CaseError, explain
from solver.inputs.plain import plain

__all__ = ["Case", "CaseError"]


class Case(CaseValues):
    """One simulation: a device, its electrolyte, what is held where, and what to compute.

    Made from a file by `load_case`, or from SI numbers and texts with units::

        Case(
            geometry={"type": "cylinder", "length": "1 um", "radius": "5 nm"},
            electrolyte={"concentration": "10 mM", "species": {"K": {}, "Cl": {}}},
            terminals={"right": {"potential": "0.1 V"}},
        )

    Relative paths then refer to the current folder.

    Raises:
        CaseError: whatever is wrong with the values, with the key of one of them.
    """

    @field_validator("terminals", "walls", mode="after")
    @classmethod
    def _complete(cls, named: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
        if "geometry" not in info.data:
            return named
        geometry = info.data["geometry"]
        kind = Terminal if info.field_name == "terminals" else Wall
        regions = info.data.get("regions", {})
        names = geometry.terminals if kind is Terminal else wall_names(geometry, regions, named)
        for name in named:
            if name not in names:
                what = "terminal" if kind is Terminal else "wall"
                known = list(dict.fromkeys([*names, *(geometry.faces if kind is Wall else ())]))
                raise misfit((name,), f"unknown {what}; {did_you_mean(name, known, f'the {what}s are')}")
        return {name: named.get(name, kind()) for name in names}

    @field_validator("regions", mode="after")
    @classmethod
    def _with_surroundings(cls, regions: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
        if not {"geometry", "electrolyte"} <= set(info.data):
            return regions
        return within(regions, info.data["geometry"], info.data["electrolyte"])

    @field_validator("mesh", mode="before")
    @classmethod
    def _with_cells_in_space(cls, given: Any, info: ValidationInfo) -> Any:
        return with_cells(given, info.data.get("geometry"))

    @field_validator("study", mode="after")
    @classmethod
    def _in_si(cls, study: Any, info: ValidationInfo) -> Any:
        """Values whose unit is that of a key: of sweeps, of protocols."""
        if set(cls.model_fields) - {"study"} - set(info.data):
            return study
        file = (info.context or {}).get("file")
        return study.in_si(info.data, file.parent if file else Path())

    @model_validator(mode="after")
    def _consistent(self, info: ValidationInfo) -> Self:
        context = info.context or {}
        self._file, whole = context.get("file"), not context.get("one_point")
        check_names(self)
        check_dimension(self)
        if self.pores:
            self.__dict__["walls"] = with_mouths(self.walls, self.pores)  # frozen, but not complete before
            check_pores(self)
        for name, terminal in self.terminals.items():
            check_reservoir(self.electrolyte, name, terminal)
        check_openings(self.terminals, self.walls, self.solver.flow)
        if not self.terminals:
            check_closed(self)
        self._check_laws()
        species = (*self.electrolyte.species, *self.electrolyte.trace)
        check_regions(self.geometry, self.regions, self.walls, species, self.solver.flow != "none")
        if self.is_electroneutral:
            of_study = self.electrolyte.model, self.study.driven_keys()
            valences = {name: species.valence for name, species in self.electrolyte.species.items()}
            check_neutral(self.walls, self.regions, valences, *of_study, self.electrolyte.reactions_by_name)
        for name, wall in self.walls.items():
            for law in wall.laws:
                if found := law.misplaced(self.course(name)):
                    raise misfit(("walls", name, law.key, *found[0]), found[1])
        check_currents(self)
        check_room(self)
        check_ends(self)
        check_traces(self)
        check_exchange(self)
        check_amounts(self)
        check_goals(self, try_values=whole)
        if whole:
            self._check_driven()
        self.study.check(self, whole=whole)
        return self

    @model_validator(mode="wrap")  # the last one, so that it sees the errors of all others
    @classmethod
    def _explained(cls, data: Any, handler: ModelWrapValidatorHandler[Self], info: ValidationInfo) -> Self:
        """The case, brought to present names, or one line about what is wrong with it."""
        notes: tuple[str, ...] = ()
        from_a_case = isinstance(data, Case) or (info.context or {}).get("plain")
        if not from_a_case:
            data = plain(data)
            data, notes = upgraded(data) if isinstance(data, Mapping) else (data, notes)
        try:
            case = handler(data)
        except ValidationError as error:
            key, text = explain(error, data)[0]
            raise CaseError(text, key=key) from None
        if notes:
            case._notes = notes
        return case

    def _check_laws(self) -> None:
        """What laws cannot hold with the solutions of the case."""
        for solution in self.solutions():
            if objection := self.electrolyte.model.objection(solution):
                raise misfit(("electrolyte", "model"), objection)
            bulk = dict(zip(solution.names, solution.concentrations, strict=True))
            if objection := self.electrolyte.properties.beyond(bulk):
                raise misfit(("electrolyte", "properties"), objection)
            for name, wall in self.walls.items():
                for law in wall.laws:
                    if refused := law.refused(solution):
                        raise misfit(("walls", name, law.key, *refused[0]), refused[1])

    def _check_driven(self) -> None:
        driven = self.study.chosen_terminal
        if driven is None:
            return
        without_electrodes = self.terminals and not self.study.may_drive_electrodes
        known = [*self.terminals, *(self.reacting if without_electrodes else self.electrodes)]
        if driven not in known:
            one, all_of_them = ("terminal", "terminals")
            if len(known) > len(self.terminals):
                one, all_of_them = ("terminal or electrode", "terminals and electrodes")
            close = did_you_mean(driven, known, f"the {all_of_them} are")
            raise misfit(("study", self.study.driven_terminal_key), f"unknown {one} {quoted(driven)}; {close}")
