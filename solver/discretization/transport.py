"""The form of the transport equations, put together region by region and wall by wall."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from dolfinx import fem

from solver.discretization.boundary import RegionCondition
from solver.discretization.evaluation import Storage
from solver.discretization.measures import Measures
from solver.discretization.unknowns import Unknowns
from solver.discretization.wall_laws import WallTerms


@dataclass(frozen=True)
class StorageRates:
    """Rates of the storage terms in the forms.

    Attributes:
        species: of ions. coverages: of coverages in their own equations.
    """

    species: fem.Constant
    coverages: fem.Constant

    def set(self, storage: Storage) -> None:
        """Those of a storage."""
        self.species.value = storage.rate
        self.coverages.value = 0.0 if storage.settled else storage.rate


@dataclass(frozen=True)
class TransportForms:
    """Forms of the test functions of all transport unknowns.

    Attributes:
        steady: without storage, for loads and the like; what is compiled has one integrand a region.
        whole: with storage where it is wanted.
        of_ions: the same without the equations of coverages.
        contents: what each test function holds of its species or of its coverage; 0 without storage.
        wall_contents: the part of that at walls.
    """

    steady: Any
    whole: Any
    of_ions: Any
    contents: Any
    wall_contents: Any


def transport_forms(
    regions: Sequence[RegionCondition],
    equations: Callable[[RegionCondition, Any], Any],
    stored: Any,
    at_walls: WallTerms,
    unknowns: Unknowns,
    measures: Measures,
    test: Any,
    rates: StorageRates | None,
) -> TransportForms:
    """The forms of a problem.

    equations: integrand of a region without storage. stored: integrand of the contents in the liquid. rates: of the storage;
        None without it.
    """
    steady: Any = 0
    whole: Any = 0
    contents: Any = 0
    for region in regions:
        integrand, measure = equations(region, test), measures.region(region.name)
        steady += integrand * measure
        if rates is not None and region.law.holds_ions:
            integrand += rates.species * stored
            contents += stored * measure
        whole += integrand * measure
    terms = [(measures.boundary, at_walls.integrands(test), at_walls.contents(test))]
    kinetics = at_walls.kinetics(unknowns.on_walls(test))
    kept = {name: value for name, (value, _) in kinetics.items()}
    terms.append((measures.nodes, {name: rest for name, (_, rest) in kinetics.items()}, kept))
    at_wall: Any = 0
    of_ions = whole
    for (measure_of, present, held), rate in zip(terms, ("species", "coverages"), strict=True):
        for name in dict.fromkeys((*present, *(held if rates else ()))):
            integrand, measure = present.get(name, 0), measure_of(name)
            if name in present:
                steady += integrand * measure
            if rates is not None and name in held:
                integrand += getattr(rates, rate) * held[name]
                at_wall += held[name] * measure
            whole += integrand * measure
        of_ions = whole if rate == "species" else of_ions
    return TransportForms(steady, whole, of_ions, contents + at_wall if rates is not None else 0, at_wall)
