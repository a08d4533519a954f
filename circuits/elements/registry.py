"""The kinds of elements. This tuple is the only list of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Union

from pydantic import Field

from circuits.elements.base import Element
from circuits.elements.bipolar_diode import BipolarDiode
from circuits.elements.capacitor import Capacitor
from circuits.elements.compact import Compact
from circuits.elements.device import Device
from circuits.elements.diode import Diode
from circuits.elements.electrode import Electrode
from circuits.elements.inductor import Inductor
from circuits.elements.membrane import NernstBattery, SelectiveMembrane
from circuits.elements.resistor import Resistor
from circuits.elements.sources import Battery, CurrentSource, VoltageSource
from circuits.elements.switch import Switch
from meshes.quantity import has_type

ELEMENTS: tuple[type[Element], ...] = (
    Resistor,
    Capacitor,
    Inductor,
    Battery,
    VoltageSource,
    CurrentSource,
    Switch,
    Diode,
    BipolarDiode,
    NernstBattery,
    SelectiveMembrane,
    Electrode,
    Compact,
    Device,
)

if TYPE_CHECKING:
    AnyElement = Element
else:
    AnyElement = Annotated[
        Union[ELEMENTS],  # noqa: UP007 (made from the tuple)
        Field(discriminator="type"),
        has_type(*(element.kind() for element in ELEMENTS)),
    ]
