"""Bias of a case, and what drives it."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from solver.case.studies.studied import StudiedCase


def means_bias(ports: int, potentials: Sequence[float], biases: Sequence[float]) -> bool:
    """Whether people call a swept potential (V) of the driven terminal the bias: with two terminals or electrodes always,
    with more of them (`ports`) where the others add nothing to it, since there are several biases then."""
    pairs = zip(potentials, biases, strict=True)
    return ports <= 2 or all(math.isclose(v, bias, rel_tol=1e-9, abs_tol=1e-12) for v, bias in pairs)


def bias_of(case: StudiedCase) -> float:
    """Potential (V) of the driven terminal or electrode against the first of the others, where both are given."""
    return bias_by(case, case.potential_of)


def bias_by(case: StudiedCase, potential_of: Callable[[str], float]) -> float:
    """The same for any potentials (V) of terminals and electrodes. The first of the others is one with reactions where there
    are several of these and one of them is driven."""
    driven = case.driven_terminal
    between = case.reacting if driven in case.reacting and len(case.reacting) > 1 else ()
    others = [name for name in between or (*case.terminals, *case.electrodes) if name != driven]
    return potential_of(driven) - (potential_of(others[0]) if others else 0.0)


def first_driven(kind: str, ports: Mapping[str, Any], driven: Collection[str]) -> str:
    """Of the terminals or electrodes: the one whose potential is swept or driven, else the first with a potential, else the
    same of currents that are held, of pressures and of flow rates, else the first.

    kind: "terminals" or "walls". driven: keys that are swept or driven.
    """
    found: list[str] = []
    of_terminals = ("potential", "current", "pressure", "flow_rate")
    for key in of_terminals if kind == "terminals" else ("potential", "current"):
        found += [name for name in ports if f"{kind}.{name}.{key}" in driven]
        found += [name for name, port in ports.items() if getattr(port, key) not in (None, 0.0)]
    held = [name for name, port in ports.items() if port.current is not None]
    return [*found, *held, *ports][0]
