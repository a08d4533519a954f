"""How to cite the program and what it stands on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from postprocess.report.base import Section
from postprocess.tables.result import Result

FILE = Path(__file__).parents[3] / "CITATION.cff"
WORKS = (
    ("dolfinx", "DOLFINx", "I. A. Baratta et al., DOLFINx: the next generation FEniCS problem solving environment (2023)",
     "10.5281/zenodo.10447666"),
    ("dolfinx", "Basix", "M. W. Scroggs et al., ACM Trans. Math. Softw. 48, 18 (2022)", "10.1145/3524456"),
    ("dolfinx", "UFL", "M. S. Alnæs et al., ACM Trans. Math. Softw. 40, 9 (2014)", "10.1145/2566630"),
    ("petsc", "PETSc", "S. Balay et al., in: Modern Software Tools in Scientific Computing, Birkhäuser, 163 (1997)",
     "10.1007/978-1-4612-1986-6_8"),
    ("petsc", "MUMPS", "P. R. Amestoy et al., SIAM J. Matrix Anal. Appl. 23, 15 (2001)", "10.1137/S0895479899358194"),
    ("gmsh", "Gmsh", "C. Geuzaine, J.-F. Remacle, Int. J. Numer. Methods Eng. 79, 1309 (2009)", "10.1002/nme.2579"),
)  # fmt: skip
"""Entry of `versions` of run.json that says that it was used, name, work, DOI."""


def content(result: Result) -> Mapping[str, Any]:
    """The program, the libraries, and the source of the case."""
    return works_of(result.run.get("versions") or {}, str(result.run.get("started") or ""), result.title)


def works_of(versions: Mapping[str, Any], started: str, title_of_case: str) -> Mapping[str, Any]:
    """What the template needs: of the libraries with a version, of all where none is known.

    started: when the computation began, ISO 8601; "" where that is unknown.
    """
    cited = _cited()
    version = str(versions.get("nanochannel") or cited.get("version") or "")
    authors = " and ".join(
        str(each.get("name") or f"{each.get('given-names', '')} {each.get('family-names', '')}").strip()
        for each in cited.get("authors") or [{"name": "The nanochannel developers"}]
    )
    title = str(cited.get("title") or "nanochannel")
    year = started[:4]
    return {
        "text": ", ".join(text for text in (authors, title, f"version {version}" if version else "", year) if text),
        "bibtex": "\n".join(
            [
                "@software{nanochannel,",
                f"  title   = {{{title}}},",
                f"  author  = {{{{{authors}}}}},",
                *([f"  version = {{{version}}},"] if version else []),
                *([f"  year    = {{{year}}},"] if year else []),
                "}",
            ]
        ),
        "works": [(name, text, doi) for key, name, text, doi in WORKS if not versions or key in versions],
        "source": title_of_case,
    }


def _cited() -> Mapping[str, Any]:
    """CITATION.cff; empty where the program was installed without it."""
    try:
        found = YAML(typ="safe", pure=True).load(FILE.read_text(encoding="utf-8"))
    except (OSError, YAMLError):
        return {}
    return found if isinstance(found, Mapping) else {}


SECTION = Section("citing", "How to cite", content)
