"""The fields of a problem's unknowns as parts of its block systems, for solvers that split them (`solver.linear.fieldsplit`):
the electrochemical potentials, the potential, and with flow the pressure and the velocity, in the order in which a
preconditioner solves for them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import ufl
from dolfinx import fem
from dolfinx.fem import petsc as fem_petsc
from mpi4py import MPI

from solver.discretization.channel import Channel
from solver.discretization.flow import Flow
from solver.discretization.pressure_parts import pressure_part
from solver.discretization.symbols import product
from solver.discretization.unknowns import POTENTIAL, Unknowns
from solver.linear.blocks import Combination, Member, Part
from solver.linear.components import Component, ComponentInverse
from solver.linear.multigrid import BOOMER

VELOCITY = "velocity"
"""Name of the part that is the velocity of the flow."""


def transport_parts(unknowns: Unknowns, fixed: np.ndarray) -> list[Part]:
    """The electrochemical potentials and the potential.

    fixed: owned entries with given values.
    """
    nodes, found = np.arange(unknowns.owned_nodes), []
    for name in (*unknowns.of_species, POTENTIAL):
        entries = np.setdiff1d(unknowns.entries(nodes, name), unknowns.owned_idle)
        found.append(Part(name, 0, entries, given=np.flatnonzero(np.isin(entries, fixed))))
    return found


def conserved_charge(
    unknowns: Unknowns, fixed: np.ndarray, valences: Mapping[str, int], rate: float, coupling: float
) -> Combination:
    """Conservation of the charge that ions and the field carry, for equations with storage.

    Ions that storage holds where they are follow the potential: with M of the storage, rate w, and K of the conduction, the
    equations are w M (mu - z phi) + K mu of a species and L phi - q sum z M (mu - z phi) of the field. Changes of phi with
    mu = z phi leave L + (q / w) sum z^2 K of the field's equation and q / w times the charges of all others: displacement and
    conduction. No field alone sees this operator, from diffusion over the device to far above the rate of double layers.

    fixed: owned entries with given values. valences: of the species by names. coupling: q, of the potential to
        concentrations, see `solver.physics.scales.Scales.charge_coupling`.
    """
    entries = np.setdiff1d(unknowns.entries(np.arange(unknowns.owned_nodes), POTENTIAL), unknowns.owned_idle)
    nodes, given = entries // unknowns.width, np.flatnonzero(np.isin(entries, fixed))
    # also where the potential is given: every row of the combined equations needs its diagonal
    members = [Member(np.arange(len(entries)), entries, 1.0, 1.0)]
    for name, valence in valences.items():
        own = unknowns.entries(nodes, name)
        free = np.flatnonzero(~np.isin(own, np.concatenate([fixed, unknowns.owned_idle])))
        free = np.setdiff1d(free, given)
        members.append(Member(free, own[free], coupling / rate * valence, float(valence)))
    return Combination(entries, given, tuple(members))


def flow_parts(flow: Flow, channel: Channel) -> list[Part]:
    """The pressure and the velocity. Collective."""
    pressure = pressure_part(flow, channel)
    idle = np.zeros(0, dtype=np.int64) if flow.idle is None else flow.idle
    dimension = channel.tagged.mesh.geometry.dim
    every = np.arange(flow.owned_velocity).reshape(-1, dimension)
    # idle entries of the pressure are identity rows of its mass matrix, and stay: their residual is zero
    chosen = every[~np.isin(every, idle).any(axis=1)].ravel()
    if (inverse := _friction(flow, channel, chosen)) is not None:
        return [pressure, Part(VELOCITY, 1, chosen, inverse=inverse)]
    return [pressure, Part(VELOCITY, 1, chosen, dimension, options=BOOMER)]


def _friction(flow: Flow, channel: Channel, chosen: np.ndarray) -> ComponentInverse | None:
    """Approximate inverse of the matrix of the velocity by its components; None where these are coupled by more than the
    strain, or their matrix follows the state. Collective.

    chosen: owned entries of the velocity that are not idle, sorted.
    """
    space, dimension, comm = channel.scalar, channel.tagged.mesh.geometry.dim, channel.tagged.mesh.comm
    parts = flow.scalar_parts()[:dimension]
    if not (flow.is_plain and dimension == 3 and parts[0].dofmap.list.shape == space.dofmap.list.shape):
        return None
    nodes = space.dofmap.index_map.size_local
    # entry of each component at each node of the scalar space, ghosts included
    entries = np.zeros((nodes + space.dofmap.index_map.num_ghosts, dimension), dtype=np.int64)
    for k, part in enumerate(parts):
        entries[space.dofmap.list.ravel(), k] = part.dofmap.list.ravel()
    agree = bool((entries[:nodes] < flow.owned).all() and (entries[nodes:] >= flow.owned).all())
    if not comm.allreduce(agree, op=MPI.LAND):
        return None
    trial, test = ufl.TrialFunction(space), ufl.TestFunction(space)
    found = []
    for k, own in enumerate(entries.T):
        # the component's own part of the friction with the symmetric strain
        strain = ufl.inner(ufl.grad(trial), ufl.grad(test)) + trial.dx(k) * test.dx(k)
        fixed = np.isin(own, flow.constrained)
        bcs = [fem.dirichletbc(0.0, np.flatnonzero(fixed).astype(np.int32), space)]
        matrix = fem_petsc.assemble_matrix(fem.form(channel.over(product(flow.viscosity.value, strain))), bcs=bcs)
        matrix.assemble()
        free = np.flatnonzero(~fixed[:nodes])
        found.append(Component(matrix, np.searchsorted(chosen, own[free]), free))
    return ComponentInverse(found, np.flatnonzero(np.isin(chosen, flow.constrained)))
