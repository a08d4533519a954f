"""The kinds of folders that have reports, by the file that tells them: the one list of all sections."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from postprocess.report.base import Kind
from postprocess.report.sections import (
    campaign,
    case,
    circuit,
    citing,
    convergence,
    cost,
    errors,
    expected,
    fields,
    figures,
    fit,
    model,
    numbers,
    overview,
    remarks,
    versions,
)
from postprocess.tables.campaign import DESCRIPTION, load_campaign
from postprocess.tables.circuit import is_circuit_result, load_circuit_result
from postprocess.tables.fit_summary import FIT
from postprocess.tables.optimum import OPTIMUM
from postprocess.tables.result import load
from solver.results.rows import ResultError

RESULT = Kind(
    "a result",
    load,
    overview.heading,
    (
        overview.SECTION,
        remarks.SECTION,
        numbers.SECTION,
        figures.SECTION,
        fields.SECTION,
        case.SECTION,
        model.SECTION,
        errors.SECTION,
        expected.SECTION,
        convergence.SECTION,
        cost.SECTION,
        versions.SECTION,
        citing.SECTION,
    ),
)

CIRCUIT: Kind[Any] = Kind(
    "a circuit",
    load_circuit_result,
    circuit.heading,
    (
        circuit.OVERVIEW,
        circuit.NUMBERS,
        circuit.FIGURES,
        circuit.DEVICE_FIELDS,
        circuit.ELEMENTS,
        expected.SECTION,  # what these need of a result, that of a circuit has, too
        cost.SECTION,
        versions.SECTION,
        citing.SECTION,
    ),
)

CAMPAIGN = Kind("a campaign", load_campaign, campaign.heading, campaign.SECTIONS)

FITTED = Kind("a fit", fit.read, fit.heading, fit.SECTIONS)
OPTIMISED = Kind("an optimisation", fit.read_optimisation, fit.heading, fit.SECTIONS_OF_OPTIMISATION)

KINDS: dict[str, Kind[Any]] = {"run.json": RESULT, DESCRIPTION: CAMPAIGN, FIT: FITTED, OPTIMUM: OPTIMISED}
"""Kinds of folders by the file that a folder of the kind has."""


def kind_of_folder(path: Path) -> Kind[Any]:
    """The kind of a folder.

    Raises:
        ResultError: there is no report of such a folder.
    """
    if is_circuit_result(path):
        return CIRCUIT
    for name, kind in KINDS.items():
        if (path / name).is_file():
            return kind
    if not path.exists():
        raise ResultError(f"there is no folder {path}")
    raise ResultError(f"{path} holds nothing that a report is made of: it has no {' or '.join(KINDS)}")
