"""What a reaction between dissolved species has to tell: what it turns into what, and how fast.

A reaction makes and takes species, and no charge. Currents and the balance of charge are those of a device without it; of
the balances of species those stay that no reaction changes.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from meshes.quantity import Description, did_you_mean
from meshes.quoting import quoted
from solver.laws.algebra import Algebra


class ReactionLaw(Description):
    """A reaction in the liquid. A subclass is one kind: its keys, its formula, its source."""

    @abstractmethod
    def stoichiometry(self) -> Mapping[str, int]:
        """Change of the number of each species by one event; what is not named stays."""

    @abstractmethod
    def rate(self, concentrations: Mapping[str, Any], m: Algebra) -> Any:
        """Net number of events in mol/(m^3 s), of concentrations in mol/m^3."""

    def objection(self, valences: Mapping[str, int]) -> str | None:
        """Why the reaction cannot happen between species of these valences: one is not there, or charge is made."""
        unknown = [name for name in self.stoichiometry() if name not in valences]
        if unknown:
            return f"there is no species {quoted(unknown[0])}; {did_you_mean(unknown[0], valences, 'there are')}"
        made = sum(count * valences[name] for name, count in self.stoichiometry().items())
        return f"makes a charge of {made:+d} e an event; both sides must have the same charge" if made else None


def unexplained(
    missing: npt.NDArray[np.float64], reactions: Sequence[ReactionLaw], species: Sequence[str]
) -> npt.NDArray[np.float64]:
    """The part of missing amounts that no extents of the reactions explain. Shape (species,)."""
    if not reactions:
        return missing
    events = np.array([[law.stoichiometry().get(name, 0) for law in reactions] for name in species], dtype=float)
    extents = np.linalg.lstsq(events, missing, rcond=None)[0]
    return np.asarray(missing - events @ extents)
