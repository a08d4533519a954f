"""Rows of a steady study as curves along the bias."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from solver.results.rows import Row, parameter_columns


def curves_along_bias(rows: Sequence[Row]) -> Iterator[tuple[dict[str, float], list[Row]]]:
    """Rows that differ only in the innermost swept potential, with what they share: the other swept keys by header.

    rows: of observables.csv, in the order of computing.
    """
    if not rows:
        return
    parameters = parameter_columns(list(rows[0]))
    potentials = [name for name in parameters if name.endswith(".potential [V]")]
    others = [name for name in parameters if name not in potentials[-1:]]
    groups: dict[tuple[float, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(tuple(row[name] for name in others), []).append(row)
    for values, found in groups.items():
        yield dict(zip(others, values, strict=True)), found
