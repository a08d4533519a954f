"""Mutated case files are accepted or refused in one line, within seconds and a bounded memory."""

from __future__ import annotations

import collections

import pytest

from tests.support import mutations


def test_mutated_cases_are_accepted_or_refused_in_one_line() -> None:
    found = mutations.run(0, 300)
    faults = [f"seed {each['seed']}: {each['ended']}: {each['message']}" for each in found if each["ended"] not in FINE]
    assert not faults, "\n".join(faults)
    counts = collections.Counter(each["ended"] for each in found)
    assert len(found) == 300
    assert counts["accepted"] > 20  # some come as far as the numbers of `check`
    assert counts["refused"] > 150


FINE = ("accepted", "refused")


@pytest.mark.parametrize(
    ("error", "ended"),
    [
        (KeyError("x"), "traceback"),
        (mutations.CaseError("x" * 700), "ugly message"),
        (mutations.CaseError("x"), "refused"),
    ],
)
def test_faults_are_noticed(monkeypatch: pytest.MonkeyPatch, error: Exception, ended: str) -> None:
    def raising(_: object) -> None:
        raise error

    monkeypatch.setattr(mutations, "load_case", raising)
    monkeypatch.setattr(mutations.Case, "model_validate", raising)
    assert mutations.outcome(1)["ended"] == ended
