"""Table of weak acids and bases: their forms, pKa and diffusivities in water at 298.15 K.

A form that the table of ions has is there. Diffusivities of others follow from limiting electrophoretic mobilities,
D = u k T / (|z| e); that of a neutral form without a source of its own is taken to be that of its ion.
"""

from __future__ import annotations

from dataclasses import dataclass

from solver.physics.ions import ION_TABLE, Ion

PEAKMASTER = "database of PeakMaster (at infinite dilution; mostly Hirokawa et al., J. Chromatogr. 252, 49 (1982))"
CRC_PKA = "CRC Handbook of Chemistry and Physics, 'Dissociation Constants'"
CRC_LIQUIDS = "CRC Handbook of Chemistry and Physics, 'Diffusion Coefficients in Liquids at Infinite Dilution'"
LIKE_ION = "taken to be that of its ion"


@dataclass(frozen=True)
class Acid:
    """A weak acid, or the acid of a weak base.

    Attributes:
        forms: names of its forms from the one with the most protons on; each has one proton less than the one before.
        ions: valence and diffusivity of each.
        pKa: of each step, thermodynamic (at infinite dilution).
        source: of the pKa.
    """

    forms: tuple[str, ...]
    ions: tuple[Ion, ...]
    pKa: tuple[float, ...]
    source: str

    @property
    def steps(self) -> tuple[tuple[str, float], ...]:
        """Each dissociation as an equation of a reaction, and its pKa."""
        pairs = zip(self.forms, self.forms[1:], strict=False)
        return tuple((f"{acid} = H + {base}", pK) for (acid, base), pK in zip(pairs, self.pKa, strict=True))


def _acid(pKa: tuple[float, ...], source: str, **forms: tuple[int, float, str] | None) -> Acid:
    """An acid whose forms are given by valence, D in 1e-9 m^2/s and source; None for one of the table of ions."""
    ions = tuple(ION_TABLE[name] if of is None else Ion(of[0], of[1] * 1e-9, of[2]) for name, of in forms.items())
    return Acid(tuple(forms), ions, pKa, source)


ACIDS: dict[str, Acid] = {
    "acetate": _acid((4.756,), PEAKMASTER, acetic_acid=(0, 1.29, CRC_LIQUIDS), acetate=None),
    "ammonia": _acid((9.25,), PEAKMASTER, NH4=None, NH3=(0, 1.957, LIKE_ION)),
    "borate": _acid((9.237,), PEAKMASTER, boric_acid=(0, 0.938, LIKE_ION), borate=(-1, 0.938, PEAKMASTER)),
    "carbonate": _acid((6.352, 10.329), PEAKMASTER, CO2=(0, 1.91, CRC_LIQUIDS), HCO3=None, CO3=None),
    "citrate": _acid(
        (3.128, 4.761, 6.396),
        PEAKMASTER,
        citric_acid=(0, 0.737, LIKE_ION),
        H2citrate=(-1, 0.737, PEAKMASTER),
        Hcitrate=(-2, 0.703, PEAKMASTER),
        citrate=(-3, 0.637, PEAKMASTER),
    ),
    "hepes": _acid((7.5,), PEAKMASTER, HEPES=(0, 0.604, LIKE_ION), HEPES_anion=(-1, 0.604, PEAKMASTER)),
    "phosphate": _acid((2.16, 7.21, 12.32), CRC_PKA, H3PO4=(0, 0.959, LIKE_ION), H2PO4=None, HPO4=None, PO4=None),
    "tris": _acid((8.076,), PEAKMASTER, TrisH=(1, 0.758, PEAKMASTER), Tris=(0, 0.758, LIKE_ION)),
}
"""By the names that a case gives at `electrolyte.buffers`."""

ACID_FORMS: dict[str, Ion] = {
    form: ion for acid in ACIDS.values() for form, ion in zip(acid.forms, acid.ions, strict=True)
}
"""Valence and diffusivity of every form, by its name."""
