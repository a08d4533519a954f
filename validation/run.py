"""The whole validation: every section one after the other, then the report."""

from __future__ import annotations

import logging
import math
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from mpi4py import MPI

from solver.inputs.errors import CaseError
from solver.nonlinear.continuation import ConvergenceError
from solver.parallel.logs import logger
from solver.parallel.progress import Extent, Progress
from solver.parallel.ranks import on_root
from validation import (
    adsorbing,
    circuits,
    compact_models,
    conductors,
    confined,
    effectivity,
    electrodes,
    electrostatics,
    exchange,
    gates,
    held,
    in_time,
    long_channels,
    manufactured,
    membranes,
    neurons,
    neutral,
    one_dimension,
    particles,
    pores,
    rates_in_time,
    reactions,
    real_solutions,
    regulated,
    report,
    resistances,
    salinity,
    shipped,
    sizes,
    solids,
    space,
    space_bars,
    spectra,
    stored,
    traces,
    trends,
)
from validation.checks import Check, Outcome, Section
from validation.setting import Setting, shipped_cases

SECTIONS: tuple[Section, ...] = (
    long_channels.TRANSPORT,
    long_channels.CONDUCTANCE,
    space.SPACE,
    electrostatics.ELECTROSTATICS,
    resistances.RESISTANCES,
    one_dimension.FILM_SECTION,
    one_dimension.DIODE_SECTION,
    one_dimension.MEMBRANES,
    membranes.CHARGED_MEMBRANES,
    neutral.ELECTRONEUTRAL,
    salinity.SALINITY,
    real_solutions.REAL_SOLUTIONS,
    solids.SOLIDS,
    sizes.FINITE_SIZES,
    conductors.CONDUCTORS,
    particles.PARTICLES,
    regulated.REGULATED,
    reactions.REACTIONS,
    adsorbing.ADSORBING,
    pores.PORES,
    electrodes.ELECTRODES,
    confined.POSITION_DEPENDENT,
    confined.CONFINEMENT,
    held.HELD,
    traces.TRACES,
    exchange.EXCHANGE,
    circuits.CIRCUITS,
    neurons.NEURONS,
    gates.GATES,
    shipped.MICROCHANNEL,
    manufactured.RATES,
    space_bars.SPACE,
    in_time.BLOCKING_CELL,
    in_time.MEMORY_TIME,
    in_time.BALANCES,
    spectra.IMPEDANCE,
    compact_models.COMPACT_MODELS,
    rates_in_time.TIME_ORDERS,
    trends.TRENDS,
    shipped.SHIPPED,
    effectivity.EFFECTIVITY,
)
"""All sections, in the order of the report."""


def chosen(keys: Sequence[str]) -> tuple[Section, ...]:
    """The sections with these keys, all without any.

    Raises:
        CaseError: there is no such section.
    """
    known = {section.key: section for section in SECTIONS}
    for key in keys:
        if key not in known:
            raise CaseError(f"no section '{key}'; there are {', '.join(known)}")
    return tuple(known[key] for key in keys) if keys else SECTIONS


def validate(out: Path, comm: MPI.Comm, *, quick: bool = False, only: Sequence[str] = (), resume: bool = False) -> bool:
    """Run the sections and write validation.md, validation.html, validation.csv and figures to `out`; whether every
    check passed. The report also has the sections that were computed into this folder before. Collective.

    only: keys of the sections to run. resume: those that the report has are not run again.

    Raises:
        CaseError: an unknown section, or the shipped cases are missing.
        ResultError: a file cannot be written.
    """
    sections = chosen(only)
    on_root(comm, shipped_cases)
    if resume:
        there = on_root(comm, lambda: [outcome.section.key for outcome in stored.stored(out, sections)])
        sections = tuple(section for section in sections if section.key not in there)
    with scratch(out, comm) as folder, Progress(Extent(len(sections)), comm) as progress:
        setting = Setting(comm, quick, folder)
        for section in sections:
            with quiet():
                outcome = evaluate(section, setting)
            on_root(comm, partial(stored.store, out, outcome))
            for check in outcome.checks:
                if not check.passed:
                    logger.warning("failed: %s, %s: %s", check.name, check.quantity, report.verdict(check))
            passed = sum(check.passed for check in outcome.checks)
            progress.accepted(f"{section.key}: {passed} of {len(outcome.checks)} passed, {outcome.seconds:.0f} s")

    def write() -> tuple[list[Path], str, bool]:
        outcomes = stored.stored(out, SECTIONS)
        return report.write(out, outcomes), report.conclusion(outcomes), all(each.passed for each in outcomes)

    files, conclusion, passed_all = on_root(comm, write)
    logger.info("%s", conclusion)
    logger.info("report: %s", ", ".join(str(path) for path in files[:2]))
    return passed_all


def evaluate(section: Section, setting: Setting) -> Outcome:
    """The checks and plots of one section. A point that does not converge is a failed check. Collective."""
    outcome, begin = Outcome(section), time.perf_counter()
    try:
        for item in section.run(setting):
            (outcome.checks if isinstance(item, Check) else outcome.plots).append(item)  # type: ignore[arg-type]
    except ConvergenceError as error:
        outcome.checks.append(
            Check(
                section.key, "the rest of this section", "was not computed", "", math.nan, math.nan, 0.0, "exact",
                "", note=f"not converged: {error}",
            )
        )  # fmt: skip
    outcome.seconds = time.perf_counter() - begin
    outcome.origin = stored.origin(quick=setting.quick, ranks=setting.comm.size)
    return outcome


@contextmanager
def scratch(out: Path, comm: MPI.Comm) -> Iterator[Path]:
    """A temporary folder in `out` that all ranks see."""

    def make() -> tempfile.TemporaryDirectory[str]:
        out.mkdir(parents=True, exist_ok=True)
        return tempfile.TemporaryDirectory(prefix="cases-", dir=out)

    try:
        made = on_root(comm, make, share=False)
    except OSError as error:
        raise CaseError(f"cannot write to {out}: {error.strerror}") from error
    try:
        yield Path(comm.bcast(made.name if comm.rank == 0 and made is not None else "", root=0))
    finally:
        comm.barrier()
        if comm.rank == 0 and made is not None:
            made.cleanup()


@contextmanager
def quiet() -> Iterator[None]:
    """Without the messages of single cases; warnings stay."""
    level = logger.level
    logger.setLevel(max(level, logging.WARNING))
    try:
        yield
    finally:
        logger.setLevel(level)


def failures(outcomes: Iterable[Outcome]) -> list[Check]:
    """All checks that did not pass."""
    return [check for outcome in outcomes for check in outcome.checks if not check.passed]
