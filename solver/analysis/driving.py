"""What drives a current besides the bias."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from solver.case.case import Case
from solver.results.headers import split_header
from solver.results.rows import Row

SAME = 1e-9
"""Two values closer than this, relative to the larger one, are the same."""


@dataclass(frozen=True)
class Drives:
    """What differs between the terminals of a device besides the bias.

    Attributes:
        salt: the solutions in the reservoirs, or species enter at walls.
        pressure: the pressures, or a flow rate is held, or water passes walls.
        potential: the potentials of the terminals that are not driven, from each other.
    """

    salt: bool = False
    pressure: bool = False
    potential: bool = False

    @property
    def bias_alone(self) -> bool:
        """Whether nothing but the bias drives a current, so that current over bias is a conductance."""
        return not (self.salt or self.pressure or self.potential)


def drives_of(case: Case) -> Drives:
    """What drives a current through the device of a case besides its bias."""
    bulks = [case.bulk(name) for name in case.terminals]
    others = [terminal.potential for name, terminal in case.terminals.items() if name != case.driven_terminal]
    return Drives(
        salt=any(_differ([bulk[species] for bulk in bulks]) for species in case.electrolyte.species)
        or any(case.walls[name].passes_ions for name in case.open_walls),
        pressure=_differ([terminal.pressure for terminal in case.terminals.values()])
        or any(terminal.flow_rate for terminal in case.terminals.values())
        or any(case.walls[name].passes_water for name in case.open_walls),
        potential=_differ(others),
    )


def drives_of_rows(case: Case, rows: Sequence[Row], parameters: Sequence[str]) -> list[Drives]:
    """The same for every row. case: as a whole; parameters: headers of the swept keys in the rows."""
    driven = case.potential_key(case.driven_terminal)
    keys = {header: split_header(header)[0] for header in parameters}
    wanted = {
        header: key for header, key in keys.items() if key.startswith(("terminals.", "electrolyte.")) and key != driven
    }
    known: dict[tuple[float, ...], Drives] = {}
    found = []
    for row in rows:
        values = tuple(float(row[header]) for header in wanted)
        if values not in known:
            known[values] = drives_of(with_swept(case, dict(zip(wanted, values, strict=True))))
        found.append(known[values])
    return found


def with_swept(case: Case, values: Mapping[str, float]) -> Case:
    """The case with the values of swept keys, given by the headers of their columns."""
    return case.with_values({split_header(header)[0]: value for header, value in values.items()}) if values else case


def _differ(values: Sequence[float]) -> bool:
    return any(not math.isclose(value, values[0], rel_tol=SAME) for value in values)
