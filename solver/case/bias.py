"""Bias of a case, and what drives it."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from solver.case.studies.studied import StudiedCase


def means_bias(ports: int, potentials: Sequence[float], biases: Sequence[float]) -> bool:
    """Whether people call a swept potential (V) of the driven terminal the bias: with two terminals or electrodes always,
    with more of them (`ports`) where the others add nothing to it, since there are several biases then."""
    pairs = zip(potentials, biases, strict=True)
    return ports <= 2 or all(math.isclose(v, bias, rel_tol=1e-9, abs_tol=1e-12) for v, bias in pairs)


def bias_of(case: StudiedCase) -> float:
    """Potential (V) of the driven terminal or electrode against the first of the others."""
    driven = case.driven_terminal
    others = [name for name in (*case.terminals, *case.electrodes) if name != driven]
    return case.potential_of(driven) - (case.potential_of(others[0]) if others else 0.0)


def first_driven(kind: str, ports: Mapping[str, Any], driven: Collection[str]) -> str:
    """Of the terminals or electrodes: the one whose potential is swept or driven, else the first with a potential, else the
    one whose pressure is swept or driven, else the first with a pressure, the same of flow rates, else the first.

    kind: "terminals" or "walls". driven: keys that are swept or driven.
    """
    found: list[str] = []
    for key in ("potential", "pressure", "flow_rate") if kind == "terminals" else ("potential",):
        found += [name for name in ports if f"{kind}.{name}.{key}" in driven]
        found += [name for name, port in ports.items() if getattr(port, key) not in (None, 0.0)]
    return [*found, *ports][0]
