"""What every study of a circuit says of itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from typing_extensions import Self

from meshes.quantity import Description, did_you_mean
from meshes.quoting import quoted
from solver.inputs.errors import Key


class CircuitStudy(Description):
    """Base of all kinds. Each has a key `type` with its name, and names the class that carries it out."""

    runner: ClassVar[str]
    """Class that computes the study, as "module:class"."""
    explanation: ClassVar[str] = ""
    follows_compartments: ClassVar[bool] = False
    """Whether it goes on in time, in which what is in finite compartments changes."""
    has_fields: ClassVar[bool] = False
    """Whether its rows are states whose fields can be kept."""
    follows_protocols: ClassVar[bool] = False
    """Whether the protocols of sources and the changes of switches drive it."""
    starts_charged: ClassVar[bool] = False
    """Whether capacitors start with their `initial` voltages."""
    needs_checkpoint: ClassVar[bool] = False
    """Whether an interrupted run can only go on from its checkpoint."""

    @classmethod
    def kind(cls) -> str:
        """Value of the key `type`."""
        return str(cls.model_fields["type"].default)

    def in_si(self, parts: Mapping[str, Any]) -> Self:
        """The study with SI floats where only the rest of the circuit tells the unit. parts: {"elements": ...}.

        Raises a misfit with its path below the study.
        """
        return self

    def faults(self, parts: Mapping[str, Any]) -> tuple[Key, str] | None:
        """Path below the study and text of what is wrong with it in a circuit. parts: {"elements": ..., "nodes": ...}.

        May raise a misfit with its path below the study.
        """
        return None

    def own_keys(self, circuit: Any) -> list[str]:
        """Keys of the file to which the study gives values of its own."""
        return [f"circuit.{axis.parameter}" for axis in getattr(self, "axes", tuple)()]

    def size(self) -> float:
        """Size of the study, in points, or in seconds."""
        return 1.0


def node_fault(node: str, place: Key, parts: Mapping[str, Any]) -> tuple[Key, str] | None:
    """What is wrong with the name of a node whose potential is looked at. place: of the name below the study."""
    nodes = parts["nodes"]
    if node not in nodes:
        return place, f"no node {quoted(node)}; {did_you_mean(node, sorted(nodes), 'the nodes are')}"
    if nodes[node].ground:
        others = ", ".join(quoted(name) for name, each in nodes.items() if not each.ground)
        return place, f"{quoted(node)} is the ground, whose potential is always zero; write one of {others}"
    return None
