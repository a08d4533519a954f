"""docs/cases.md, the reference of the case files, from the schema itself.

Keys, types, units, limits and defaults come from the pydantic models, meanings from the strings below the keys in the models'
source, or from MEANINGS where the name alone needs no comment in the source. The sections are found by following the keys
from `Case`.
"""

from __future__ import annotations

import inspect
import tempfile
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from examples import EXAMPLE, GRADIENT, IMPEDANCE, INTRODUCTION, TRACKS, TRANSIENT
from meshes import geometry
from meshes.quantity import COMMON_UNITS, Unit
from solver.case.case import Case
from solver.case.loading import load_case
from solver.case.meanings import KINDS, MEANINGS, meaning
from solver.case.mesh import MeshSize
from solver.case.species import Species
from solver.case.studies.base import Study
from solver.laws.walls.site_types import Site
from solver.laws.walls.surfaces import SITES, SURFACES
from solver.physics.ions import ION_TABLE
from texts import HEADINGS, TEXTS

NAMES = ("Navier", "Newton", "CSV")  # words that stay capital at the beginning of a meaning
TYPE_KEY = "says which of the types this is"


def document() -> str:
    """The text of docs/cases.md."""
    base = EXAMPLE[: EXAMPLE.index("study:")]
    for example in (EXAMPLE, base + TRANSIENT, base + TRACKS, GRADIENT, IMPEDANCE):
        with tempfile.TemporaryDirectory() as folder:  # an example that is refused would be worse than none
            Path(folder, "case.yaml").write_text(example, encoding="utf-8")
            load_case(Path(folder))
    used: set[str] = set()
    units = "\n".join(
        f"- {symbol or 'plain numbers'}: " + ", ".join(f"`{name}`" for name in names)
        for symbol, names in COMMON_UNITS.items()
    )
    parts = [INTRODUCTION.format(units=units, example=EXAMPLE, transient=TRANSIENT, impedance=IMPEDANCE)]
    parts.append("## Top level\n\n" + _table(Case, used))
    for path, model in _sections():
        text = (getattr(model, "explanation", "") or TEXTS.get(model.__name__, inspect.getdoc(model) or "")).strip()
        parts.append(f"## {_heading(path, model)}\n\n" + _paragraphs(text) + _table(model, used))
        if model is Species:
            parts.append(_ions())
        if model is Site:
            parts.append(_sites())
    stale = sorted(set(MEANINGS) - used)
    if stale:
        raise SystemExit(f"docs/generate: MEANINGS has texts that nothing uses: {', '.join(stale)}")
    return "\n".join(parts)


def _sections() -> Iterator[tuple[str, type[BaseModel]]]:
    """Path and class of everything that a case consists of, each class once, found by following the keys of the schema."""
    seen: set[type[BaseModel]] = {Case}
    for name, field in Case.model_fields.items():
        waiting = [*_models(field.annotation, name)]
        while waiting:
            path, model = waiting.pop(0)
            if model in seen:
                continue
            seen.add(model)
            yield path, model
            for key, inner in model.model_fields.items():
                waiting += _models(inner.annotation, f"{path}.{key}")


def _models(annotation: Any, path: str) -> Iterator[tuple[str, type[BaseModel]]]:
    """Path and class of every mapping of keys that a value can be."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield path, annotation
    elif get_origin(annotation) in (dict, Mapping):
        yield from _models(get_args(annotation)[1], f"{path}.<name>")
    elif get_origin(annotation) is Annotated:
        yield from _models(get_args(annotation)[0], path)
    elif get_origin(annotation) is not Literal:
        for part in get_args(annotation):
            yield from _models(part, path)


def _heading(path: str, model: type[BaseModel]) -> str:
    """Heading of a section: the path of the keys, and the type where there are several."""
    kind = model.model_fields.get("type")
    return HEADINGS.get(model.__name__) or f"`{path}`" + (f": {kind.default}" if kind else "")


def _paragraphs(text: str) -> str:
    """The text in lines of 120 characters; what stands between fences as it is."""
    prose, fence, rest = text.partition("```")
    return (f"{textwrap.fill(' '.join(prose.split()), 120)}\n\n" if prose else "") + (
        f"{fence}{rest}\n\n" if fence else ""
    )


def _table(model: type[BaseModel], used: set[str]) -> str:
    lines = ["| key | value | default | meaning |", "|---|---|---|---|"]
    fields = sorted(model.model_fields.items(), key=lambda item: item[0] != "type")
    for name, field in fields:
        key = field.validation_alias if isinstance(field.validation_alias, str) else name
        owner = next(base for base in model.__mro__ if name in inspect.get_annotations(base))
        kind = KINDS.get(f"{owner.__name__}.{key}") or _kind(field.annotation, field.metadata)
        chosen = name == "type" or field.is_required()
        default = "required" if chosen and not _from_ion_table(model, name) else _default(model, name, field)
        cells = (f"`{key}`", kind, default, _meaning(model, name, key, used))
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def _from_ion_table(model: type[BaseModel], name: str) -> bool:
    return model is Species and name in ("valence", "diffusivity")


def _kind(annotation: Any, metadata: list[Any]) -> str:
    """What a value can be, in words."""
    unit = next((item for item in metadata if isinstance(item, Unit)), None)
    if unit is None and isinstance(getattr(annotation, "unit", None), Unit):
        return f"{_quantity(annotation.unit)}, or a multiple of `debye_length`"
    if unit is not None:
        return _quantity(unit)
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _kind(arguments[0], list(arguments[1:]))
    if origin is Literal:
        return " or ".join(f"`{value}`" for value in arguments)
    if origin in (Union, UnionType):
        kinds = dict.fromkeys(_kind(part, []) for part in arguments if part is not NoneType)
        return " or ".join(kinds) + (", or `null`" if NoneType in arguments else "")
    if origin is tuple:
        return "list of " + _kind(arguments[0], []).replace("quantity", "quantities")
    if origin in (dict, Mapping) or str(origin).endswith("Mapping"):
        return f"name: {_kind(arguments[1], [])}"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "mapping"
    kinds = {
        int: "integer",
        float: "number",
        str: "text",
        bool: "`true` or `false`",
        Any: "any value",
        NoneType: "`null`",
    }
    return kinds[annotation] + _limits(metadata)


def _quantity(unit: Unit) -> str:
    sign = {"any": "", "positive": ", positive", "non-negative": ", not negative"}[unit.sign]
    return (f"quantity in {unit.symbol}" if unit.symbol else "number") + sign


def _limits(metadata: list[Any]) -> str:
    symbols = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below"}
    found = [
        f"{text} {getattr(item, name):g}" for item in metadata for name, text in symbols.items() if hasattr(item, name)
    ]
    return f", {', '.join(found)}" if found else ""


def _default(model: type[BaseModel], name: str, field: FieldInfo) -> str:
    if _from_ion_table(model, name):
        return "ion table"
    value = field.get_default(call_default_factory=True)
    if isinstance(value, MeshSize):
        return f"{value.value:g} debye_length" if value.in_debye_lengths else f"{value.value:g} m"
    if value is None or value in ("", ()):
        return "none"
    if isinstance(value, Study):
        return value.kind()
    if isinstance(value, (BaseModel, dict)):
        return "none" if model is geometry.File else "the defaults"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        unit = next((item.symbol for item in field.metadata if isinstance(item, Unit)), "")
        return f"{value:g} {unit}".strip()
    return str(value)


def _meaning(model: type[BaseModel], name: str, key: str, used: set[str]) -> str:
    if name == "type":
        return TYPE_KEY
    used |= {f"{base.__name__}.{key}" for base in model.__mro__ if name in inspect.get_annotations(base)}
    text = meaning(model, name, key)
    if text is None:
        raise SystemExit(
            f"docs/generate: nothing says what {model.__name__}.{key} means;"
            " write a string below the key, or add it to MEANINGS in solver/case/meanings.py"
        )
    text = " ".join(text.split()).rstrip(".")
    return text if text.startswith(NAMES) else text[0].lower() + text[1:]


def _sites() -> str:
    lines = [
        "### The table of sites",
        "",
        textwrap.fill(
            "Densities in 1/nm^2; where there is none, the case has to give it. Surfaces are "
            + "; ".join(f"`{name}` ({', '.join(sites)})" for name, sites in SURFACES.items())
            + ".",
            120,
        ),
        "",
        "| site | density | charge | bound states | source |",
        "|---|---|---|---|---|",
    ]
    for name, site in SITES.items():
        states = [", ".join(f"{ion}: {n}" for ion, n in ions.items()) + f", pK: {pK:g}" for ions, pK in site.binds]
        density = "" if site.density is None else f"{site.density:g}"
        bound = ", ".join(f"`{{{state}}}`" for state in states)
        lines.append(f"| `{name}` | {density} | {site.charge:+d} | {bound} | {site.source} |")
    return "\n".join(lines) + "\n"


def _ions() -> str:
    lines = [
        "### The ion table",
        "",
        "Diffusivities at infinite dilution in water at 298.15 K, in 1e-9 m^2/s. Source: ",
    ]
    lines[-1] += "; ".join(dict.fromkeys(ion.source for ion in ION_TABLE.values())) + "."
    lines += ["", "| name | valence | diffusivity |", "|---|---|---|"]
    lines += [f"| {name} | {ion.valence:+d} | {ion.diffusivity * 1e9:.3f} |" for name, ion in ION_TABLE.items()]
    return "\n".join(lines) + "\n"
