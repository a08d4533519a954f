"""Runs in time say once where the state is beyond the tables of the liquid."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest

from solver.studies.transient import protocol_run
from solver.studies.transient.protocol_run import ProtocolRun


def test_a_state_beyond_the_tables_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    texts: list[str | None] = [None, "the table ends", "the table ends"]
    logger = Mock()
    monkeypatch.setattr(protocol_run, "beyond_tables", lambda *_: texts.pop(0))
    monkeypatch.setattr(protocol_run, "logger", logger)
    run: Any = ProtocolRun.__new__(ProtocolRun)
    run._was_beyond, run._problem, run._point = False, None, SimpleNamespace(name="the protocol")
    run._stepper = SimpleNamespace(now=SimpleNamespace(time=2e-6, found=None))
    for count in (0, 1, 1):
        run._warn_beyond_tables(SimpleNamespace(electrolyte=SimpleNamespace(properties=None)))
        assert logger.warning.call_count == count
