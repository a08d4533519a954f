"""Column headers of result tables: a name and, unless it is a pure number, a unit in brackets.

    current [A]                     a quantity of the device
    current_base_K [A]              of a species at a terminal: the names of both follow that of the quantity
    current_error [A]               the error of a column
    terminals.base.potential [V]    the value of a swept or driven key of the case

The only place that composes headers and takes them apart. The constants are the headers that code asks for by name.
"""

from __future__ import annotations

from typing import Protocol


class HasUnits(Protocol):
    """A case, as far as the headers of its keys need one."""

    def unit(self, parameter: str, /) -> str:
        """SI unit of a numeric key, "" when it has none."""


def header(name: str, unit: str = "") -> str:
    """Header of a column: "current [A]" of "current" and "A"; the name alone without a unit."""
    return f"{name} [{unit}]" if unit else name


def split_header(text: str) -> tuple[str, str]:
    """Name and unit of a header: ("current", "A") of "current [A]"; the unit is "" when there is none."""
    name, bracket, unit = text.partition(" [")
    return (name, unit.removesuffix("]")) if bracket else (text, "")


def extended(text: str, *words: str) -> str:
    """Header whose name is that of another one followed by words: "current_base_K [A]" of "current [A]", "base", "K"."""
    name, unit = split_header(text)
    return header("_".join((name, *words)), unit)


def error_header(text: str, part: str = "") -> str:
    """Header of the error of a column, or of a part of it: "current_error [A]", "current_time_error [A]"."""
    return extended(text, *([part] if part else []), "error")


def parameter_header(case: HasUnits, parameter: str) -> str:
    """Header of a swept or driven key of a case: "terminals.base.potential [V]"."""
    return header(parameter, case.unit(parameter))


# ------------------------------------------------------------------------------------------------ where a row belongs
POINT = "point"
TIME = header("time", "s")
FREQUENCY = header("frequency", "Hz")
BIAS = header("bias", "V")

# ------------------------------------------------------------------------------------------------ measured quantities
CURRENT = header("current", "A")
CONDUCTION_CURRENT = header("conduction_current", "A")
DISPLACEMENT_CURRENT = header("displacement_current", "A")
BOUND_CHARGE_RATE = header("bound_charge_rate", "A")
CURRENT_CUT = header("current_cut", "A")
CONSERVATION_ERROR = "conservation_error"
CONDUCTANCE = header("conductance", "S")
FLOW_RATE = header("flow_rate", "m^3/s")
FLOW_CONSERVATION_ERROR = "flow_conservation_error"
SECTION_FLOW_ERROR = "flow_section_error"
SALT_MEAN = header("salt_mean", "mol/m^3")
SALT_AXIAL_MEAN = header("salt_axial_mean", "mol/m^3")

# ------------------------------------------------------------------------------------------------ errors of the current
CURRENT_ERROR = error_header(CURRENT)
DISCRETISATION_ERROR = error_header(CURRENT, "discretization")
ALGEBRAIC_ERROR = error_header(CURRENT, "algebraic")
RESERVOIR_ERROR = error_header(CURRENT, "reservoir")
TIME_ERROR = error_header(CURRENT, "time")

# ------------------------------------------------------------------------------------------------ impedance spectra
IMPEDANCE_REAL = header("impedance_real", "ohm")
IMPEDANCE_IMAGINARY = header("impedance_imaginary", "ohm")
IMPEDANCE_MAGNITUDE = header("impedance_magnitude", "ohm")
IMPEDANCE_PHASE = header("impedance_phase", "deg")
DIFFERENTIAL_CONDUCTANCE = header("differential_conductance", "S")

# ------------------------------------------------------------------------------------------------ profiles
AXIAL_POSITION = header("axial_position", "m")
AREA = header("area", "m^2")
SALT = header("salt", "mol/m^3")
VIRTUAL_SALT = header("virtual_salt", "mol/m^3")
POTENTIAL = header("potential", "V")
VIRTUAL_POTENTIAL = header("virtual_potential", "V")
CHARGE_DENSITY = header("charge", "C/m^3")
VELOCITY = header("velocity", "m/s")
