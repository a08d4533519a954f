"""Importing nanochannel: light, with all its names, and with a clear message where a file of the user hides a package."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import nanochannel as nc

pytestmark = pytest.mark.serial  # processes of its own


def python(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a script whose folder is `folder`, as Python and notebooks do: modules beside it are found first."""
    return subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, timeout=120)


def test_import_is_light(tmp_path: Path) -> None:
    heavy = ["dolfinx", "petsc4py", "mpi4py", "numpy", "pandas", "pydantic", "matplotlib", "pyvista"]
    done = python(f"import sys, nanochannel; print([m for m in {heavy} if m in sys.modules])", tmp_path)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


def test_every_name_is_there() -> None:
    assert set(nc.NAMES) <= set(dir(nc))
    for name in nc.NAMES:
        assert getattr(nc, name).__name__ == name
    with pytest.raises(AttributeError, match="module 'nanochannel' has no attribute 'simulte'; it has Case, CaseError"):
        nc.simulte  # noqa: B018


@pytest.mark.parametrize("hidden", ["solver.py", "meshes.py", "solver/__init__.py"])
def test_a_file_that_hides_a_package_is_named(tmp_path: Path, hidden: str) -> None:
    file = tmp_path / hidden
    file.parent.mkdir(exist_ok=True)
    file.write_text("")
    other = file.parent if file.name == "__init__.py" else file
    package = other.name.removesuffix(".py")
    message = f"ImportError: '{other}' has the name of the package '{package}' of nanochannel and hides it: rename it"
    assert message in python("import nanochannel", tmp_path).stderr
    assert message in python(f"import {package}, nanochannel", tmp_path).stderr, "the same when it was imported before"


def test_a_folder_of_mesh_files_hides_nothing(tmp_path: Path) -> None:
    (tmp_path / "meshes").mkdir()
    (tmp_path / "meshes" / "cone.msh").write_text("")
    done = python("import nanochannel as nc; print(nc.Case.__name__)", tmp_path)
    assert (done.stdout.strip(), done.stderr) == ("Case", "")
