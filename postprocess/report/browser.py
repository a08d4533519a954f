"""A PDF of a page, made by a browser of the Chromium family that the machine has."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from solver.results.rows import ResultError, reason

NAMES = (
    "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge", "msedge",
    "microsoft-edge-stable", "brave-browser",
)  # fmt: skip
"""Commands that start such a browser."""
PLACES = {
    "darwin": (
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
        "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    ),
    "win32": (
        r"C:\Program Files\Google\Chrome\Application\chrome.exe",
        r"C:\Program Files (x86)\Google\Chrome\Application\chrome.exe",
        r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
        r"C:\Program Files\Microsoft\Edge\Application\msedge.exe",
    ),
}
"""Where it is on systems that do not have it among their commands."""
VARIABLE = "NANOCHANNEL_BROWSER"
"""Environment variable that names the browser."""
OPTIONS = (
    "--headless", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--disable-quic", "--hide-scrollbars", "--no-pdf-header-footer", "--virtual-time-budget=10000",
)  # fmt: skip
LONGEST = 180.0  # s


def find_browser() -> str:
    """Path of a browser.

    Raises:
        ResultError: there is none.
    """
    named = os.environ.get(VARIABLE)
    if named:
        found = shutil.which(named)
        if found is None:
            raise ResultError(f"{VARIABLE} names the browser '{named}', which is not there")
        return found
    candidates = [*(shutil.which(name) for name in NAMES), *PLACES.get(sys.platform, ())]
    for candidate in candidates:
        if candidate and Path(candidate).is_file():
            return candidate
    raise ResultError(
        "a PDF needs Chromium, Chrome or Edge, and none was found: install one (on Debian 'apt install chromium'), "
        f"name it in {VARIABLE}, or print the page in any browser"
    )


def print_to_pdf(page: Path, out: Path) -> Path:
    """Print a page into a PDF; returns the file.

    Raises:
        ResultError: there is no browser, or it does not do it.
    """
    browser = find_browser()
    try:
        out.unlink(missing_ok=True)  # an old one would pass for the new one
    except OSError as error:
        raise ResultError(f"cannot write {out}: {reason(error)}") from error
    # Helpers of the browser may still write to its profile.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        options = [*OPTIONS, f"--user-data-dir={profile}", f"--print-to-pdf={out.resolve()}"]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            options.append("--no-sandbox")  # as root there is none
        try:
            done = subprocess.run(
                [browser, *options, page.resolve().as_uri()],
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                timeout=LONGEST,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise ResultError(f"{browser} could not print {page}: {error}") from error
    if done.returncode != 0 or not out.is_file():
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise ResultError(f"{browser} could not print {page} (exit code {done.returncode}): {last}")
    return out
