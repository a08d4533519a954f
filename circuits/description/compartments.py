"""The keys of compartments, and what can be wrong with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated

import numpy as np
from pydantic import Field, model_validator
from typing_extensions import Self

from circuits.compartments.solutions import Compartment
from circuits.elements.base import Element
from circuits.elements.device import Device
from circuits.elements.membrane import PositiveConcentration
from meshes.quantity import Description, Unit, Whole, did_you_mean, misfit
from meshes.quoting import quoted
from solver.case.case import Case
from solver.inputs.errors import Key
from solver.physics.ions import ION_TABLE

NEUTRAL = 1e-9
"""Largest net charge of a solution, over the sum of |valence| times concentration."""

Volume = Annotated[float, Unit("m^3", "1 fL", "positive")]


class CompartmentKeys(Description):
    """A well-mixed solution at terminals of devices and sides of membranes."""

    concentrations: dict[str, PositiveConcentration] = Field(min_length=1, examples=["{K: 10 mM, Cl: 10 mM}"])
    """Of every species; where the volume is finite, those at the beginning."""
    volume: Volume | None = None
    """Where it is given, the concentrations follow from what passes; otherwise they stay what they are."""
    expands: bool = False
    """Whether the volume follows from what flows into and out of devices."""
    electrode: str | None = None
    """The ion by which the current of the circuit enters and leaves a finite volume, such as Cl at silver chloride."""
    valences: dict[str, Whole] = Field(default={}, examples=["{tracer: -2}"])
    """Of species that are not in the table of ions."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for species in self.valences:
            if species not in self.concentrations:
                text = f"no such species; {did_you_mean(species, self.concentrations, 'the species are')}"
                raise misfit(("valences", species), text)
        for species in self.concentrations:
            if species not in self.valences and species not in ION_TABLE:
                text = (
                    f"is not in the table of ions; write e.g. 'valences: {{{species}: -1}}' beside the concentrations"
                )
                raise misfit(("concentrations", species), text)
        solution = self.solution
        sizes = {name: abs(z) * solution.concentrations[name] for name, z in solution.valences.items()}
        excess = sum(z * solution.concentrations[name] for name, z in solution.valences.items())
        if abs(excess) > NEUTRAL * sum(sizes.values()):
            raise misfit("concentrations", f"these ions have a net charge of {excess:g} mol/m^3; a solution is neutral")
        charged = [name for name, z in solution.valences.items() if z]
        if self.electrode is not None and self.electrode not in charged:
            raise misfit(
                "electrode", f"no ion {quoted(self.electrode)}; {did_you_mean(self.electrode, charged, 'the ions are')}"
            )
        if self.volume is None and self.expands:
            raise misfit("volume", "is missing: one that expands has a finite volume; write e.g. 'volume: 1 fL'")
        if self.volume is not None and charged and self.electrode is None:
            text = (
                "is missing: the ion by which the current of the circuit enters a finite volume; write e.g."
                f" 'electrode: {charged[-1]}'"
            )
            raise misfit("electrode", text)
        return self

    @property
    def solution(self) -> Compartment:
        """The numbers of it."""
        valences = {
            name: self.valences[name] if name in self.valences else ION_TABLE[name].valence
            for name in self.concentrations
        }
        volume = np.inf if self.volume is None else self.volume
        return Compartment(self.concentrations, valences, volume, self.expands, self.electrode)


def compartment_faults(
    compartments: Mapping[str, CompartmentKeys], elements: Mapping[str, Element]
) -> Iterator[tuple[Key, str]]:
    """Key below `circuit` and text of each fault of compartments at elements."""
    where: dict[str, tuple[str, str]] = {}
    used: set[str] = set()
    for name, element in elements.items():
        nodes = element.at()
        for terminal, compartment in element.inside().items():
            place: Key = _place(name, element, terminal)
            if terminal not in nodes:
                yield place, f"no terminal {quoted(terminal)}; {did_you_mean(terminal, nodes, 'the terminals are')}"
                return
            if compartment not in compartments:
                known = (
                    did_you_mean(compartment, compartments, "the compartments are") if compartments else "there is none"
                )
                yield place, f"no compartment {quoted(compartment)}; {known}"
                return
            used.add(compartment)
            node = nodes[terminal]
            before, other = where.setdefault(compartment, (node, name))
            if before != node and compartments[compartment].volume is not None:
                text = (
                    f"{quoted(compartment)} is at the node {quoted(before)} of {quoted(other)} and here at {quoted(node)};"
                    " a solution has one potential, so bring both to one node"
                )
                yield place, text
    for name in compartments:
        if name not in used:
            yield ("compartments", name), "no element is in this compartment; name it at one, or leave it out"


def _place(name: str, element: Element, terminal: str) -> Key:
    if isinstance(element, Device):
        return ("elements", name, "compartments", terminal)
    if hasattr(element, "compartment"):
        return ("elements", name, "compartment")
    return ("elements", name, "compartments", {"from": 0, "to": 1}[terminal])


def concentration_overrides(case: Case, device: Device) -> tuple[list[str], tuple[Key, str] | None]:
    """Values of a case by which its terminals hold the solutions of the compartments; or the key below the element, and what
    is wrong with one."""
    found: list[str] = []
    for terminal, solution in device.solutions.items():
        key: Key = ("compartments", terminal)
        if terminal not in case.terminals:
            return found, (key, f"{quoted(terminal)} is no terminal of the case, which a solution could be at")
        species = list(case.electrolyte.species)
        if set(species) != set(solution.concentrations):
            theirs = ", ".join(solution.concentrations)
            text = f"the device has the species {', '.join(species)}, the compartment {theirs}; give both the same"
            return found, (key, text)
        for name in species:
            if case.electrolyte.species[name].valence != solution.valences[name]:
                return found, (key, f"the valence of {quoted(name)} is another one in the device")
        if solution.is_finite and (text := _unsupported(case, terminal)):
            return found, (key, text)
        found.append(f"terminals.{terminal}.concentration=null")
        values = ", ".join(f"{name}: {value!r}" for name, value in solution.concentrations.items())
        found.append(f"terminals.{terminal}.concentrations={{{values}}}")
    return found, None


def _unsupported(case: Case, terminal: str) -> str:
    """Why concentrations cannot follow at a terminal; "" where they can."""
    if not case.electrolyte.model.is_ideal:
        return "a finite volume needs an ideal electrolyte in the device; leave out its 'model', or the 'volume'"
    if case.electrolyte.reactions_by_name or case.electrolyte.protons == "free":
        return "a finite volume holds no species that react with each other; leave out the reactions, or the 'volume'"
    if case.terminals[terminal].exchange:
        return "this terminal exchanges species at given rates; leave out its 'exchange', or the 'volume'"
    return ""
