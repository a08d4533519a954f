"""Orders at which errors fall on refined meshes or with shorter steps: their checks and their curves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from dolfinx import fem
from dolfinx import mesh as dmesh
from mpi4py import MPI

from validation.checks import Check, Line

QUADRATIC = "interpolation by quadratic elements"
"""Why errors in L2 are of third order."""


def marked(mesh: dmesh.Mesh, lines: Sequence[tuple[int, float]]) -> dmesh.MeshTags:
    """The facets of a mesh in the plane on lines, each of a coordinate and its value, numbered from 1 in their order."""
    facets = [dmesh.locate_entities(mesh, 1, lambda x, k=k, at=at: np.isclose(x[k], at)) for k, at in lines]
    numbers = np.repeat(np.arange(1, len(facets) + 1), [len(found) for found in facets]).astype(np.int32)
    every = np.concatenate(facets)
    order = np.argsort(every)
    return dmesh.meshtags(mesh, 1, every[order].astype(np.int32), numbers[order])


def norms(squares: Sequence[Any], comm: MPI.Comm) -> np.ndarray:
    """Square roots of integrals (forms). Collective."""
    local = np.array([fem.assemble_scalar(fem.form(square)) for square in squares])
    return np.sqrt(comm.allreduce(local, op=MPI.SUM))


def orders(
    section: str,
    name: str,
    quantity: str,
    fields: Sequence[str],
    errors: np.ndarray,
    expected: Mapping[str, float],
    allowed: float,
    source: str,
) -> Iterator[Check]:
    """Orders from the last two errors of each field, of which each has half the cells or steps of the next.

    section, name, source: of the checks. quantity: what is said before the name of the field. errors: shape (meshes, fields).
    expected: order of those fields that are checked. allowed: how much less is allowed.
    """
    rates = dict(zip(fields, np.log2(errors[-2] / errors[-1]), strict=True))
    for field, order in expected.items():
        yield Check(
            section, name, f"{quantity}, {field}", "", order, float(rates[field]), allowed, "exact", source, scale=1.0,
            bound=">",
        )  # fmt: skip


def curves(fields: Sequence[str], counts: Sequence[int], errors: np.ndarray) -> tuple[Line, ...]:
    """Errors of each field over numbers of cells or steps."""
    found = zip(fields, errors.T, strict=True)
    return tuple(Line(field, list(counts), list(map(float, column)), look="curve") for field, column in found)
