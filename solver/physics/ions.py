"""Table of ions: valence and diffusivity at infinite dilution in water at 298.15 K."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Ion:
    """Valence, and diffusivity in m^2/s at infinite dilution in water at 298.15 K."""

    valence: int
    diffusivity: float
    source: str


_CRC = "CRC Handbook of Chemistry and Physics, 'Ionic Conductivity and Diffusion at Infinite Dilution' (25 C)"


def _table(rows: str) -> dict[str, Ion]:
    words = [row.split() for row in rows.strip().splitlines()]
    return {name: Ion(int(valence), float(value) * 1e-9, _CRC) for name, valence, value in words}


# name, valence, D in 1e-9 m^2/s. D = R T lambda / (|z| F^2) of the molar ionic conductivities of the same table.
TABLE_TEMPERATURE = 298.15
"""K, of the diffusivities, and of the constants of `solver.physics.acids` and `solver.physics.water`."""

ION_TABLE: dict[str, Ion] = _table("""
    H       1  9.311
    Li      1  1.029
    Na      1  1.334
    K       1  1.957
    Rb      1  2.072
    Cs      1  2.056
    Ag      1  1.648
    NH4     1  1.957
    TMA     1  1.196
    TEA     1  0.868
    TBA     1  0.519
    Mg      2  0.706
    Ca      2  0.792
    Sr      2  0.791
    Ba      2  0.847
    Mn      2  0.712
    Co      2  0.732
    Ni      2  0.661
    Cu      2  0.714
    Zn      2  0.703
    Cd      2  0.719
    Pb      2  0.945
    Al      3  0.541
    La      3  0.619
    OH     -1  5.273
    F      -1  1.475
    Cl     -1  2.032
    Br     -1  2.080
    I      -1  2.045
    NO3    -1  1.902
    ClO4   -1  1.792
    HCO3   -1  1.185
    H2PO4  -1  0.959
    acetate -1 1.089
    SO4    -2  1.065
    CO3    -2  0.923
    HPO4   -2  0.759
    PO4    -3  0.824
""")

CRYSTAL_RADII: dict[str, float] = {
    name: 1e-12 * radius
    for name, radius in {
        "Li": 60, "Na": 95, "K": 133, "Rb": 148, "Cs": 169, "Ag": 126, "Mg": 65, "Ca": 99, "Sr": 113, "Ba": 135, "Al": 50,
        "La": 115, "F": 136, "Cl": 181, "Br": 195, "I": 216,
    }.items()
}  # fmt: skip
"""Radii of ions in crystals, m; L. Pauling, The Nature of the Chemical Bond, 3rd ed., Cornell University Press (1960)."""
