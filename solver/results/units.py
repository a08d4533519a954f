"""Engineering units and readable names for the columns of result files, whose headers carry SI units."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from solver.results.headers import header, split_header

PREFIXES = {
    -24: "y",
    -21: "z",
    -18: "a",
    -15: "f",
    -12: "p",
    -9: "n",
    -6: "µ",
    -3: "m",
    0: "",
    3: "k",
    6: "M",
    9: "G",
    12: "T",
}

# SI unit of a column: the unit that papers use for it, and how many of that unit one SI unit is.
ENGINEERING = {
    "A": ("A", 1.0),
    "V": ("V", 1.0),
    "S": ("S", 1.0),
    "Pa": ("Pa", 1.0),
    "m": ("m", 1.0),
    "m/s": ("m/s", 1.0),
    "V/m": ("V/m", 1.0),
    "A/m^2": ("A/m²", 1.0),
    "C/m^2": ("C/m²", 1.0),
    "C/m^3": ("C/m³", 1.0),
    "mol/m^3": ("M", 1e-3),
    "m^3/s": ("L/s", 1e3),
    "m^3": ("L", 1e3),
    "mol": ("mol", 1.0),
    "s": ("s", 1.0),
    "Hz": ("Hz", 1.0),
    "ohm": ("Ω", 1.0),
    "F": ("F", 1.0),
    "C": ("C", 1.0),
    "W": ("W", 1.0),
    "J": ("J", 1.0),
    "N": ("N", 1.0),
}


@dataclass(frozen=True)
class Scale:
    """Multiply SI values by `factor` to have them in `unit`."""

    factor: float
    unit: str

    @property
    def power(self) -> int:
        """The factor as a power of ten."""
        return round(math.log10(self.factor))

    def label(self, name: str) -> str:
        """Axis label or column header, such as "current [nA]"."""
        return header(name, self.unit)


def engineering(values: Iterable[float], unit: str, centred: bool = False) -> Scale:
    """Unit with the prefix that brings the largest of the SI values between 1 and 1000.

    centred: of values that span at least 3 decades take the geometric mean instead; for parameters, not for results
    that may contain the round-off of a zero.
    """
    if unit not in ENGINEERING:
        return Scale(1.0, unit)
    symbol, factor = ENGINEERING[unit]
    sizes = [abs(float(value)) for value in values]
    sizes = [size * factor for size in sizes if math.isfinite(size) and size > 0.0]
    if not sizes:
        return Scale(factor, symbol)
    largest = max(sizes)
    if centred and largest > 999.0 * min(sizes):
        largest = math.exp(sum(map(math.log, sizes)) / len(sizes))
    # 0.9995: what would be printed as 1000 takes the next prefix.
    exponent = 3 * math.floor(math.log10(largest / 0.9995) / 3)
    exponent = min(max(exponent, min(PREFIXES)), 0 if unit == "s" else max(PREFIXES))  # nobody reads kiloseconds
    return Scale(factor * 10.0**-exponent, PREFIXES[exponent] + symbol)


def quantity(value: float, unit: str, digits: int = 4) -> str:
    """One SI value in its best unit, such as "10 mM" or "−0.5 V"."""
    scale = scale_of([value], unit)
    return f"{number_text(value * scale.factor, digits)} {scale.unit}".rstrip()


def plain_quantity(value: float, unit: str, digits: int = 4) -> str:
    """The same for logs, whose readers may know no other sign than "-"."""
    return quantity(value, unit, digits).replace("−", "-")


def scale_of(values: Iterable[float], unit: str) -> Scale:
    """Unit for given numbers, such as those of a sweep: as `engineering` for parameters, but volts from 0.1 V on."""
    sizes = [abs(value) for value in values]
    if unit == "V" and max(sizes, default=0.0) >= 0.1:  # biases are read in volts
        return Scale(1.0, "V")
    return engineering(sizes, unit, centred=True)


def number_text(value: float, digits: int = 4) -> str:
    """A number for texts, with the sign that belongs to numbers: "−0.5"."""
    return f"{value + 0.0:.{digits}g}".replace("-", "−")  # no "-0"


def readable(column: str) -> str:
    """Name of a column for people, without unit: "terminals.base.potential [V]" is "potential at base"."""
    parts = split_header(column)[0].split(".")
    last = parts[-1].replace("_", " ")
    if parts[0] == "study":  # of a step of the protocol, such as study.protocol.0.amplitude.terminals.base.potential
        driven = next((i for i, part in enumerate(parts) if part in ("terminals", "walls")), 0)
        name = readable(".".join(parts[driven:])) if driven else last
        return f"amplitude of {name}" if driven and parts[driven - 1] == "amplitude" else name
    if len(parts) == 4 and parts[2] == "concentrations":
        return f"{last} at {parts[1]}"
    if len(parts) == 3 and parts[0] == "terminals":
        return f"{last} at {parts[1]}"
    if len(parts) >= 3 and parts[0] == "walls":
        return f"{last} of {parts[1]}"
    if len(parts) >= 4 and parts[-2] in parts[2:]:
        return f"{last} of {parts[-2]}"
    return last
