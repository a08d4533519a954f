"""Trace species: molecules too dilute to change the fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import ConfigDict, Field, model_validator
from typing_extensions import Self

from meshes.quantity import Concentration, Description, Diffusivity, PositiveLength, Unit, misfit
from meshes.quoting import quoted
from solver.inputs.choices import nothing_required
from solver.physics.ions import ION_TABLE
from solver.physics.transport import stokes_einstein

Charge = Annotated[float, Unit("", "-2"), Field(ge=-1e4, le=1e4)]


class TraceSpecies(Description):
    """A molecule too dilute to change the fields, which is solved for after these. For names of the ion table, valence and
    diffusivity have a default."""

    model_config = ConfigDict(json_schema_extra=nothing_required)

    valence: Charge
    """Charge number; it need not be whole, and may be large."""
    diffusivity: Diffusivity | None = None
    """By default that of a sphere of its radius (Stokes and Einstein)."""
    radius: PositiveLength | None = None
    """Radius of a sphere that moves like it: gives the diffusivity where the case does not."""
    concentration: Concentration | None = None
    """In the reservoir of every terminal that does not give its own; 0 by default."""

    @model_validator(mode="after")
    def _can_move(self) -> Self:
        if self.diffusivity is None and self.radius is None:
            raise misfit((), "needs a diffusivity or a radius; write e.g. 'diffusivity: 4.2e-10 m^2/s'")
        return self

    def diffusivity_in(self, temperature: float, viscosity: float) -> float:
        """m^2/s, in a liquid of a temperature (K) and a viscosity (Pa s)."""
        if self.diffusivity is not None:
            return self.diffusivity
        assert self.radius is not None
        return stokes_einstein(self.radius, temperature, viscosity)


def with_table_values(name: str, given: Any) -> Any:
    """Keys of a trace species with those of the ion table for ions that it knows."""
    given = {} if given is None else given
    ion = ION_TABLE.get(name)
    if not isinstance(given, Mapping):
        return given
    data = {key: value for key, value in given.items() if value is not None}
    if "valence" not in data and ion is None:
        raise misfit((name,), f"{quoted(name)} is not in the ion table, so write its valence, e.g. 'valence: -2'")
    if ion is None:
        return data
    alike = data.get("valence", ion.valence) == ion.valence and not {"diffusivity", "radius"} & set(data)
    return {"valence": ion.valence, **({"diffusivity": ion.diffusivity} if alike else {}), **data}
