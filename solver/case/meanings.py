"""What the keys of a case mean, for docs/cases.md and for editors."""

from __future__ import annotations

import ast
import functools
import inspect
import itertools
import textwrap

from pydantic import BaseModel

# Meanings of keys that have no text in the schema's source. Keys of a base class are named after that class.
MEANINGS = {
    "CaseValues.title": "headline of tables and pictures",
    "CaseValues.geometry": "the device, one of the types below",
    "CaseValues.electrolyte": "solvent and species",
    "CaseValues.terminals": "what is held at each opening; openings left out have the defaults",
    "CaseValues.walls": "solid boundaries; walls left out are uncharged and do not slip",
    "CaseValues.mesh": "how fine the mesh is",
    "CaseValues.solver": "physics switches and limits of the solver",
    "CaseValues.outputs": "what the result directory holds besides the tables",
    "CaseValues.study": "one steady point, a sweep, a run in time, or an impedance spectrum",
    "Reservoir.length": "axial extent",
    "Reservoir.radius": "transverse extent; larger than the mouth",
    "Reservoir.terminal": "the whole outer boundary is the terminal, or only the end face (the sides are a wall then)",
    "PlanarReservoir.length": "axial extent",
    "PlanarReservoir.half_height": "transverse extent above the mid-plane; larger than half the slit's height",
    "PlanarReservoir.terminal": "as for round channels",
    "BoxReservoir.length": "axial extent",
    "BoxReservoir.width": "whole extent across, along the width of the slit; larger than that",
    "BoxReservoir.height": "whole extent across, along the height of the slit; larger than that",
    "BoxReservoir.terminal": "as for round channels",
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
    "Slit.width": "out of plane; multiplies every current and flow rate; in three dimensions the distance of the side walls",
    "Slit.reservoirs": "see below",
    "Profile.reservoirs": "see below",
    "SlitProfile.reservoirs": "see below",
    "SlitProfile.width": "out of plane; multiplies every current and flow rate",
    "SegmentKeys.length": "along the axis",
    "SlitStack.width": "out of plane; multiplies every current and flow rate",
    "EllipticPore.reservoirs": "see below",
    "TaperedChannel.reservoirs": "see below",
    "Junction.width": "out of plane; multiplies every current and flow rate; in 3D the distance of the side walls",
    "PoreArray.lattice": "pores at the corners of squares, or of equilateral triangles",
    "Span.start": "axial position of the first mouth",
    "Span.stop": "axial position of the second mouth",
    "File.symmetry": "in two dimensions: a mesh of the half plane r >= 0 of a body of revolution, or of a planar device",
    "ElectrolyteKeys.temperature": "of everything",
    "ElectrolyteKeys.relative_permittivity": "of the solvent",
    "ElectrolyteKeys.viscosity": "dynamic viscosity of the solvent",
    "ElectrolyteKeys.species": "name: description; at least one cation and one anion",
    "Species.valence": "signed charge number; 0 for a neutral solute",
    "Species.diffusivity": "also sets the mobility (Einstein's relation)",
    "Terminal.potential": "electric potential in the reservoir",
    "Terminal.pressure": "pressure in the reservoir",
    "Terminal.concentration": "of the salt",
    "Terminal.concentrations": "of every species, by name",
    "PiecewiseCharge.values": "one more than there are breaks",
    "PiecewiseFixedCharge.values": "one more than there are breaks",
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
    "PoreArray.reservoirs": "mapping, or one for each terminal",
    "CaseValues.geometry": "mapping",
    "CaseValues.study": "mapping",
    "CaseValues.regions": "name: kind, or mapping",
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
        for name in (
            *("_Tapered", "Cylinder", "Hourglass", "Slit", "Profile", "SlitProfile"),
            *("EllipticPore", "TaperedChannel", "Junction"),
        )
    },
}


def meaning(model: type[BaseModel], name: str, key: str) -> str | None:
    """The text about a field of a model, whose key in a case may have another name; None when there is none."""
    for base in model.__mro__:
        if not issubclass(base, BaseModel) or name not in inspect.get_annotations(base):
            continue
        # keys of registered laws bring their text with them
        text = model.model_fields[name].description or _documented(base).get(name)
        if text is None:
            text = MEANINGS.get(f"{base.__name__}.{key}")
        if text is not None:
            return text
    return None


@functools.cache
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
