"""Names of the parameters of a problem: the one place that writes them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from solver.discretization.boundary import WallCondition

CHARGING = "walls.charging"
"""Factor of the charges and zeta potentials of walls and the charges of regions: 1, and on the way from an uncharged device
less."""

HOLDING = "walls.holding"
"""1 where coverages that are given at the start are held there, 0 where all follow their rates."""

TEMPERATURE, PERMITTIVITY, VISCOSITY, PH = (
    f"electrolyte.{name}" for name in ("temperature", "relative_permittivity", "viscosity", "pH")
)

OF_FORMS = ("walls.", "regions.", PERMITTIVITY, PH)
"""How the names of values begin that are constants of the compiled forms."""


def diffusivity_of(species: str) -> str:
    """Name of the diffusivity of a species."""
    return f"electrolyte.species.{species}.diffusivity"


def filling_of(species: str) -> str:
    """Name of the concentration of a species that a device without terminals is filled with."""
    return f"electrolyte.concentrations.{species}"


def concentration_at(terminal: str, species: str) -> str:
    """Name of the concentration of a species in the reservoir of a terminal."""
    return f"terminals.{terminal}.concentrations.{species}"


def trace_at(terminal: str, species: str) -> str:
    """Name of the concentration of a trace species in the reservoir of a terminal: the number itself, which may be 0."""
    return f"terminals.{terminal}.trace.{species}"


def of_trace(species: str, key: str) -> str:
    """Name of the valence or the diffusivity of a trace species."""
    return f"electrolyte.trace.{species}.{key}"


def wall_coefficient(wall: str, key: str, coefficient: str) -> str:
    """Name of a coefficient of a law of a wall; that of an empty coefficient is the key of the law."""
    return ".".join(part for part in ("walls", wall, key, coefficient) if part)


def coefficients_of(wall: str, key: str, names: Iterable[str]) -> dict[str, str]:
    """Those of some names that are coefficients of a law of a wall, by what they are called below the key of the law."""
    start = wall_coefficient(wall, key, "")
    return {name[len(start) + 1 :]: name for name in names if name == start or name.startswith(f"{start}.")}


MEAN_POTENTIAL, MEAN_AREA = "the potential", "the area"
"""What means over a wall are called beside those of the electrochemical potentials, which have the names of species."""


def mean_over(wall: str, what: str) -> str:
    """Name of a mean over a wall; it follows from a state."""
    return f"walls.{wall}.mean.{what}"


def asked_elsewhere(walls: Sequence[WallCondition]) -> dict[str, tuple[str, ...]]:
    """Walls over which laws ask for means, with the species of these."""
    found: dict[str, dict[str, None]] = {}
    for wall in walls:
        for law in wall.laws:
            for name, species in law.elsewhere.items():
                found.setdefault(name, {}).update(dict.fromkeys(species))
    return {wall: tuple(species) for wall, species in found.items()}


def region_coefficient(region: str | None, key: str) -> str:
    """Name of a coefficient of the law of a region; a device of one region may have no name for it."""
    return ".".join(part for part in ("regions", region, key) if part)
