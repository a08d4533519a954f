"""The documentation site builds without a warning, and every link of it and of the pages on GitHub leads somewhere."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

import nanochannel
from tests.support.paths import CASES, DOCS, ROOT

PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(DOCS.glob("*.md")), *sorted(DOCS.glob("recipes/*.md"))]
PAGES += sorted(CASES.glob("*/README.md"))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site, with notebooks that are not executed."""
    pytest.importorskip("sphinx")
    pytest.importorskip("myst_nb")
    pytest.importorskip("furo")
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html", "-c", DOCS]
    command += ["-d", folder / "cache", ROOT, folder / "html"]
    environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=300)
    assert done.returncode == 0, done.stderr
    return folder / "html"


class Links(HTMLParser):
    """What a page links to, and what can be linked to in it."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = {""}
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for key, value in attrs:
            if key in ("href", "src") and value is not None:
                self.links.append(value)
            elif key in ("id", "name") and value is not None:
                self.anchors.add(value)


@pytest.mark.slow
@pytest.mark.xdist_group("site")
def test_the_links_of_the_site_lead_somewhere(site: Path) -> None:
    pages = {path: Links(path) for path in site.rglob("*.html")}
    assert len(pages) > 50
    broken = []
    for page, found in pages.items():
        for link in found.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                assert "mathjax" not in link.lower(), "formulas need no network"
                continue
            target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            if not target.is_file() or (target in pages and unquote(parts.fragment) not in pages[target].anchors):
                broken.append(f"{page.relative_to(site)}: {link}")
    assert not broken, "\n".join(broken)


@pytest.mark.slow
@pytest.mark.xdist_group("site")
def test_the_site_has_every_case_and_its_formulas(site: Path) -> None:
    gallery = (site / "docs" / "gallery.html").read_text(encoding="utf-8")
    for path in CASES.glob("*/case.yaml"):
        assert f'id="{path.parent.name.replace("_", "-")}"' in gallery
        assert (site / "cases" / path.parent.name / "README.html").is_file()
    assert (site / "_static" / "tex-svg.js").is_file()
    api = Links(site / "docs" / "api.html").anchors
    assert {f"nanochannel.{name}" for name in (*nanochannel.NAMES, "Case.with_values", "SimulationResult.plot")} <= api


def slug(heading: str) -> str:
    """Anchor of a heading, as GitHub makes it."""
    text = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").strip().lower()
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")


def anchors(page: Path) -> set[str]:
    """Anchors of a page of Markdown."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    return {"", *(slug(heading) for heading in re.findall(r"^#+ (.*)$", text, flags=re.MULTILINE))}


def links(text: str) -> list[str]:
    """Links and pictures of Markdown, without code."""
    text = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    return re.findall(r"\]\(([^)\s]+)\)", re.sub(r"(?<!\[)`[^`\n]*`", "", text))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_links_of_a_page_lead_somewhere(page: Path) -> None:
    for link in links(page.read_text(encoding="utf-8")):
        parts = urlsplit(link)
        if parts.scheme:
            continue
        target = page.parent / unquote(parts.path) if parts.path else page
        assert target.exists(), link
        if target.suffix == ".md":
            assert parts.fragment in anchors(target), link


def test_broken_links_would_be_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# One heading: *two*\n[a](nowhere.md) `[b](code.md)` ![c](c.png)\n")
    assert links(page.read_text()) == ["nowhere.md", "c.png"]
    assert anchors(page) == {"", "one-heading-two"}


def test_shipped_cases_have_pictures() -> None:
    """Small ones: a page with all of them has to load."""
    for path in CASES.glob("*/case.yaml"):
        picture = DOCS / "images" / "gallery" / f"{path.parent.name}.webp"
        assert picture.is_file(), (
            f"draw one with `nanochannel run {path.parent} --pictures` and store it as {picture.name}"
        )
        assert picture.stat().st_size < 60_000
