"""Settings of the documentation site, `make site`. The sources are the pages that GitHub shows, from the root of the project,
so that their links are the same here and there."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

project = "nanochannel"
copyright = "the authors of nanochannel"
root_doc = "docs/index"
include_patterns = ["docs/**", "cases/*/README.md", "CHANGELOG.md"]
exclude_patterns = ["docs/generate", "docs/images"]

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.autosummary", "sphinx.ext.napoleon", "sphinx_copybutton"]
extensions += ["sphinx.ext.mathjax"]

# ---------------------------------------------------------------- pages
myst_enable_extensions = ["dollarmath", "amsmath", "html_image"]
myst_fence_as_directive = ["math"]
myst_heading_anchors = 4
myst_links_external_new_tab = False
nb_execution_mode = "off"  # `make site` executes the notebooks
nb_execution_timeout = 300
nb_execution_raise_on_error = True
nb_merge_streams = True
nb_output_stderr = "remove"
suppress_warnings = [
    "myst.header",
    "mystnb.unknown_mime_type",
]  # pages of cases begin where they like; progress bars in notebooks

# ---------------------------------------------------------------- Python interface
COMPILED = ("adios4dolfinx", "basix", "dolfinx", "gmsh", "io4dolfinx", "mpi4py", "petsc4py", "ufl")
autodoc_mock_imports = [name for name in COMPILED if importlib.util.find_spec(name) is None]
autodoc_typehints = "signature"
autodoc_member_order = "bysource"

# ---------------------------------------------------------------- appearance
html_theme = "furo"
html_title = "nanochannel"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_show_sphinx = False
html_copy_source = False
html_extra_path = ["site"]
templates_path = []

# Formulas without the network: the one file of MathJax that has its fonts in it.
_mathjax = importlib.util.find_spec("sphinx-mathjax-offline")
if _mathjax is not None and _mathjax.origin is not None:
    html_static_path.append(str(Path(_mathjax.origin).parent / "static" / "mathjax" / "tex-svg.js"))
    mathjax_path = "tex-svg.js"


def setup(app: object) -> None:
    """The pages of the cases are reached from the gallery, and are in no list of pages."""
    app.connect("source-read", _orphan)  # type: ignore[attr-defined]


def _orphan(_app: object, name: str, source: list[str]) -> None:
    if name.startswith("cases/"):
        source[0] = f"---\norphan: true\n---\n\n{source[0]}"
