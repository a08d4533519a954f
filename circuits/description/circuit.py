"""A circuit as its file describes it: nodes, elements, and what is computed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import (
    Field,
    ModelWrapValidatorHandler,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError
from typing_extensions import Self

from circuits.compact.family import compact_model_at
from circuits.compact.model import ModelError
from circuits.compartments.solutions import Compartment
from circuits.description.compartments import CompartmentKeys, compartment_faults
from circuits.description.driving import schedule_of
from circuits.description.initial import initial_faults
from circuits.description.studies.registry import AnyCircuitStudy
from circuits.description.studies.steady import OperatingPoint
from circuits.elements.base import Element
from circuits.elements.compact import Compact
from circuits.elements.registry import AnyElement
from circuits.network.equations import Network
from circuits.network.topology import faults
from meshes.quantity import Description, misfit
from meshes.quoting import quoted
from solver.inputs.errors import CaseError, explain
from solver.inputs.keys import has_key, numeric_key, replace
from solver.inputs.origin import FromFile
from solver.inputs.plain import plain
from solver.signals.schedule import Schedule

KEY_OF_ELEMENT = "circuit.elements.load.resistance"
"""Example of a key."""


class Node(Description):
    """A node."""

    ground: bool = False
    """Whether its potential is zero: that of one node of a circuit is."""
    open: bool = False
    """Whether a single element is there, so that its potential is that at which no current passes (open circuit)."""


class Wiring(Description):
    """Nodes and elements."""

    nodes: dict[str, Node] = Field(min_length=2, examples=["{membrane: {}, bath: {ground: true}}"])
    """By names of your own."""
    elements: dict[str, AnyElement] = Field(min_length=1, max_length=5000)
    """By names of your own, each with its `type` and the nodes that it joins."""
    compartments: dict[str, CompartmentKeys] = Field(
        default={}, examples=["{cell: {volume: 1 fL, concentrations: {K: 10 mM, Cl: 10 mM}, electrode: Cl}}"]
    )
    """Well-mixed solutions at terminals of devices and sides of membranes, by names of your own."""

    @field_validator("nodes", mode="before")
    @classmethod
    def _with_keys(cls, nodes: Any) -> Any:
        if isinstance(nodes, (list, tuple)) and nodes and all(isinstance(name, str) for name in nodes):
            entries = ", ".join(f"{name}: {{}}" for name in nodes[:-1])
            text = f"is a list of names, where each is a key; write e.g. '{{{entries}, {nodes[-1]}: {{ground: true}}}}'"
            raise misfit((), text)
        return nodes

    @field_validator("nodes", "elements", "compartments", mode="after")
    @classmethod
    def _named(cls, named: dict[str, Any]) -> dict[str, Any]:
        for name in named:
            if not name.isidentifier():
                text = f"{quoted(name)} is no name; write letters, digits and underscores, e.g. 'membrane_2'"
                raise misfit((name,), text)
        return named

    @model_validator(mode="after")
    def _connected(self) -> Self:
        grounds = {name: node.ground for name, node in self.nodes.items()}
        open_nodes = [name for name, node in self.nodes.items() if node.open]
        for key, text in faults(grounds, self.elements, open_nodes):
            raise misfit(key, text)
        for key, text in compartment_faults(self.compartments, self.elements):
            raise misfit(key, text)
        return self


def _telling(values: list[float]) -> list[float]:
    """Of equally spaced values those at which bounds show: both ends, the one next to the first, and that nearest to zero."""
    return list(dict.fromkeys([values[0], values[-1], values[1], min(values, key=abs)]))


class CircuitOutputs(Description):
    """What the result directory holds besides the table."""

    fields: Literal["extremes", "all", "none"] = "extremes"
    """States in which the fields of all devices are written to `devices/NAME`: those at the first, last and zero value of the
    inner sweep, in the states of a truth table, and at the end of a run in time; those of all rows; or none but at the
    `fields_at` of a run in time."""


class Circuit(FromFile):
    """A circuit of devices and lumped elements, and what is computed of it.

    Raises:
        CaseError: whatever is wrong with the values, with the key of one of them.
    """

    unnamed: ClassVar[str] = "circuit"

    format: Literal[1] = 1
    """Format of the file; the newest when it is missing."""
    title: str = ""
    circuit: Wiring
    study: AnyCircuitStudy = OperatingPoint()
    outputs: CircuitOutputs = CircuitOutputs()

    @property
    def elements(self) -> Mapping[str, Element]:
        """The elements by name, those of compact models with their files."""
        return self.circuit.elements

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences about old names of keys: there are none."""
        return ()

    @property
    def ground(self) -> str:
        """The node of potential zero."""
        return next(name for name, node in self.circuit.nodes.items() if node.ground)

    @property
    def network(self) -> Network:
        """The equations without devices."""
        nodes = tuple(name for name, node in self.circuit.nodes.items() if not node.ground)
        return Network(nodes, self.ground, self.elements, self.solutions)

    @property
    def solutions(self) -> Mapping[str, Compartment]:
        """The compartments by name."""
        return {name: keys.solution for name, keys in self.circuit.compartments.items()}

    @property
    def schedule(self) -> Schedule | None:
        """What the protocols of the sources do in time; None without any."""
        return schedule_of(self.elements, getattr(self.study, "duration", None))

    # ------------------------------------------------------------------ values
    def with_value(self, parameter: str, value: float) -> Self:
        """The circuit with one numeric key replaced, such as elements.load.resistance.

        Raises:
            CaseError: no number can stand at the key, or the circuit refuses the value.
        """
        try:
            numeric_key({"elements": self.elements}, parameter)
        except ValueError as error:
            raise CaseError(str(error), key=("study", "parameter"), file=self._file) from None
        data = self.model_dump(mode="json")
        data["study"] = {"type": "steady"}
        replace(data["circuit"], parameter, value)
        try:
            found = type(self).model_validate(data, context={"file": self._file})
        except CaseError as error:
            text = f"{value:g} at '{parameter}' is refused: {error.text}"
            raise CaseError(text, key=("study",), file=self._file) from None
        return found.model_copy(update={"study": self.study})

    def with_values(self, values: Mapping[str, Any]) -> Self:
        """The circuit with the values of some keys of its file replaced at once, validated in full.

        Args:
            values: by dotted key, such as {"circuit.elements.C.capacitance": "10 fF", "study.duration": "5 ms"}.

        Raises:
            CaseError: the circuit has no such key, or refuses a value.
        """
        data = self.model_dump(mode="json")
        for key, value in values.items():
            if not has_key(data, key):
                text = f"the circuit has no such key; write one of its file, such as '{KEY_OF_ELEMENT}'"
                raise CaseError(text, key=tuple(key.split(".")), file=self._file)
            replace(data, key, plain(value))
        return type(self).model_validate(data, context={"file": self._file})

    # ------------------------------------------------------------------ validation
    @model_validator(mode="after")
    def _complete(self, info: ValidationInfo) -> Self:
        self._file = (info.context or {}).get("file")
        for name, element in self.circuit.elements.items():
            if isinstance(element, Compact):
                self.circuit.elements[name] = self._loaded(name, element)
        self._put_into_compartments()
        parts = {"elements": self.circuit.elements, "nodes": self.circuit.nodes}
        try:
            self.__dict__["study"] = self.study.in_si(parts)  # frozen, but not complete before
            found = self.study.faults(parts)
        except PydanticCustomError as error:
            context = error.context or {}
            raise misfit(("study", *context["key"]), context["text"]) from None
        if found:
            raise misfit(("study", *found[0]), found[1])
        self._try_values()
        if self.study.starts_charged:
            for key, text in initial_faults(self.circuit.elements, self.schedule):
                raise misfit(("circuit", *key), text)
        _ = self.schedule
        return self

    def _try_values(self) -> None:
        """Refuse a value of a swept key that its element refuses, before anything is computed."""
        for axis in getattr(self.study, "axes", tuple)():
            name, _, key = axis.parameter.removeprefix("elements.").partition(".")
            for value in axis.si_values() if axis.values is not None else _telling(axis.si_values()):
                element = self.circuit.elements[name]
                data = element.model_dump(mode="json")
                replace(data, key, value)
                try:
                    found = type(element).model_validate(data)
                    _ = self._loaded(name, found) if isinstance(found, Compact) else found
                except (ValidationError, PydanticCustomError) as error:
                    why = explain(error, data)[0][1] if isinstance(error, ValidationError) else str(error)
                    place = ("study",) if axis.parameter == getattr(self.study, "parameter", "") else ("study", "outer")
                    where = "range" if axis.values is None else "values"
                    raise misfit((*place, where), f"{value:g} is refused at {quoted(axis.parameter)}: {why}") from None

    def _put_into_compartments(self) -> None:
        """Give the elements the solutions at their terminals."""
        solutions = self.solutions
        for name, element in self.circuit.elements.items():
            try:
                self.circuit.elements[name] = element.within(solutions)
            except PydanticCustomError as error:
                context = error.context or {}
                raise misfit(("circuit", "elements", name, *context["key"]), context["text"]) from None
        finite = [name for name, solution in solutions.items() if solution.is_finite]
        if finite and not self.study.follows_compartments:
            text = (
                f"the concentrations in {quoted(finite[0])} change as long as anything passes, so that there is no steady"
                " state to look for; write 'type: transient', or leave out the 'volume' of the compartment"
            )
            raise misfit(("study", "type"), text)

    def _loaded(self, name: str, element: Compact) -> Element:
        file, key = self.directory / element.model, ("circuit", "elements", name, "model")
        try:
            model = compact_model_at(file, element.parameter)
        except ModelError as error:
            raise misfit(key, f"'{file}' {error}") from None
        except OSError:
            text = f"no file '{file}'; write the compact.json that 'nanochannel compact' makes, relative to the circuit"
            raise misfit(key, text) from None
        try:
            return element.with_model(model)
        except PydanticCustomError as error:
            context = error.context or {}
            raise misfit((*key[:-1], *context["key"]), context["text"]) from None

    @model_validator(mode="wrap")  # the last one, so that it sees the errors of all others
    @classmethod
    def _explained(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """The circuit, or one line about what is wrong with it."""
        data = data if isinstance(data, cls) else plain(data)
        try:
            return handler(data)
        except ValidationError as error:
            key, text = explain(error, data)[0]
            raise CaseError(text, key=key) from None
