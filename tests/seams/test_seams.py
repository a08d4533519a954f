"""A new law of any kind, quantity or study is a new file and one entry in a list; nothing else is touched."""

from __future__ import annotations

import difflib
import json
import math
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nanochannel import PACKAGES
from solver.physics.constants import AVOGADRO, ELEMENTARY_CHARGE, GAS_CONSTANT, VACUUM_PERMITTIVITY
from solver.physics.ions import ION_TABLE
from tests.support.paths import ROOT

TOYS = Path(__file__).parent / "toys"
FOLDERS = (*PACKAGES, "docs")

pytestmark = [pytest.mark.serial, pytest.mark.slow, pytest.mark.xdist_group("seams")]


@dataclass(frozen=True)
class Seam:
    """Files of a toy by the folder that they belong in, and its entry in a list."""

    files: dict[str, str]
    registry: str
    list: str
    entry: str
    module: str


SEAMS = (
    Seam(
        {"linear_regulation.py": "solver/laws/walls"}, "solver/laws/registry.py", "WALL_LAWS",
        "LinearRegulation", "solver.laws.walls.linear_regulation",
    ),
    Seam(
        {"one_size.py": "solver/laws/electrolytes"}, "solver/laws/registry.py", "ELECTROLYTE_MODELS",
        "OneSize", "solver.laws.electrolytes.one_size",
    ),
    Seam({"gel.py": "solver/laws/regions"}, "solver/laws/registry.py", "REGION_LAWS",
         "Gel", "solver.laws.regions.gel"),
    Seam(
        {"first_order.py": "solver/laws/reactions"}, "solver/laws/registry.py", "REACTION_LAWS",
        "FirstOrder", "solver.laws.reactions.first_order",
    ),
    Seam({"power.py": "solver/observables"}, "solver/observables/quantities.py", "QUANTITIES",
         "Power", "solver.observables.power"),
    Seam({"varistor.py": "circuits/elements"}, "circuits/elements/registry.py", "ELEMENTS",
         "Varistor", "circuits.elements.varistor"),
    # the keys of a study work without the compiled stack, and its runner does not: hence two files
    Seam(
        {"pair.py": "solver/case/studies", "pair_runner.py": "solver/studies"}, "solver/case/studies/registry.py",
        "STUDIES", "Pair", "solver.case.studies.pair",
    ),
)  # fmt: skip


def plant(seam: Seam, copy: Path) -> None:
    """Add the files of a toy, the import of its class and its entry in the list."""
    for file, folder in seam.files.items():
        shutil.copy(TOYS / file, copy / folder / file)
    path = copy / seam.registry
    lines = path.read_text(encoding="utf-8").splitlines()
    last = max(k for k, line in enumerate(lines) if line.startswith("from "))
    lines.insert(last + 1, f"from {seam.module} import {seam.entry}")
    at = next(k for k, line in enumerate(lines) if line.startswith(f"{seam.list}:"))
    if lines[at].endswith("()"):
        lines[at] = f"{lines[at][:-1]}{seam.entry},)"
    elif lines[at].endswith(")"):
        lines[at] = f"{lines[at][:-1].removesuffix(',')}, {seam.entry})"
    else:
        end = lines.index(")", at)
        lines.insert(end, f"    {seam.entry},")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def sources(root: Path) -> dict[str, list[str]]:
    """The lines of all modules of the packages, by their path."""
    found = [path for package in FOLDERS for path in (root / package).rglob("*.py")]
    return {str(path.relative_to(root)): path.read_text(encoding="utf-8").splitlines() for path in found}


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the program with all toys in it."""
    copy = tmp_path_factory.mktemp("planted")
    for package in (*FOLDERS, "cases"):
        shutil.copytree(ROOT / package, copy / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "nanochannel.py", copy)
    for seam in SEAMS:
        plant(seam, copy)
    return copy


def run_in(copy: Path, *arguments: str) -> str:
    """Output of Python in the copy."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(copy), *filter(None, sys.path[1:])])}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=copy, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def computed(planted: Path) -> dict[str, Any]:
    """What the copy computes."""
    shutil.copy(Path(__file__).parent / "script.py", planted / "script.py")
    found: dict[str, Any] = json.loads(run_in(planted, "script.py").splitlines()[-1])
    return found


def test_one_entry_and_its_import_are_all_that_changes(planted: Path) -> None:
    before, after = sources(ROOT), sources(planted)
    new = {f"{folder}/{Path(file).name}" for seam in SEAMS for file, folder in seam.files.items()}
    assert set(after) - set(before) == new
    changed = {path for path in before if before[path] != after[path]}
    assert changed == {seam.registry for seam in SEAMS}
    for path in changed:
        added = [line for line in difflib.ndiff(before[path], after[path]) if line.startswith("+ ")]
        assert len(added) == 2 * sum(seam.registry == path for seam in SEAMS), added


def test_a_wall_law(computed: dict[str, Any]) -> None:
    """A charge linear in the potential is that of an electrode behind a Stern layer, but for the meshes: electrodes are
    meshed finer."""
    toy, stern = (np.array(computed["walls"][name]) for name in ("toy", "stern"))
    np.testing.assert_allclose(toy, stern, rtol=2e-4)
    assert toy[2] < -0.05


def test_an_electrolyte_model(computed: dict[str, Any]) -> None:
    """The charge of a flat double layer is the closed form of Kilic, Bazant and Ajdari (2007), equation (16)."""
    thermal = GAS_CONSTANT * 298.15 / (AVOGADRO * ELEMENTARY_CHARGE)
    permittivity, ions, nu = VACUUM_PERMITTIVITY * 78.4, 100.0 * AVOGADRO, 2 * 1.5e-9**3 * 100.0 * AVOGADRO
    debye = math.sqrt(permittivity * thermal / (2 * ions * ELEMENTARY_CHARGE))

    def bikerman(potential: float) -> float:
        swing = 2 * nu * math.sinh(potential / thermal / 2) ** 2
        return 2 * ELEMENTARY_CHARGE * ions * debye * math.sqrt(2 / nu * math.log1p(swing))

    def ideal(potential: float) -> float:
        return 4 * ELEMENTARY_CHARGE * ions * debye * math.sinh(potential / thermal / 2)

    assert bikerman(computed["electrolyte"]["one_size"]) == pytest.approx(0.1, rel=3e-3)
    assert ideal(computed["electrolyte"]["ideal"]) == pytest.approx(0.1, rel=3e-3)
    assert computed["electrolyte"]["one_size"] > 1.1 * computed["electrolyte"]["ideal"]


def test_a_region(computed: dict[str, Any]) -> None:
    """Potential of Donnan in a gel between two liquids, and the resistances of all three in series for each ion; a region
    that the case leaves out is no part of the device."""
    found = computed["region"]
    thermal, donnan = GAS_CONSTANT * 298.15 / (AVOGADRO * ELEMENTARY_CHARGE), math.asinh(1.0)
    assert found["potential"] == pytest.approx(thermal * donnan, rel=1e-5)
    ions = {name: ION_TABLE[name] for name in ("K", "Cl")}
    alone = sum(ion.diffusivity for ion in ions.values())
    series = [3 * ion.diffusivity / (2 + 2 * math.exp(ion.valence * donnan)) for ion in ions.values()]
    assert found["with_gel"] / found["without"] == pytest.approx(sum(series) / alone, rel=0.01)
    assert "it has the regions after, before, gel, glass; say which" in found["unsaid"]
    assert "it has no region named jelly; it has after" in found["unknown"]


def test_a_reaction(computed: dict[str, Any]) -> None:
    """One solute turns into the other all the time, and in time no particle is lost. Both diffuse alike: their sum is
    uniform, as potassium is at no charge."""
    found = computed["reaction"]
    for row in found["rows"]:
        assert row["amount_A [mol]"] < 0.9 * row["amount_B [mol]"]
        assert row["amount_A [mol]"] + row["amount_B [mol]"] == pytest.approx(2 * row["amount_K [mol]"], rel=1e-5)
        assert row["salt_balance_error"] < 1e-7
    assert "electrolyte.reactions.bad" in found["refused"]
    assert "makes a charge of -1 e" in found["refused"]


def test_a_quantity(computed: dict[str, Any]) -> None:
    row = computed["quantity"]
    assert row["power_left [W]"] == pytest.approx(0.1 * row["current_left [A]"], rel=1e-12)
    assert row["amount_K [mol]"] > 0.0


def test_an_element_of_circuits(computed: dict[str, Any]) -> None:
    """One volt at a resistor of 1 ohm in series with i = v^3 A, swept to its coefficient; the schema knows it."""
    found = computed["element"]
    for coefficient, potential, current in zip(
        found["coefficients"], found["potentials"], found["currents"], strict=True
    ):
        assert coefficient * potential**3 == pytest.approx(1.0 - potential, rel=1e-9)
        assert current == pytest.approx(1.0 - potential, rel=1e-9)
    assert found["in_schema"]
    assert "write e.g. '1 nA/V^3'" in found["refused"]


def test_a_study(computed: dict[str, Any]) -> None:
    assert computed["study"]["sides"] == ["negative", "positive"]
    assert computed["study"]["bias"] == [-0.2, 0.2]
    assert set(computed["study"]["summary"]) == {"positive [A]", "negative [A]"}


def test_the_pages_of_the_documentation_tell_of_them(planted: Path) -> None:
    run_in(planted, "docs/generate")
    cases, results = ((planted / "docs" / name).read_text(encoding="utf-8") for name in ("cases.md", "results.md"))
    for name in ("regulation", "one_size", "gel", "first_order", "pair"):
        assert name in cases
    assert "power_TERMINAL" in results
