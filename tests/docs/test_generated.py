"""The pages that are written from the source are as they would be written now."""

from __future__ import annotations

import subprocess
import sys

from tests.support.names import ROOT


def test_the_reference_of_the_case_files_is_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "docs/generate.py", "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
