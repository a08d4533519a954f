"""Plain-text table of impedance spectra."""

from __future__ import annotations

import math

from postprocess.tables.kinds import FREQUENCY
from postprocess.tables.layout import CONSERVED, WIDTH, Column, layout, number_column
from postprocess.tables.result import Result
from postprocess.tables.units import quantity

SPECTRUM = {
    "impedance_real [ohm]": "Re Z",
    "impedance_imaginary [ohm]": "Im Z",
    "impedance_magnitude [ohm]": "|Z|",
    "impedance_phase [deg]": "phase",
}


def impedance_table(result: Result, *, width: int = WIDTH, verbose: bool = False) -> str:
    """Impedance against frequency, with one block for every bias; conservation errors where one is too large, or with
    `verbose`."""
    known = result.observables.get("conservation_error")
    conservation = known is not None and (verbose or bool((known > CONSERVED).any()))
    blocks = []
    for curve in result.curves():
        columns: list[Column] = [
            (("frequency", ""), [quantity(float(value), "Hz") for value in curve.points[FREQUENCY]], ">"),
            *(
                number_column(name, header, curve.points[header], result.observables[header])
                for header, name in SPECTRUM.items()
                if header in curve.points
            ),
        ]
        if conservation:
            cells = [f"{value:.0e}" for value in curve.points["conservation_error"]]
            columns.append((("conservation", "error"), cells, "."))
        slopes = curve.points.get("differential_conductance [S]")
        limit = float(slopes.iloc[0]) if slopes is not None else math.nan
        text = layout(columns, width)
        if math.isfinite(limit) and limit != 0.0:
            text += f"\nlimit of zero frequency {quantity(1.0 / limit, 'ohm')}"
        blocks.append(f"{curve.label}\n{text}" if curve.label else text)
    return "\n\n".join(blocks).replace("−", "-")
