"""The unknowns of a problem as the fields that linear solvers may split (`solver.linear.fieldsplit`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from solver.discretization.boundary_values import BoundaryValues
from solver.discretization.channel import Channel
from solver.discretization.field_parts import conserved_charge, flow_parts, transport_parts
from solver.discretization.flow import Flow
from solver.discretization.unknowns import Unknowns
from solver.linear.blocks import Combination, Part
from solver.parallel.clock import Clock


@dataclass(frozen=True, eq=False)
class SplitFields:
    """The fields of a problem.

    Attributes:
        unknowns, boundary_values: of the transport.
        flow: None without.
        channel: where the liquid flows.
        valences: of the species, by the names of their fields; None where the equations of the species and of the field do
            not sum to the conservation of charge.
        slowest: dimensionless rate of storage up to which no ion is held where it is.
        clock: timers.
    """

    unknowns: Unknowns
    boundary_values: BoundaryValues
    flow: Flow | None
    channel: Channel
    valences: Mapping[str, int] | None
    slowest: float
    clock: Clock

    def __post_init__(self) -> None:
        if self.flow is not None:
            self.flow.solved.split_by(lambda: self.of_flow)

    @cached_property
    def of_flow(self) -> tuple[Part, ...]:
        """The pressure and the velocity. Collective."""
        if self.flow is None:
            return ()
        with self.clock("setup"):
            return tuple(flow_parts(self.flow, self.channel))

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """All fields. Collective."""
        return (*transport_parts(self.unknowns, self.boundary_values.owned_entries), *self.of_flow)

    def combination(self, rate: float, coupling: float) -> Combination | None:
        """What is solved for before the parts, for equations with storage at a dimensionless rate; None where that is so slow
        that no ion is held where it is.

        coupling: of the potential to concentrations, see `solver.physics.scales.Scales.charge_coupling`.
        """
        if self.valences is None or rate <= self.slowest:
            return None
        return conserved_charge(self.unknowns, self.boundary_values.owned_entries, self.valences, rate, coupling)
