"""The species of an electrolyte."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ConfigDict, Field

from meshes.quantity import Description, Diffusivity, Whole, did_you_mean, misfit
from meshes.quoting import quoted
from solver.inputs.choices import nothing_required
from solver.physics.acids import ACID_FORMS
from solver.physics.ions import ION_TABLE


class Species(Description):
    """One ion (or neutral solute). For names of the ion table every key has a default."""

    model_config = ConfigDict(json_schema_extra=nothing_required)

    valence: Whole = Field(ge=-8, le=8)
    diffusivity: Diffusivity
    stoichiometry: Whole | None = Field(default=None, ge=0, le=100)
    """Ions per formula unit of the salt; for two species it follows from the valences."""


def of_table(name: str, given: Any) -> Any:
    """Keys of a species with what the tables of ions and acids know of its name."""
    given = {} if given is None else given
    if not isinstance(given, Mapping):
        return given
    data = {key: value for key, value in given.items() if value is not None}
    missing = [key for key in ("valence", "diffusivity") if key not in data]
    ion = ION_TABLE.get(name) or ACID_FORMS.get(name)
    if ion is None and missing:
        close = did_you_mean(name, ION_TABLE, "it knows")
        raise misfit(
            (name,), f"{quoted(name)} is not in the ion table, so write its {' and '.join(missing)} (or {close})"
        )
    if ion is not None:
        if data.get("valence", ion.valence) != ion.valence and "diffusivity" in missing:
            raise misfit(
                (name, "valence"), f"the ion table has valence {ion.valence}; for another one write a diffusivity"
            )
        data = {"valence": ion.valence, "diffusivity": ion.diffusivity, **data}
    return data
