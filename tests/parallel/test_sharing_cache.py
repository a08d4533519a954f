"""The folder of compiled forms among several programs."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from solver.parallel import cache

pytestmark = pytest.mark.serial


def test_marks_of_forms_that_nobody_compiles_are_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fcntl = pytest.importorskip("fcntl")
    monkeypatch.setattr(cache, "OLD", 1.0)
    names = ["left", "future", "young", "whole"]
    marks = {name: tmp_path / f"libffcx_forms_{name}.c" for name in names}
    for mark in marks.values():
        mark.touch()
    os.utime(marks["left"], (0, 0))
    os.utime(marks["future"], (2e9, 2e9))
    marks["whole"].with_suffix(".c.cached").touch()
    begin = time.monotonic()
    handle = cache._hold(tmp_path)
    assert handle is not None
    assert [name for name in names if marks[name].exists()] == ["whole"]
    assert time.monotonic() - begin > 0.5, "the young mark was not waited for"
    marks["left"].touch()
    os.utime(marks["left"], (0, 0))
    other = os.open(tmp_path / ".nanochannel.lock", os.O_RDWR)
    fcntl.flock(other, fcntl.LOCK_SH | fcntl.LOCK_NB)  # a second program shares the folder ...
    with pytest.raises(BlockingIOError):
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)  # ... and does not clean up, since the first may be compiling
    for each in (handle, other):
        os.close(each)
