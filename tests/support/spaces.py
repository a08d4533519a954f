"""Problems in three dimensions, made by hand from block meshes: potassium chloride between charged walls."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mpi4py import MPI

from meshes.blocks.mesh import COPIES, BlockMesh, Part
from meshes.distributed import distributed
from solver.discretization.boundary import Profile, Solute, TerminalCondition, WallCondition
from solver.discretization.evaluation import Evaluation
from solver.discretization.parameters import Parameters
from solver.discretization.problem import Problem
from solver.laws.walls.surface_charge import ConstantCharge, GivenCharge
from solver.linear.presets import block_solver
from solver.nonlinear.continuation import Continuation
from solver.nonlinear.newton import Newton, NewtonSettings
from solver.parallel.clock import Clock
from solver.physics.scales import Scales

SALT = Solute("K", 1, 1.957e-9), Solute("Cl", -1, 2.032e-9)


class Space:
    """A device of walls with a constant charge and two terminals with the same solution, solved at voltages.

    Args:
        make: gives the mesh. part: what of the device it holds.
        charges: C/m^2 of the charged walls; `bare` are the others.
        concentration: mol/m^3 at both terminals. straight: whether they end the channel.
        profiles: equilibrium potentials (V) at the terminals against the distance from the axis (m).
    """

    def __init__(
        self,
        make: Callable[[], BlockMesh],
        part: Part,
        charges: Mapping[str, float],
        concentration: float,
        *,
        bare: tuple[str, ...] = (),
        terminals: tuple[str, str] = ("base", "tip"),
        straight: bool = False,
        profile: Profile | None = None,
        solutes: tuple[Solute, ...] = SALT,
        permittivity: float = 78.5,
        viscosity: float = 0.89e-3,
        temperature: float = 298.15,
        flow: bool = True,
        comm: MPI.Comm = MPI.COMM_WORLD,
    ) -> None:
        tagged = distributed(make, comm)
        self._of = concentration, terminals, straight, profile
        self.solutes = solutes
        self.scales = Scales.of(
            length=tagged.unit,
            concentration=concentration,
            temperature=temperature,
            relative_permittivity=permittivity,
            viscosity=viscosity,
            measure_factor=COPIES[part],
            axisymmetric=False,
            dimension=3,
        )
        charged = [WallCondition(name, (GivenCharge(ConstantCharge(charge)),)) for name, charge in charges.items()]
        self.walls = [*charged, *map(WallCondition, bare)]
        self.problem = Problem(tagged, self.scales, solutes, self.conditions(0.0), self.walls, flow=flow, clock=Clock())
        newton = Newton(self.problem, block_solver("direct", "jacobian_", Clock()))
        self._found: dict[tuple[float, float], Evaluation] = {}
        self._continuation = Continuation(self.problem, newton, NewtonSettings())

    def conditions(self, voltage: float, pressure: float = 0.0) -> list[TerminalCondition]:
        """What the terminals hold, the voltage (V) and the pressure (Pa) at the first."""
        concentration, names, straight, profile = self._of
        held = (concentration,) * len(self.solutes)
        at = (voltage, pressure), (0.0, 0.0)
        return [
            TerminalCondition(name, potential, p, held, profile, straight)
            for name, (potential, p) in zip(names, at, strict=True)
        ]

    def parameters(self, voltage: float, pressure: float = 0.0) -> Parameters:
        """The values of the problem."""
        return self.problem.parameters(self.conditions(voltage, pressure), self.walls, self.solutes, self.scales)

    def solve(self, voltage: float, pressure: float = 0.0) -> Evaluation:
        """The steady state. Collective."""
        point = voltage, pressure
        if point not in self._found:
            way = f"voltage at {pressure:g} Pa"
            self._found[point] = self._continuation.reach(self.parameters(*point), voltage, way).state
        return self._found[point]

    def current(self, found: Evaluation) -> float:
        """A into the device at the first terminal."""
        return float(found.currents[0] * self.scales.current)

    def flow_rate(self, found: Evaluation) -> float:
        """m^3/s into the device at the first terminal."""
        return float(found.flow_rates[0] * self.scales.flow_rate)
