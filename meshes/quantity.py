"""Quantities of the input files: SI floats read from numbers or from text such as "5 nm".

A leaf module: it knows units and the strict base class of every input description, and nothing about devices.

    class Pipe(Description):
        radius: PositiveLength          # accepts 5e-9, "5 nm", "0.005 um"; holds 5e-9

Every dimensional type carries a `Unit`, so that a column header can be derived from the type (`unit_of`).
"""

from __future__ import annotations

import difflib
import functools
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, GetCoreSchemaHandler, model_validator
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError, core_schema

from meshes.quoting import quoted, shortened

SMALLEST, LARGEST = 1e-40, 1e30
"""Sizes in SI units between which all quantities of this field are by many decades, and whose powers can be computed."""

LONGEST_QUANTITY = 100
"""Characters of a quantity; expressions and units of any use are shorter."""

THERMAL = "kT"
"""Unit of energies for which pint has another meaning, kilotesla: only the spellings of the table below are read."""

_QUANTITY = re.compile(r"([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)\s*(.*)")
_POWER = r"(?:\^|\*\*)\s*(?:[+-]?[0-9]|\([+-]?[0-9]\))(?![0-9.])|⁻?[¹²³](?![⁰¹²³⁴-⁹])"
_PART_OF_UNIT = re.compile(rf"(?:[^\W0-9]\w*|%|°\w*)(?:\s*(?:{_POWER}))?|^1\s*(?=/)|[\s·.*/()]")
"""A name with its power, of one digit; what stands between names."""

# The spellings that nearly every case uses, by SI unit. They are only a short cut around pint, whose registry takes
# 0.2 s to make; everything else goes through pint, and a test compares this table with it.
COMMON_UNITS: dict[str, dict[str, float]] = {
    "": {"%": 1e-2},
    "m": {"m": 1.0, "mm": 1e-3, "um": 1e-6, "µm": 1e-6, "nm": 1e-9, "pm": 1e-12},
    "V": {"V": 1.0, "mV": 1e-3, "uV": 1e-6},
    "Pa": {"Pa": 1.0, "kPa": 1e3, "MPa": 1e6, "mbar": 1e2, "bar": 1e5},
    "mol/m^3": {"mol/m^3": 1.0, "M": 1e3, "mM": 1.0, "uM": 1e-3, "nM": 1e-6, "mol/l": 1e3, "mol/L": 1e3},
    "m^2/s": {"m^2/s": 1.0, "um^2/s": 1e-12, "cm^2/s": 1e-4, "um^2/ms": 1e-9},
    "1/m^2": {"1/m^2": 1.0, "1/nm^2": 1e18, "/m^2": 1.0, "/nm^2": 1e18},
    "F/m^2": {"F/m^2": 1.0, "mF/m^2": 1e-3, "uF/cm^2": 1e-2},
    "C/m^2": {"C/m^2": 1.0, "mC/m^2": 1e-3, "uC/cm^2": 1e-2},
    "K": {"K": 1.0},
    "Pa s": {"Pa s": 1.0, "mPa s": 1e-3, "Pa*s": 1.0, "mPa*s": 1e-3},
    "s": {"s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9, "min": 60.0, "h": 3600.0},
    THERMAL: {"kT": 1.0, "RT": 1.0},
    "Hz": {"Hz": 1.0, "mHz": 1e-3, "kHz": 1e3, "MHz": 1e6},
}


def _scaled(number: float, factor: float) -> float:
    """number * factor, rounded once: 30 nm is 3e-08 and not 3.0000000000000004e-08."""
    return number * factor if factor >= 1.0 else number / round(1.0 / factor)


@functools.cache
def _registry() -> Any:
    """The one pint registry, made when it is first needed."""
    import pint

    return pint.UnitRegistry()


@functools.lru_cache(maxsize=4096)
def _parse_text(text: str, unit: str) -> float:
    match = _QUANTITY.fullmatch(text.strip()) if len(text) <= LONGEST_QUANTITY else None
    if match is not None:
        number, symbol = float(match[1]), match[2]
        if not symbol:  # a bare number in quotes or on the command line is in SI units, like a bare number in the file
            return number
        factor = COMMON_UNITS.get(unit, {}).get(symbol)
        if factor is not None:
            return _scaled(number, factor)
        if unit not in ("", THERMAL) and not _PART_OF_UNIT.sub("", symbol):  # pint would also compute 9**9**9
            registry = _registry()
            symbol = f"1 {symbol}" if symbol.startswith("/") else symbol  # of densities: 8 /nm^2
            try:
                return float(registry.Quantity(number, symbol.replace("·", "*")).to(unit).magnitude)
            except Exception:  # pint, its tokenizer and its evaluator raise a dozen types; all mean the same here
                pass
    raise ValueError(f"{quoted(text)} is not {_kind(unit)}")


def _kind(unit: str) -> str:
    return f"a quantity in {unit}" if unit else "a number without unit"


def parse(value: object, unit: str) -> float:
    """The SI value of a number (taken as SI) or of a text such as "0.1 mM".

    unit: the SI unit that is meant, e.g. "mol/m^3"; "" for a pure number.
    Raises ValueError, with a text that quotes the value, when it is anything else, not finite, or of no size that occurs.
    """
    number = _parse_text(value, unit) if isinstance(value, str) else _number(value, _kind(unit))
    if not math.isfinite(number):
        raise ValueError(f"{quoted(value)} is not finite")
    if abs(number) > LARGEST:
        raise ValueError(f"{quoted(value)} is too large: no quantity is{f', in {unit}' if unit else ''}")
    return number


def written_unit(values: Iterable[object]) -> str:
    """The unit in which all of some values are written, such as "mV" of "50 mV" and "0.1 mV"; "" when there is none, or
    several. A zero needs none."""
    units = set()
    for value in values:
        match = _QUANTITY.fullmatch(value.strip()) if isinstance(value, str) else None
        symbol = "" if match is None else match[2].strip()
        if symbol or value != 0:
            units.add(symbol)
    return units.pop() if len(units) == 1 else ""


def _number(value: object, kind: str) -> float:
    """A number as a float; ValueError for booleans and whatever else is no number, which is not of this kind."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"{quoted(value)} is not {kind}")
    try:
        return float(value)
    except OverflowError:
        return math.inf


# ------------------------------------------------------------------------------------------------ errors
def misfit(key: tuple[str | int, ...] | str, text: str) -> PydanticCustomError:
    """An error to raise inside a validator that belongs to a key at or below the validated value.

    key: the path from the validated value to the key to blame; () for the value itself.
    """
    path = (key,) if isinstance(key, str) else key
    return PydanticCustomError("misfit", "{text}", {"text": text, "key": path})


def did_you_mean(
    word: object, known: Iterable[str], what: str = "the keys here are", all_known: Iterable[str] | None = None
) -> str:
    """The end of a message about an unknown word: the closest known one, else the closest of `all_known`, else all."""
    names = list(known)
    word = shortened(word)
    for candidates in (names, names if all_known is None else list(all_known)):
        by_lower = {name.lower(): name for name in candidates}
        close = difflib.get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
        if close:
            return f"did you mean '{by_lower[close[0]]}'?"
        names = candidates
    return f"{what} {', '.join(names)}" if names else "there is none here"


def has_type(*names: str) -> BeforeValidator:
    """Annotation of a union discriminated on `type`: its message when the type is missing or unknown."""

    def check(value: Any) -> Any:
        if isinstance(value, BaseModel):
            return value
        if not isinstance(value, Mapping):
            raise misfit((), f"{quoted(value)} is not a mapping with a key 'type', one of {', '.join(names)}")
        if "type" not in value:
            raise misfit("type", f"is missing; write one of {', '.join(names)}")
        if value["type"] not in list(names):
            kind = value["type"]
            raise misfit("type", f"unknown type {quoted(kind)}; {did_you_mean(kind, names, 'write one of')}")
        return value

    return BeforeValidator(check)


# ------------------------------------------------------------------------------------------------ types
@dataclass(frozen=True)
class Unit:
    """Annotation of a float: its SI unit, a value to suggest in messages, and the sign it must have."""

    symbol: str
    example: str
    sign: Literal["any", "positive", "non-negative"] = "any"

    def read(self, value: object, path: tuple[str | int, ...] = ()) -> float:
        """The SI value, or a PydanticCustomError that says what to write.

        path: of the value below the validated one, for the error.
        """
        try:
            number = parse(value, self.symbol)
        except ValueError as error:
            raise misfit(path, f"{error}; write e.g. '{self.example}'") from None
        shown = shortened(value) if isinstance(value, str) else f"{number:g}"
        if (self.sign == "positive" and number <= 0.0) or (self.sign == "non-negative" and number < 0.0):
            raise misfit(path, f"'{shown}' must be {self.sign}; write e.g. '{self.example}'")
        if self.sign != "any" and 0.0 < number < SMALLEST:
            raise misfit(path, f"'{shown}' is too small: no quantity is; write e.g. '{self.example}'")
        return number

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_before_validator_function(self.read, handler(source))

    def __get_pydantic_json_schema__(self, schema: core_schema.CoreSchema, handler: Any) -> dict[str, Any]:
        return self.json_schema()

    def json_schema(self) -> dict[str, Any]:
        """JSON Schema of what `read` accepts, as far as it can say it: it knows no dimensions of units."""
        limit = {"positive": {"exclusiveMinimum": 0.0}, "non-negative": {"minimum": 0.0}}.get(self.sign, {})
        sign = "[+-]?" if self.sign == "any" else "[+]?"
        unit = "(?:1 */|/|[A-Za-zµμ\u2126\u03a9\u212b\u00c5åℓ°%]).*" if self.symbol else r"%\s*"
        number = rf"{sign}(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
        name = re.sub(r"\W+", "_", f"{self.symbol or 'number'}_{self.sign}".replace("/", "_per_")).strip("_")
        return {
            "anyOf": [
                {"type": "number", **limit},
                {"type": "string", "pattern": rf"^\s*{number}\s*(?:{unit})?$", "maxLength": LONGEST_QUANTITY},
            ],
            "examples": [self.example],
            "x-quantity": f"quantity_{name}",
        }


Length = Annotated[float, Unit("m", "5 nm")]
PositiveLength = Annotated[float, Unit("m", "5 nm", "positive")]
NonNegativeLength = Annotated[float, Unit("m", "5 nm", "non-negative")]
Voltage = Annotated[float, Unit("V", "0.1 V")]
Charge = Annotated[float, Unit("C", "0 C")]
Current = Annotated[float, Unit("A", "1 nA")]
Pressure = Annotated[float, Unit("Pa", "10 mbar")]
FlowRate = Annotated[float, Unit("m^3/s", "1 uL/min")]
Concentration = Annotated[float, Unit("mol/m^3", "1 mM", "non-negative")]
Diffusivity = Annotated[float, Unit("m^2/s", "1.96e-9 m^2/s", "positive")]
SurfaceChargeDensity = Annotated[float, Unit("C/m^2", "-20 mC/m^2")]
Temperature = Annotated[float, Unit("K", "298.15 K", "positive")]
Viscosity = Annotated[float, Unit("Pa s", "0.89 mPa s", "positive")]
Duration = Annotated[float, Unit("s", "5 ms", "positive")]
Instant = Annotated[float, Unit("s", "5 ms", "non-negative")]
Frequency = Annotated[float, Unit("Hz", "30 Hz", "positive")]
PositiveNumber = Annotated[float, Unit("", "2", "positive")]


def _whole(value: object) -> int:
    try:
        number = _number(value, "a whole number")
    except ValueError as error:
        raise misfit((), str(error)) from None
    if not number.is_integer():
        raise misfit((), f"{quoted(value)} is not a whole number")
    return int(number)


def _plain(value: object) -> float:
    try:
        return parse(_number(value, "a number"), "")
    except ValueError as error:
        raise misfit((), str(error)) from None


def _number_or_text(value: object) -> float | str:
    return value if isinstance(value, str) else _plain(value)


def at_most(limit: float, example: str) -> AfterValidator:
    """Annotation of a number that has an upper bound."""

    def check(value: float | None) -> float | None:
        if value is not None and value > limit:
            raise misfit((), f"{value:g} is more than {limit:g}; write e.g. '{example}'")
        return value

    return AfterValidator(check)


Whole = Annotated[int, BeforeValidator(_whole)]
"""A whole number; texts and booleans are none."""
PlainNumber = Annotated[float, BeforeValidator(_plain)]
"""A number without unit; texts and booleans are none."""
NumberOrText = Annotated[float | str, BeforeValidator(_number_or_text)]
"""A quantity whose unit only the rest of the case tells, as it is written."""


def unit_of(annotation: Any) -> Unit | None:
    """The Unit of a type that one number can fill: a quantity, an optional one, a union with one, a plain int or float
    (whose symbol is ""). None for every other type, containers of quantities included."""
    if annotation is float or annotation is int:
        return Unit("", "2")
    own = getattr(annotation, "unit", None)
    if isinstance(own, Unit):  # a class of ours that reads a quantity
        return own
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *metadata = get_args(annotation)
        return next((part for part in metadata if isinstance(part, Unit)), None) or unit_of(inner)
    if origin in (Union, UnionType):
        return next((unit for part in get_args(annotation) if (unit := unit_of(part)) is not None), None)
    return None


def _how_to_write(key: str, field: FieldInfo) -> str:
    unit = next((item for item in field.metadata if isinstance(item, Unit)), None)
    example = field.examples[0] if field.examples else unit.example if unit is not None else None
    return "add this key" if example is None else f"write e.g. '{key}: {example}'"


class Description(BaseModel):
    """Base of every input description: frozen, no unknown keys, no NaN; nothing at all counts as an empty mapping."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @classmethod
    def keys(cls) -> list[str]:
        """The keys a user can write, in the order of declaration."""
        return [
            field.validation_alias if isinstance(field.validation_alias, str) else name
            for name, field in cls.model_fields.items()
        ]

    @model_validator(mode="before")
    @classmethod
    def _only_known_keys(cls, data: Any) -> Any:
        if data is None:
            return {}
        if isinstance(data, cls):
            return data
        if not isinstance(data, Mapping):
            raise misfit((), f"{quoted(data)} is not a mapping; the keys here are {', '.join(cls.keys())}")
        keys = cls.keys()
        for key in data:
            if key not in keys:
                unused = [name for name in keys if name not in data]  # the ones it can be a misspelling of
                raise misfit((key,), f"unknown key; {did_you_mean(key, unused, all_known=keys)}")
        for key, field in zip(keys, cls.model_fields.values(), strict=True):
            if key not in data and field.is_required():
                raise misfit((key,), f"is missing; {_how_to_write(key, field)}")
        return data
