"""The equations of a problem linearised at a state, as block systems."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from dolfinx import fem
from dolfinx.fem import petsc as fem_petsc

from solver.discretization.assembly import zero_rows
from solver.discretization.at_ports import AtPorts
from solver.discretization.boundary_values import BoundaryValues
from solver.discretization.evaluation import Evaluation
from solver.discretization.flow import Flow
from solver.discretization.flow_matrix import NAMES, apart
from solver.discretization.split_fields import SplitFields
from solver.discretization.unknowns import Unknowns
from solver.linear.blocks import BlockSystem
from solver.linear.direct import pattern_of
from solver.parallel.clock import Clock

OF_FLOW = 0.03
"""Weight of the residual of the flow beside that of transport in steps in time: the potentials hardly depend on it there."""


class Linearisation:
    """The Jacobian of a problem: blocks of transport and flow, or of transport, velocity and pressure where fields are split.

    Args:
        tangent: derivative of the transport equations.
        unknowns, values, at_ports, flow, fields: of the problem; without flow, and where no fields are split, None.
        has_idle: whether any of the transport unknowns are idle, on any rank.
        clock: timers.
    """

    def __init__(
        self,
        tangent: fem.Form,
        unknowns: Unknowns,
        values: BoundaryValues,
        at_ports: AtPorts,
        flow: Flow | None,
        fields: SplitFields | None,
        has_idle: bool,
        clock: Clock,
    ) -> None:
        self._tangent, self._values, self._at_ports, self._flow, self._fields = tangent, values, at_ports, flow, fields
        self._unknowns, self._has_idle, self._clock, self._number = unknowns, has_idle, clock, 0
        self._matrix = pattern_of(tangent, None if fields is None else "baij")

    @property
    def _idle(self) -> np.ndarray | None:
        """Owned entries of the transport that are idle; None without any on all ranks."""
        return self._unknowns.owned_idle if self._has_idle else None

    def at(self, found: Evaluation, *, constrained: bool) -> BlockSystem:
        """The system at an evaluated state, which is loaded; constrained rows are the identity (or left as they are). The
        matrices are overwritten by the next call. Collective."""
        self._number = number = self._number + 1
        rows, border = self._values.entries if constrained else None, None
        with self._clock("assembly"):
            self._matrix.zeroEntries()
            fem_petsc.assemble_matrix(self._matrix, self._tangent)
            self._matrix.assemble()
            if rows is not None:
                border = self._at_ports.border(self._matrix, found)
                zero_rows(self._matrix, rows, 1.0)
                self._values.couple(self._matrix, found.state)

        def is_current() -> bool:
            return self._number == number

        system = BlockSystem(
            ("transport",), ((self._matrix,),), idle=(self._idle,), border=border, is_current=is_current
        )
        if self._flow is not None:
            system = self._with_flow(self._flow, system, rows)
        if self._fields is not None:
            combination = self._fields.combination(found.storage.rate, found.parameters.scales.charge_coupling)
            weights = () if combination is None or self._flow is None else (1.0, OF_FLOW, OF_FLOW)
            system = replace(system, parts=self._fields.parts, combination=combination, weights=weights)
        return system

    def _with_flow(self, flow: Flow, transport: BlockSystem, rows: np.ndarray | None) -> BlockSystem:
        """The system of the transport with the flow. rows: local ones that are constrained."""
        to_transport, to_flow = flow.coupling_blocks(rows)
        if self._fields is None:
            blocks, idle = ((self._matrix, to_transport), (to_flow, flow.solved.matrix)), (self._idle, flow.idle)
            eliminated = flow.solved.eliminated
            return replace(transport, names=("transport", "flow"), blocks=blocks, eliminated=eliminated, idle=idle)
        friction, divergence = flow.solved.blocks
        three = ((self._matrix, to_transport, None), (to_flow, *friction), (None, *divergence))
        of_three = (self._idle, *apart(flow.idle, flow.owned_velocity))
        return replace(transport, names=("transport", *NAMES), blocks=three, idle=of_three)
