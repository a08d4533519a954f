"""Values far outside of what the field uses, which mostly are numbers whose unit was forgotten."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from pydantic import BaseModel

from meshes.quantity import parse
from solver.case.case import Case
from solver.inputs.keys import numeric_key
from solver.inputs.text import si


@dataclass(frozen=True)
class Usual:
    """Sizes that the values of some keys have, whatever their sign; zero is always usual.

    Attributes:
        keys: pattern of the dotted keys. unit: of their values.
        low, high: SI values. sense: what lies at these ends.
        meant: what a number may have been meant in, the likeliest first.
    """

    keys: str
    unit: str
    low: float
    high: float
    sense: str
    meant: tuple[str, ...] = ()

    def objection(self, key: str, value: float) -> str:
        """What is unusual about a value; "" for nothing."""
        if value == 0.0 or self.low * (1.0 - 1e-9) <= abs(value) <= self.high * (1.0 + 1e-9):
            return ""
        likely = [text for unit in self.meant if self._is_usual(text := f"{value:.6g}{unit}")]
        advice = f"; if '{likely[0]}' is meant, write so" if likely else ""
        bare = f"; a number without unit is in {self.unit}" if likely and self.unit else ""
        low, high = self._written(self.low), self._written(self.high)
        return f"{key} is {self._written(value)}, and usual are {low} to {high} ({self.sense}){bare}{advice}"

    def _written(self, value: float) -> str:
        if self.unit == "mol/m^3":
            return si(value / 1e3, "M")
        return si(value, self.unit) if self.unit in ("m", "V", "Pa") else f"{value:.4g} {self.unit}".rstrip()

    def _is_usual(self, text: str) -> bool:
        try:
            return self.low <= abs(parse(text, self.unit)) <= self.high
        except ValueError:  # 1e7 and "e-3 bar" are no number
            return False


LENGTHS = (" nm", " um", " mm")

USUAL = (
    Usual("geometry.width", "m", 1e-9, 1.0, "a row of molecules to a metre of channel", LENGTHS),
    Usual("geometry.reservoirs.*", "m", 1e-9, 0.1, "the smallest mouths to beakers", LENGTHS),
    Usual("geometry.length", "m", 1e-10, 0.05, "an atomic layer to a microfluidic chip", LENGTHS),
    Usual("geometry.radius*", "m", 1e-10, 1e-3, "an ion to a capillary", LENGTHS),
    Usual("geometry.height", "m", 2e-10, 0.02, "an ion to the plates of a test cell", LENGTHS),
    Usual("electrolyte.temperature", "K", 230.0, 450.0, "supercooled water to water under pressure", (" degC",)),
    Usual("electrolyte.relative_permittivity", "", 1.5, 200.0, "hydrocarbons to N-methylformamide"),
    Usual("electrolyte.viscosity", "Pa s", 1e-4, 0.5, "hot water or ether to ionic liquids and syrups", (" mPa s",)),
    Usual("electrolyte.species.*.diffusivity", "m^2/s", 1e-14, 2e-8, "large polymers to protons in hot water",
          ("e-9 m^2/s", "e-5 cm^2/s", " um^2/s")),
    Usual("electrolyte.trace.*.concentration", "mol/m^3", 1e-13, 10.0, "a molecule in a picolitre to 10 mM", (" uM", " nM")),
    Usual("terminals.*.trace.*", "mol/m^3", 1e-13, 10.0, "a molecule in a picolitre to 10 mM", (" uM", " nM")),
    Usual("electrolyte.trace.*.diffusivity", "m^2/s", 1e-14, 2e-8, "large polymers to protons in hot water",
          ("e-9 m^2/s", "e-5 cm^2/s", " um^2/s")),
    Usual("electrolyte.trace.*.radius", "m", 5e-11, 1e-5, "an ion to a bacterium", (" nm", " um")),
    Usual("*.concentration", "mol/m^3", 1e-6, 2e4, "1 nM to saturation", (" uM", " nM")),
    Usual("*.concentrations.*", "mol/m^3", 1e-6, 2e4, "1 nM to saturation", (" uM", " nM")),
    Usual("*.potential", "V", 1e-6, 20.0, "noise to the breakdown of thin membranes", (" mV", " uV")),
    Usual("*.pressure", "Pa", 1e-3, 6e6, "less than a micrometre of water to 60 bar; between terminals only differences"
          " count", (" mbar", "e-3 bar")),
    Usual("*.flow_rate", "m^3/s", 1e-25, 1e-6, "an attolitre in an hour to a syringe a second", (" nL/min", " uL/min")),
    Usual("*.surface_charge*", "C/m^2", 1e-6, 1.0, "one charge in 160 nm squared to one in 0.4 nm squared", (" mC/m^2",)),
    Usual("*.zeta_potential", "V", 1e-4, 0.5, "below what is measured to beyond the most charged surfaces", (" mV",)),
    Usual("*.fluxes.*", "mol/m^2/s", 1e-12, 1.0, "a pump to a hundred times the largest in electrolysis", (" umol/m^2/s",)),
    Usual("*.leak.permeability.*", "m/s", 1e-15, 1.0, "ions through lipid to an open hole", (" um/s", " cm/s")),
    Usual("*.leak.conductance.*", "S/m^2", 1e-6, 1e7, "a resting membrane to a sheet of pores", (" mS/cm^2",)),
    Usual("*.water.permeability", "m/s/Pa", 1e-18, 1e-6, "glass to a coarse filter", ()),
    Usual("*.water.osmolarity", "mol/m^3", 1e-6, 2e4, "1 nM to saturation", (" uM", " nM")),
    Usual("*.slip_length", "m", 1e-11, 2e-6, "less than an atom to the longest in carbon nanotubes", (" nm",)),
    Usual("regions.*.relative_permittivity", "", 1.0, 200.0, "vacuum to rutile"),
    Usual("regions.*.fixed_charge", "mol/m^3", 1e-3, 1e4, "traces to the densest polyelectrolytes", (" M", " mM", " uM")),
    Usual("regions.*.diffusivity_factor*", "", 1e-7, 1.0, "dense polymers to free solution"),
    Usual("regions.*.partition.*", "", 1e-6, 1e4, "excluded to strongly bound"),
    Usual("regions.*.barrier.*", "kT", 1e-3, 60.0, "hardly felt to never passed"),
    Usual("regions.*.hindrance.half_width", "m", 1e-10, 1e-5, "an ion to a filter", (" nm", " um")),
    Usual("regions.*.hindrance.radii.*", "m", 5e-11, 1e-6, "an ion to a small particle", (" nm", " um")),
    Usual("regions.*.permeability", "m^2", 1e-22, 1e-9, "dense polymers to sand", (" nm^2", " um^2")),
    Usual("walls.*.groups.*.density", "1/m^2", 1e15, 2e19, "one site in 30 nm squared to closely packed atoms", (" /nm^2",)),
    Usual("*.stern.capacitance", "F/m^2", 1e-3, 20.0, "thick oxides to contact with the sites", (" uF/cm^2",)),
    Usual("*.adsorption.*.density", "mol/m^2", 1e-12, 1e-3, "a site in a square of a micrometre to films of many layers",
          (" /nm^2", " umol/m^2")),
    Usual("*.adsorption.*.k_on", "m^3/mol/s", 1e-9, 1e8, "hours at 1 M to the collisions of ions",
          (" 1/(M s)", " 1/(mM s)")),
    Usual("*.adsorption.*.k_off", "1/s", 1e-6, 1e12, "weeks to the vibrations of a bond"),
    Usual("*.adsorption.*.equilibrium_constant", "m^3/mol", 1e-6, 1e12, "salts that hardly bind to biotin",
          (" 1/M", " 1/mM")),
    Usual("*.stern.thickness", "m", 2e-11, 1e-8, "less than an atom to thick oxides", (" nm", "e-10 m")),
)  # fmt: skip
"""The one table of sizes; the first pattern that fits a key counts."""


def implausible(points: Sequence[tuple[str, Case]]) -> dict[str, str]:
    """A sentence about every key with a value of unusual size, by the key.

    points: the case and the ends of what its study varies, with labels.
    """
    found: dict[str, str] = {}
    for label, case in points:
        for key, value in numbers_of(case):
            usual = next((usual for usual in USUAL if fnmatchcase(key, usual.keys)), None)
            if usual is None or key in found or numeric_key(case, key).symbol != usual.unit:
                continue
            if objection := usual.objection(key, value):
                found[key] = f"{objection} (at {label})" if label and label != case.label({key: value}) else objection
    return found


def numbers_of(case: Case) -> Iterator[tuple[str, float]]:
    """Dotted keys and values of all numbers of a device."""
    for part in ("geometry", "electrolyte", "terminals", "walls", "regions"):
        yield from _below(getattr(case, part), part)


def _below(node: Any, key: str) -> Iterator[tuple[str, float]]:
    if isinstance(node, float):
        yield key, node
    elif isinstance(node, BaseModel):
        for name in type(node).model_fields:
            yield from _below(getattr(node, name), f"{key}.{name}")
    elif isinstance(node, dict):
        for name, item in node.items():
            yield from _below(item, f"{key}.{name}")
    elif isinstance(node, tuple):
        for i, item in enumerate(node):
            yield from _below(item, f"{key}.{i}")
