"""When a swept potential is called the bias."""

from __future__ import annotations

import pytest

from solver.analysis.rectification import rectification
from solver.case.bias import means_bias

KEY = "terminals.top.potential [V]"


@pytest.mark.parametrize(
    ("ports", "bias", "expected"),
    [(2, [-0.3, -0.1], True), (3, [-0.2, 0.0], True), (3, [-0.3, -0.1], False)],
    ids=["two terminals", "the others add nothing", "another bias beside it"],
)
def test_the_swept_potential_is_the_bias(ports: int, bias: list[float], expected: bool) -> None:
    assert means_bias(ports, [-0.2, 0.0], bias) == expected


def test_a_device_under_two_biases_has_no_rectification_ratio() -> None:
    rows = [{KEY: v, "bias [V]": v - 0.1, "current [A]": 2.0 * v} for v in (0.0, 0.1, 0.2)]
    assert len(rectification(rows, ports=2)) == 1
    assert rectification(rows, ports=3) == []
