"""Table of common sites and surfaces: densities, charges and constants, each with its source.

All of them can be replaced in a case. Where it says "after" of a paper, its model could be read, and the numbers are those
that others quote from it; "as usually quoted" means that no source could be read. Constants are of association with the bare
site, activities in mol/l: of an acid its pKa. A density of None has to be written in the case, since it is that of a
preparation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class KnownSite:
    """Sites per nm^2, charge of the bare site, bound states (numbers of ions, pK), and where the numbers are from."""

    density: float | None
    charge: int
    binds: tuple[tuple[Mapping[str, int], float], ...]
    source: str

    def keys(self) -> dict[str, Any]:
        """The keys of a case that mean the same."""
        found: dict[str, Any] = {
            "charge": self.charge,
            "binds": [{**ions, "pK": pK} for ions, pK in self.binds],
        }
        return found if self.density is None else {"density": self.density * 1e18, **found}


_BEHRENS = "after Behrens and Grier, J. Chem. Phys. 115, 6716 (2001), with a Stern layer of 2.9 F/m^2"
_NITRIDE = "parameters of the ISFET model of Martinoia and Massobrio, Sens. Actuators B 62, 182 (2000)"
_OXIDE = "Konkena and Vasudevan, J. Phys. Chem. Lett. 3, 867 (2012)"

SITES: Mapping[str, KnownSite] = {
    "silanol": KnownSite(8.0, -1, (({"H": 1}, 7.5),), _BEHRENS),
    "nitride_silanol": KnownSite(3.0, -1, (({"H": 1}, 7.2), ({"H": 2}, 6.0)), f"{_NITRIDE}: 63.1e-9 and 15.8 mol/l"),
    "nitride_amine": KnownSite(2.0, 0, (({"H": 1}, 10.0),), _NITRIDE),
    "pet_carboxyl": KnownSite(
        1.0,
        -1,
        (({"H": 1}, 4.2),),
        "pKa of benzoic acid, 4.21 in J. Res. Natl. Bur. Stand. 71A, 379 (1967); the density is a round number of ours"
        " (conductances of PET pores at pH 10 gave -21 mC/m^2, 0.13 charges per nm^2: Electrophoresis 2022, 202200198)",
    ),
    "mica": KnownSite(
        2.17,
        -1,
        (({"H": 1}, 4.5), ({"K": 1}, 2.6)),
        "ratios of the rates of Sides, Faruqui and Gellman, Langmuir 25, 1475 (2009): 45 l/(mol s) over 0.0014 /s and 58 over"
        " 0.14",
    ),
    "graphene_oxide_carboxyl": KnownSite(
        None, -1, (({"H": 1}, 4.3),), f"{_OXIDE}: carboxyls, which phenols and hydroxyls next to them make more acidic"
    ),
    "graphene_oxide_weak_acid": KnownSite(None, -1, (({"H": 1}, 6.6),), f"{_OXIDE}: second pK"),
    "graphene_oxide_weakest_acid": KnownSite(None, -1, (({"H": 1}, 9.0),), f"{_OXIDE}: third pK"),
    "amine": KnownSite(
        None, 0, (({"H": 1}, 10.6),), "of alkylammonium in water, as usually quoted; that of a layer is lower"
    ),
    "crown_ether": KnownSite(
        None,
        0,
        (({"K": 1}, 2.03), ({"Na": 1}, 0.80)),
        "18-crown-6 in water, as usually quoted from Izatt et al., J. Am. Chem. Soc. 98, 7620 (1976)",
    ),
}
"""Sites by the names that a case can use."""

SURFACES: Mapping[str, tuple[str, ...]] = {
    "silica": ("silanol",),
    "silicon_nitride": ("nitride_silanol", "nitride_amine"),
    "pet": ("pet_carboxyl",),
    "mica": ("mica",),
}
"""Surfaces by the names that a case can use, with their sites."""
