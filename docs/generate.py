"""Writes docs/cases.md, the reference of the case files, from the schema itself.

    python3 docs/generate.py            writes docs/cases.md next to this file
    python3 docs/generate.py --check    exit code 1 when docs/cases.md is not what would be written

Keys, types, units, limits and defaults come from the pydantic models, meanings from the strings below the keys in the
models' source, or from MEANINGS where the name alone needs no comment in the source.
"""

from __future__ import annotations

import ast
import inspect
import itertools
import re
import sys
import tempfile
import textwrap
from collections.abc import Mapping
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from pydantic import BaseModel  # noqa: E402
from pydantic.fields import FieldInfo  # noqa: E402

from meshes import cell, geometry  # noqa: E402
from meshes.quantity import COMMON_UNITS, Unit  # noqa: E402
from solver.case.case import Case  # noqa: E402
from solver.case.electrolyte import Electrolyte, Species  # noqa: E402
from solver.case.loading import load_case  # noqa: E402
from solver.case.mesh import MeshControl, MeshSize  # noqa: E402
from solver.case.numerics import SolverControl  # noqa: E402
from solver.case.outputs import Outputs  # noqa: E402
from solver.case.reservoirs import Terminal  # noqa: E402
from solver.case.studies.axes import Range, SweepAxis  # noqa: E402
from solver.case.studies.base import Study  # noqa: E402
from solver.case.studies.registry import STUDIES  # noqa: E402
from solver.case.walls import ExpressionCharge, PiecewiseCharge, Stern, Wall  # noqa: E402
from solver.physics.ions import ION_TABLE  # noqa: E402
from solver.signals.waveforms import Hold, Pulses, Ramp, Sine, Step, Table, Triangle  # noqa: E402

INTRODUCTION = """\
# The case file

*Written by `docs/generate.py` from the schema in `solver/case/`; do not edit by hand.*

A case is a folder with a `case.yaml`; its name is the name of the case. `nanochannel check FOLDER` validates the file
and prints what follows from it. Everything is strict: an unknown key, a wrong unit, a charged reservoir or a radius
below zero is one line with file, line and key, and exit code 2.

**Quantities** are a number with a unit, or a bare number in SI units: `5 nm`, `-20 mC/m^2`, `0.1 mM`, `1.96e-9 m^2/s`,
`5e-9`. Every unit that has the right dimension is understood; the usual ones are

{units}

**Coordinates.** The axis of the device is z. The mouth of the first terminal lies at z = 0, the mouth of the second
one at z = `length`. Cones and bullets have the terminals `base` and `tip`, all other channels `left` and `right`. A
closed cell has no terminals, but electrodes.

**Dotted keys** name one value, for `--set` and for sweeps: `terminals.base.potential`, `walls.channel.surface_charge`,
`geometry.length`, `electrolyte.species.K.diffusivity`, `walls.channel.surface_charge.values.0`,
`study.protocol.0.frequency`, `study.protocol.0.amplitude.terminals.base.potential`.

## A whole case

```yaml
{example}```

## A run in time

The same device, driven by a protocol; only the study differs.

```yaml
{transient}```

## An impedance spectrum of a closed cell

```yaml
{impedance}```
"""

EXAMPLE = """\
title: Conical nanopore in potassium chloride

geometry:
  type: cone
  length: 1 um
  radius_tip: 5 nm
  radius_base: 50 nm
  reservoirs:                       # one for each side; a single mapping without names describes both
    base: {length: 0.5 um, radius: 0.5 um}
    tip: {length: 0.5 um, radius: 0.3 um}

electrolyte:
  temperature: 298.15 K
  species:
    K: {}                           # valence and diffusivity from the ion table
    Cl: {diffusivity: 2.0e-9 m^2/s} # or one's own
  concentration: 10 mM              # of the salt, in every reservoir that does not say otherwise

terminals:                          # 0 V, 0 Pa and the concentration above where nothing is said
  base: {potential: 0.2 V, concentration: 100 mM}
  tip: {pressure: 10 mbar}

walls:
  channel: {surface_charge: -20 mC/m^2, slip_length: 1 nm}
  membrane: {surface_charge: 0}

study:                              # leave it out for the one point above
  type: sweep
  parameter: terminals.base.potential
  range: {start: -1 V, stop: 1 V, points: 41}
  outer:
    parameter: walls.channel.surface_charge
    values: [-5 mC/m^2, -20 mC/m^2]

mesh: {tolerance: 0.5 %}            # adapts the mesh to this; leave it out for a mesh by cell sizes
outputs: {sensitivities: [walls.channel.surface_charge, geometry.radius_tip]}
solver: {flow: stokes}              # none: no fluid flow
"""

TRANSIENT = """\
study:
  type: transient
  protocol:                         # a list: one step after the other
    - {type: hold, duration: 2 ms}
    - {type: ramp, duration: 5 ms, to: {terminals.base.potential: 1 V, terminals.base.pressure: 10 mbar}}
    - {type: step, to: {terminals.base.potential: -1 V}}
    - {type: sine, amplitude: {terminals.base.potential: 1 V}, frequency: 30 Hz, periods: 2}
    - {type: triangle, amplitude: {terminals.base.potential: 1 V}, frequency: 30 Hz, periods: 2}
    - {type: pulses, to: {terminals.base.potential: 1 V}, width: 1 ms, period: 3 ms, count: 10, rise_time: 10 us}
  record_every: 0.1 ms              # leave it out for a row at every time step
  fields_at: {start: 0 s, stop: 10 ms, points: 21}
  tolerance: 1e-3
  outer: {parameter: study.protocol.3.frequency, values: [10 Hz, 30 Hz, 100 Hz]}
"""

IMPEDANCE = """\
title: Two plates

geometry: {type: cell, length: 1 um, width: 1 um, height: 1 um}

electrolyte:
  species: {K: {}, Cl: {}}
  concentration: 1 mM               # of what the cell is filled with

walls:
  left: {potential: 0.1 V, stern: {thickness: 0.5 nm, relative_permittivity: 10}}
  right: {potential: 0 V, stern: {thickness: 0.5 nm, relative_permittivity: 10}}

study:
  type: impedance
  terminal: left
  frequencies: {start: 0.1 Hz, stop: 1 MHz, points: 29, spacing: logarithmic}
  at: [0 V, 0.1 V]

solver: {flow: none}
"""

# (heading, class, text below the heading)
SECTIONS: list[tuple[str, type[BaseModel], str]] = [
    ("Top level", Case, ""),
    ("`geometry`: cone", geometry.Cone, "Truncated cone between two reservoirs. Terminals `base` (z = 0) and `tip`."),
    ("`geometry`: cylinder", geometry.Cylinder, "Straight pore. Terminals `left` (z = 0) and `right`."),
    (
        "`geometry`: slit",
        geometry.Slit,
        "Channel between two parallel plates. Terminals `left` (z = 0) and `right`. Computed above its mid-plane.",
    ),
    (
        "`geometry`: hourglass",
        geometry.Hourglass,
        "Pore with a waist in the middle: R(s) = R_waist + (R_ends - R_waist) |2 s - 1|^exponent, s = z / length. "
        "Terminals `left` (z = 0) and `right`.",
    ),
    (
        "`geometry`: bullet",
        geometry.Bullet,
        "Pore with a bullet-shaped tip, as track etching with surfactants makes them. With x the distance from the tip "
        "and n the exponent, R = (R_base - R_tip exp(-n) - (R_base - R_tip) exp(-n x / L)) / (1 - exp(-n)) (Ramirez, "
        "Apel, Cervera, Mafe, Nanotechnology 19, 315707 (2008)). Terminals `base` (z = 0) and `tip`.",
    ),
    (
        "`geometry`: cell",
        cell.Cell,
        "The liquid between two parallel plates, with no openings. Its walls are the plates `left` (z = 0) and `right`"
        " (z = length), and `side`. Something has to be an electrode, `electrolyte.concentration` says what the cell is"
        " filled with, and there is no flow (`solver: {flow: none}`).",
    ),
    (
        "`geometry`: file",
        geometry.File,
        "A mesh of your own: triangles in the half plane, axial coordinate first, transverse second. "
        "`nanochannel mesh` writes such a file for any of the geometries above.",
    ),
    ("`geometry.channel` of a file", geometry.Span, ""),
    (
        "`geometry.reservoirs`, round channels",
        geometry.Reservoir,
        "A cylinder in front of a mouth. `reservoirs` is one such mapping for both sides, a mapping from the terminal's"
        " name to one, or `null`: then the channel's ends are the terminals themselves and hold the equilibrium "
        "(Poisson-Boltzmann) profile of a reservoir outside. The currents of a pore depend on the size of its "
        "reservoirs: state it with every number.",
    ),
    ("`geometry.reservoirs`, slits", geometry.PlanarReservoir, "The same for slits: a rectangle, above the mid-plane."),
    ("`electrolyte`", Electrolyte, ""),
    (
        "`electrolyte.species.<name>`",
        Species,
        "Names of the ion table below need no further key: `species: {K: {}, Cl: {}}`.",
    ),
    (
        "`terminals.<name>`",
        Terminal,
        "What the reservoir behind an opening holds. Give `concentration` or `concentrations` or neither, never both. "
        "Concentrations must add up to no charge, and none may be zero.",
    ),
    (
        "`walls.<name>`",
        Wall,
        "Walls are `channel`, `membrane` (the faces beside the mouths) and, when a reservoir's terminal is only its "
        "`end`, `reservoir` (its sides). Uncharged unless said otherwise. `surface_charge` is a quantity or one of the "
        "two forms below. A wall with a `potential` is an electrode that no ion passes; its charge follows.",
    ),
    (
        "`walls.<name>.stern`",
        Stern,
        "A layer without ions and of given thickness between the wall and the liquid, of capacitance C = eps_0 eps_S /"
        " thickness. At an electrode the liquid's boundary then follows eps d_n phi = C (V - phi); on a wall with a"
        " surface charge it only adds sigma/C to the reported potential of the wall.",
    ),
    (
        "`surface_charge`: piecewise",
        PiecewiseCharge,
        "Constant between breaks, for bipolar and patterned walls: values[i] up to breaks[i], the last value beyond.",
    ),
    (
        "`surface_charge`: expression",
        ExpressionCharge,
        "A formula of s, the fraction of the wall's arc length from the first mouth: `+ - * / **`, parentheses,"
        " numbers, `s`, `pi`, `sin cos tan exp log sqrt tanh abs min max`, and `where(condition, then, otherwise)`"
        " with comparisons inside.",
    ),
    (
        "`mesh`",
        MeshControl,
        "Cell sizes are lengths or multiples of the Debye length. `debye_length` means the thinnest double layer of the"
        " case: the Debye length, or the Gouy-Chapman length where a high charge makes that shorter. Every result states "
        "the error that its mesh leaves; with `tolerance` the program makes a mesh that meets one, and ignores "
        "`wall_size`, `corner_size`, `growth`, `axial_cells` and `refinement`.",
    ),
    *((f"`study`: {study.kind()}", study, study.explanation) for study in STUDIES),
    ("`study.protocol`: hold", Hold, "Keeps all values."),
    ("`study.protocol`: ramp", Ramp, "Linear in time, from the values before it."),
    ("`study.protocol`: step", Step, "A jump; takes no time."),
    (
        "`study.protocol`: sine",
        Sine,
        "About the values before it: value + amplitude sin(2 pi frequency t + phase). What follows starts from the values"
        " with which it ends.",
    ),
    (
        "`study.protocol`: triangle",
        Triangle,
        "About the values before it: from 0 to the amplitude, to its opposite, to 0, with corners at the quarters of the"
        " period. What follows starts from the values with which it ends.",
    ),
    (
        "`study.protocol`: pulses",
        Pulses,
        "A train of pulses from the values before it to others and back. It takes `count` periods, the rest after the last"
        " pulse included.",
    ),
    (
        "`study.protocol`: table",
        Table,
        "Values at times, linear between them; a repeated time is a jump. Times count from the begin of the step, and the"
        " first one is 0. Where the first value is not that before the step, the step begins with a jump.",
    ),
    ("`range`", Range, "Equally spaced values, both ends included."),
    ("`study.outer`", SweepAxis, ""),
    (
        "`outputs`",
        Outputs,
        "Error bars are the columns `<name>_error` of observables.csv; derivatives are written to sensitivities.csv. "
        "`docs/theory.md` says how both are computed.",
    ),
    ("`solver`", SolverControl, ""),
]

# Meanings of keys that have no text in the schema's source. Keys of a base class are named after that class.
MEANINGS = {
    "Case.title": "headline of tables and pictures",
    "Case.geometry": "the device, one of the types below",
    "Case.electrolyte": "solvent and species",
    "Case.terminals": "what is held at each opening; openings left out have the defaults",
    "Case.walls": "solid boundaries; walls left out are uncharged and do not slip",
    "Case.mesh": "how fine the mesh is",
    "Case.solver": "physics switches and limits of the solver",
    "Case.outputs": "what the result directory holds besides the tables",
    "Case.study": "one steady point, a sweep, a run in time, or an impedance spectrum",
    "Reservoir.length": "axial extent",
    "Reservoir.radius": "transverse extent; larger than the mouth",
    "Reservoir.terminal": "the whole outer boundary is the terminal, or only the end face (the sides are a wall then)",
    "PlanarReservoir.length": "axial extent",
    "PlanarReservoir.half_height": "transverse extent above the mid-plane; larger than half the slit's height",
    "PlanarReservoir.terminal": "as for round channels",
    "ChannelGeometry.length": "of the channel, between its mouths",
    "_Tapered.radius_tip": "at the tip, the narrow end",
    "_Tapered.radius_base": "at the base, the wide end",
    "_Tapered.reservoirs": "see below",
    "Bullet.exponent": "n; towards 0 the pore becomes a cone",
    "Cylinder.radius": "of the channel",
    "Cylinder.reservoirs": "see below",
    "Hourglass.radius_waist": "in the middle",
    "Hourglass.radius_ends": "at both mouths",
    "Hourglass.exponent": "1 is a double cone, 2 a smooth waist; at least 1",
    "Hourglass.reservoirs": "see below",
    "Slit.height": "distance of the plates",
    "Slit.width": "out of plane; multiplies every current and flow rate",
    "Slit.reservoirs": "see below",
    "Span.start": "axial position of the first mouth",
    "Span.stop": "axial position of the second mouth",
    "File.symmetry": "a mesh of the half plane r >= 0 of a body of revolution, or of a planar device",
    "File.terminals": "name of the terminal: physical name in the mesh",
    "File.walls": "name of the wall: physical name in the mesh",
    "File.channel": "where the channel lies, for the cut at its middle and for `nanochannel check`",
    "Electrolyte.temperature": "of everything",
    "Electrolyte.relative_permittivity": "of the solvent",
    "Electrolyte.viscosity": "dynamic viscosity of the solvent",
    "Electrolyte.species": "name: description; at least one cation and one anion",
    "Species.valence": "signed charge number; 0 for a neutral solute",
    "Species.diffusivity": "also sets the mobility (Einstein's relation)",
    "Terminal.potential": "electric potential in the reservoir",
    "Terminal.pressure": "pressure in the reservoir",
    "Terminal.concentration": "of the salt",
    "Terminal.concentrations": "of every species, by name",
    "Wall.surface_charge": "per area of wall; one number, piecewise, or an expression",
    "PiecewiseCharge.values": "one more than there are breaks",
    "Stern.thickness": "of the layer",
    "Hold.duration": "how long",
    "Ramp.duration": "how long",
    "Ramp.to": "key: value at the end",
    "Step.to": "key: value after the jump",
    "_Cycle.amplitude": "key: amplitude; of either sign",
    "_Cycle.frequency": "of the wave",
    "_Cycle.periods": "how many; need not be whole",
    "Pulses.to": "key: value of the plateau",
    "Pulses.count": "how many pulses",
    "Sweep.outer": "a second key and its values",
    "SweepAxis.values": "the values, computed in this order when they have one sign; this or `range`",
    "SweepAxis.range": "equally spaced values; this or `values`",
    "Range.start": "first value",
    "Range.stop": "last value",
    "Range.points": "how many",
    "Range.spacing": "logarithmic needs two ends of one sign",
    "Outputs.profile_points": "positions of the axial profiles",
    "Outputs.checkpoint": "keep the last state, so that `--resume` continues from it",
    "SolverControl.flow": "electroosmotic and pressure-driven flow, or no flow at all",
    "SolverControl.max_iterations": "of Newton's method before a smaller step is tried",
    "SolverControl.quadrature_degree": "of the integrals",
}
# What a value can be, where the type does not say it well.
KINDS = {
    "Case.geometry": "mapping",
    "Case.study": "mapping",
    "Wall.surface_charge": "quantity in C/m^2, or a mapping",
    "Outputs.sensitivities": "list of dotted keys",
    "Wall.stern": "mapping, or `null`",
    "Transient.protocol": "list of steps, or name: list of steps",
    "Transient.fields_at": "list of quantities in s, or a range",
    "Impedance.frequencies": "list of quantities in Hz, or a range",
    "Impedance.at": "list of quantities in V, or `null`",
    "Ramp.to": "dotted key: quantity",
    "Step.to": "dotted key: quantity",
    "Pulses.to": "dotted key: quantity",
    "_Cycle.amplitude": "dotted key: quantity",
    "Table.values": "dotted key: list of quantities, or `null`",
    "Range.start": "number or quantity",
    "Range.stop": "number or quantity",
    "SweepAxis.values": "list of numbers or quantities",
    **{
        f"{name}.reservoirs": "mapping, or one for each terminal, or `null`"
        for name in ("_Tapered", "Cylinder", "Hourglass", "Slit")
    },
}
NAMES = ("Navier", "Newton", "CSV")  # words that stay capital at the beginning of a meaning
TYPE_KEY = "says which of the types this is"


def document() -> str:
    """The text of docs/cases.md."""
    base = EXAMPLE[: EXAMPLE.index("study:")]
    explained = [block for study in STUDIES for block in re.findall(r"```yaml\n(.*?)```", study.explanation, re.DOTALL)]
    for example in (EXAMPLE, base + TRANSIENT, IMPEDANCE, *(base + block for block in explained)):
        with tempfile.TemporaryDirectory() as folder:  # an example that is refused would be worse than none
            Path(folder, "case.yaml").write_text(example, encoding="utf-8")
            load_case(Path(folder))
    used: set[str] = set()
    units = "\n".join(
        f"- {symbol or 'plain numbers'}: " + ", ".join(f"`{name}`" for name in names)
        for symbol, names in COMMON_UNITS.items()
    )
    parts = [INTRODUCTION.format(units=units, example=EXAMPLE, transient=TRANSIENT, impedance=IMPEDANCE)]
    for heading, model, text in SECTIONS:
        parts.append(f"## {heading}\n\n" + _paragraphs(text) + _table(model, used))
        if model is Species:
            parts.append(_ions())
    stale = sorted(set(MEANINGS) - used)
    if stale:
        raise SystemExit(f"docs/generate.py: MEANINGS has texts that nothing uses: {', '.join(stale)}")
    return "\n".join(parts)


def _paragraphs(text: str) -> str:
    """The text in lines of 120 characters; what stands between fences as it is."""
    prose, fence, rest = text.partition("```")
    return (f"{textwrap.fill(prose, 120)}\n\n" if prose else "") + (f"{fence}{rest}\n\n" if fence else "")


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
    words = {int: "integer", float: "number", str: "text", bool: "`true` or `false`"}[annotation]
    return words + _limits(metadata)


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
    for base in model.__mro__:
        if not issubclass(base, BaseModel) or name not in inspect.get_annotations(base):
            continue
        text = _documented(base).get(name)
        if text is None and f"{base.__name__}.{key}" in MEANINGS:
            used.add(f"{base.__name__}.{key}")
            text = MEANINGS[f"{base.__name__}.{key}"]
        if text is not None:
            text = " ".join(text.split()).rstrip(".")
            return text if text.startswith(NAMES) else text[0].lower() + text[1:]
    raise SystemExit(
        f"docs/generate.py: nothing says what {model.__name__}.{key} means;"
        " write a string below the key, or add it to MEANINGS"
    )


def _documented(model: type[BaseModel]) -> dict[str, str]:
    """The strings that stand below the keys of a class."""
    body = ast.parse(textwrap.dedent(inspect.getsource(model))).body[0].body  # type: ignore[attr-defined]
    return {
        key.target.id: text.value.value
        for key, text in itertools.pairwise(body)
        if isinstance(key, ast.AnnAssign)
        and isinstance(key.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
        and isinstance(text.value.value, str)
    }


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


def main() -> int:
    """Write docs/cases.md, or compare with it."""
    path, text = HERE / "cases.md", document()
    if "--check" in sys.argv[1:]:
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            return 0
        print(f"{path} does not fit the schema; run `make docs`", file=sys.stderr)
        return 1
    path.write_text(text, encoding="utf-8")
    print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
