"""Sites on a wall and the ions that they bind: keys, states, charges.

A site of charge q_0 has a bound state for every set of ions that it can hold. With the activities a_j (mol/l) of the ions at
the 0-plane, state s with n_sj ions of each kind j has the weight 10^pK_s prod_j a_j^n_sj against 1 of the bare site, and the
charge q_0 + sum_j n_sj z_j (Davis, James and Leckie, J. Colloid Interface Sci. 63, 480 (1978), without their second plane).
"""

from __future__ import annotations

import math
import string
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import ConfigDict, Field, model_validator
from typing_extensions import Self

from meshes.quantity import Description, Unit, Whole, did_you_mean, misfit
from meshes.quoting import quoted
from solver.laws.algebra import Algebra
from solver.laws.walls.surfaces import SITES

LN10 = math.log(10.0)

LARGEST_PK = 60.0
"""No constant of association is beyond ten to this power."""

MOST_IONS = 8
"""Ions of one kind that a site may hold."""

MOST_STATES = 12
"""Bound states of one type of sites."""

NAME_CHARACTERS = frozenset(string.ascii_letters + string.digits + "_")
"""Of the names of sites, which columns of results bear."""

SiteDensity = Annotated[float, Unit("1/m^2", "8 /nm^2", "positive")]
PK = Annotated[float, Unit("", "7.5")]


class BoundState(Description):
    """A site with ions on it: their numbers by species, and the pK of letting go of all of them at once."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Whole]

    pK: PK
    """Decadic logarithm of the constant of association, from the bare site, of activities in mol/l."""

    @model_validator(mode="before")
    @classmethod
    def _only_known_keys(cls, data: Any) -> Any:
        if isinstance(data, cls):
            return data
        if not isinstance(data, Mapping):
            raise misfit((), f"{quoted(data)} is no bound state; write e.g. '{{H: 1, pK: 7.5}}'")
        if "pK" not in data:
            close = next((key for key in data if str(key).lower() in ("pk", "pka", "logk", "log_k")), None)
            if close is not None:
                raise misfit(
                    (close,), f"unknown key; did you mean 'pK'? (of association: {quoted('pK')} of an acid is its pKa)"
                )
            raise misfit(("pK",), "is missing; write e.g. 'pK: 7.5'")
        return data

    @model_validator(mode="after")
    def _holds_ions(self) -> Self:
        if not self.ions:
            raise misfit((), "names no ion; write what is bound and how many, e.g. '{H: 1, pK: 7.5}'")
        for name, count in self.ions.items():
            if not 1 <= count <= MOST_IONS:
                raise misfit((name,), f"{count} is not a number of bound ions; write 1 to {MOST_IONS}")
        if abs(self.pK) > LARGEST_PK:
            raise misfit(("pK",), f"{self.pK:g} is no pK; it lies between {-LARGEST_PK:g} and {LARGEST_PK:g}")
        return self

    @property
    def ions(self) -> Mapping[str, int]:
        """Number of bound ions by species."""
        return self.__pydantic_extra__ or {}


class Site(Description):
    """One type of sites. For names of the table of sites every key has the default that stands there."""

    model_config = ConfigDict(json_schema_extra={"required": ["site"]})

    site: str
    """Name of the sites, of the table or of your own."""
    density: SiteDensity
    """Sites per area, in whatever state."""
    charge: Whole = Field(ge=-4, le=4)
    """Charge of the bare site."""
    binds: tuple[BoundState, ...]
    """Its bound states, each with the numbers of bound ions by species and the pK of letting go of all of them: of an acid
    its pKa; of a second proton, the sum of both."""

    @model_validator(mode="before")
    @classmethod
    def _only_known_keys(cls, data: Any) -> Any:
        if isinstance(data, cls):
            return data
        if not isinstance(data, Mapping):
            raise misfit((), f"{quoted(data)} is no type of sites; write e.g. '{{site: silanol, density: 8 /nm^2}}'")
        data = with_table_values(data)
        return super()._only_known_keys(data)  # type: ignore[operator]

    @model_validator(mode="after")
    def _has_states(self) -> Self:
        if not 1 <= len(self.binds) <= MOST_STATES:
            raise misfit(("binds",), f"needs 1 to {MOST_STATES} bound states; write e.g. '[{{H: 1, pK: 7.5}}]'")
        names = self.states
        for i, name in enumerate(names):
            if name in names[:i]:
                raise misfit(("binds", i - 1), "the same ions are bound twice; keep one of them")
        if not set(self.site) <= NAME_CHARACTERS or not self.site:
            raise misfit(("site",), f"{quoted(self.site)} is no name; use letters, digits and _")
        return self

    def charges(self, valences: Mapping[str, int]) -> list[int]:
        """Charge of each state, the bare one first."""
        return [
            self.charge,
            *(self.charge + sum(n * valences[ion] for ion, n in state.ions.items()) for state in self.binds),
        ]

    @property
    def states(self) -> list[str]:
        """Names of the states, the bare one first: free, H, H2, K_Ca."""
        bound = ["_".join(ion if n == 1 else f"{ion}{n}" for ion, n in state.ions.items()) for state in self.binds]
        return ["free", *bound]


def with_table_values(data: Mapping[str, Any]) -> dict[str, Any]:
    """The keys of a type of sites with those that the table has for its name."""
    given = {key: value for key, value in data.items() if value is not None}
    known = SITES.get(given["site"]) if isinstance(given.get("site"), str) else None
    if known is not None:
        return {**known.keys(), **given}
    missing = [key for key in ("density", "charge", "binds") if key not in given]
    if isinstance(given.get("site"), str) and len(missing) == 3:
        name = given["site"]
        close = did_you_mean(name, SITES, "it knows")
        raise misfit(
            ("site",), f"{quoted(name)} is not in the table of sites, so write its {', '.join(missing)} (or {close})"
        )
    return given


def fractions(
    site: Site, pKs: Sequence[Any], potentials: Mapping[str, Any], valences: Mapping[str, int], y: Any, m: Algebra
) -> list[Any]:
    """Part of the sites that is in each state, the bare one first.

    pKs: of the bound states. potentials: electrochemical potential of each species over RT, of activities in mol/l.
    y: potential of the 0-plane in thermal voltages.
    """
    logs: list[Any] = [0.0 * y]
    for state, pK in zip(site.binds, pKs, strict=True):
        logs.append(pK * LN10 + sum(n * (potentials[ion] - valences[ion] * y) for ion, n in state.ions.items()))
    largest = logs[0]
    for log in logs[1:]:
        largest = m.where(m.less(largest, log), log, largest)
    weights = [m.exp(log - largest) for log in logs]
    total = sum(weights)
    return [weight / total for weight in weights]
