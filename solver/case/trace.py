"""Trace species: molecules too dilute to change the fields, and the checks of what a case says of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import ConfigDict, Field, model_validator
from typing_extensions import Self

from meshes.quantity import Concentration, Description, Diffusivity, PositiveLength, Unit, did_you_mean, misfit
from meshes.quoting import quoted
from solver.inputs.choices import nothing_required
from solver.physics.ions import ION_TABLE
from solver.physics.transport import stokes_einstein

if TYPE_CHECKING:
    from solver.case.case import Case

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


def check_traces(case: Case) -> None:
    """Raise a misfit (path below the case) when trace species do not fit the rest of a case."""
    traces = case.electrolyte.trace
    for name, terminal in case.terminals.items():
        for species in terminal.trace:
            if species not in traces:
                hint = did_you_mean(species, traces, "there are") if traces else "describe it at 'electrolyte.trace'"
                raise misfit(("terminals", name, "trace", species), f"unknown trace species; {hint}")
    if not traces:
        return
    if not case.terminals:
        raise misfit(("electrolyte", "trace"), "needs terminals at which it enters, and this device has none")
    if not case.study.carries_traces:
        raise misfit(
            ("electrolyte", "trace"),
            f"trace species are computed in steady states, and not in a study of type {quoted(case.study.kind())}; write"
            " 'study: {type: sweep, ...}', or leave them out",
        )
    for name in traces:
        if name in case.electrolyte.species:
            raise misfit(("electrolyte", "trace", name), "is a species of the electrolyte, too; give it another name")
        if not any(case.trace_at(terminal)[name] > 0.0 for terminal in case.terminals):
            first = next(iter(case.terminals))
            raise misfit(
                ("electrolyte", "trace", name),
                f"no terminal holds any of it; write e.g. terminals.{first}.trace: {{{name}: 1 nM}}",
            )
