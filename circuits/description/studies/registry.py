"""The kinds of studies of circuits. This tuple is the only list of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Union

from pydantic import Field

from circuits.description.studies.base import CircuitStudy
from circuits.description.studies.impedance import CircuitImpedance
from circuits.description.studies.logic import LogicSequence, TruthTable
from circuits.description.studies.periodic import Periodic
from circuits.description.studies.spikes import FrequencyCurrent, ThresholdStudy
from circuits.description.studies.spread import MonteCarlo, SpikeMap, StabilityLimits
from circuits.description.studies.stall import Stall
from circuits.description.studies.steady import OperatingPoint, Sweep
from circuits.description.studies.transient import CircuitTransient
from meshes.quantity import has_type

STUDIES: tuple[type[CircuitStudy], ...] = (
    OperatingPoint,
    Sweep,
    CircuitTransient,
    CircuitImpedance,
    Periodic,
    Stall,
    ThresholdStudy,
    FrequencyCurrent,
    StabilityLimits,
    SpikeMap,
    MonteCarlo,
    TruthTable,
    LogicSequence,
)

if TYPE_CHECKING:
    AnyCircuitStudy = CircuitStudy
else:
    AnyCircuitStudy = Annotated[
        Union[STUDIES],  # noqa: UP007 (made from the tuple)
        Field(discriminator="type"),
        has_type(*(study.kind() for study in STUDIES)),
    ]
