"""What passes the ports of a problem in an evaluated state, and the potentials there that follow from a state."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from mpi4py import MPI
from petsc4py import PETSc

from solver.discretization.boundary_values import BoundaryValues
from solver.discretization.evaluation import NO_STORAGE, Evaluation, Storage
from solver.discretization.floating import FloatingPorts
from solver.discretization.flow import Flow
from solver.discretization.parameters import Parameters
from solver.discretization.port_charges import PortCharges
from solver.discretization.port_rates import PortRates
from solver.discretization.ports import Ports
from solver.discretization.reactions import Equilibria
from solver.discretization.unknowns import Unknowns
from solver.discretization.wall_laws import WallTerms
from solver.discretization.wall_means import WallMeans, with_means
from solver.linear.blocks import Border


class AtPorts:
    """Numbers at the ports of one problem: sums of rows of the residual that an evaluation has assembled, and integrals of
    laws at the ports. Collective.

    Args:
        unknowns, ports, values, valences, equilibria, flow: of the problem.
        terms: what the laws of walls give.
        means: over walls, which follow from a state, too.
        set_parameters: puts parameters into the forms. load: puts a whole evaluated state into them.
    """

    def __init__(
        self,
        unknowns: Unknowns,
        ports: Ports,
        values: BoundaryValues,
        valences: Sequence[int],
        equilibria: Equilibria,
        flow: Flow | None,
        terms: WallTerms,
        means: WallMeans,
        set_parameters: Callable[[Parameters], None],
        load: Callable[[Evaluation], None],
    ) -> None:
        self._comm, self._ports, self._values, self._flow, self._means = unknowns.comm, ports, values, flow, means
        self._load = load
        self.charges = PortCharges(unknowns, ports, terms)
        self.rates = PortRates(unknowns, ports, terms.fluxes, equilibria.dependences.numbers)
        of_ports = self.charges, self.rates, values, set_parameters
        self.floating = FloatingPorts(unknowns, ports, valences, equilibria.without(valences), *of_ports)

    def rates_of(self, found: Evaluation) -> np.ndarray:
        """See `Evaluation.rates`."""
        if self.rates.by_laws:
            self._load(found)
        return self.rates.total(found.rows)

    def charges_of(self, found: Evaluation) -> np.ndarray:
        """See `Evaluation.charges`."""
        self._load(found)
        return self.charges.total(found.rows)

    def excess_of(self, found: Evaluation) -> np.ndarray:
        """See `Evaluation.excess`."""
        return self.floating.excess(found.charges, found.rates, found.parameters, found.storage)

    def flow_rates_of(self, found: Evaluation) -> np.ndarray:
        """See `Evaluation.flow_rates`."""
        self._load(found)
        return self.flow_rates()

    def flow_rates(self) -> np.ndarray:
        """Those of the flow that is loaded. Shape (ports,)."""
        found = {} if self._flow is None else self._flow.outflows()
        local = np.array([found.get(port.name, 0.0) for port in self._ports.all])
        return np.asarray(self._comm.allreduce(local, op=MPI.SUM))

    def floated(self, state: np.ndarray, parameters: Parameters, storage: Storage = NO_STORAGE) -> Parameters:
        """The parameters with the means over walls and the potentials of ports that follow from a state, which is loaded."""
        return self.floating.floated(state, self._means.found(parameters), storage)

    def border(self, matrix: PETSc.Mat, found: Evaluation) -> Border | None:
        """These means and potentials as further unknowns of the linearised problem; None without any.

        matrix: the unconstrained one of the transport equations at a state, which is loaded.
        """
        flow = self._flow
        coupling = None if flow is None else lambda: flow.coupling_blocks(None)[0]
        at = found.parameters, found.storage
        means = self._means.border(found.parameters, self._values.owned_entries, self.floating.weights(*at))
        return with_means(self.floating.border(matrix, *at, coupling), means)
