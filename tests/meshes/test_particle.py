"""Particles on the axis: what a case may say of them, and meshes around them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from meshes.build import draw
from meshes.geometry import Cylinder, Hourglass
from meshes.layout import Layout, Solid
from meshes.session import gmsh_session
from meshes.sizes import UNIT, MeshSizes
from solver.case.case import Case
from solver.inputs.errors import CaseError

RESERVOIRS = {"length": 40e-9, "radius": 40e-9}
SIZES = MeshSizes(wall=0.5e-9, corner=0.2e-9)
ELECTROLYTE = {"concentration": 1.0, "species": {"K": {}, "Cl": {}}}


def volumes(geometry: Any, sizes: MeshSizes = SIZES) -> tuple[dict[str, float], set[str]]:
    """Volumes of the bodies of revolution that the regions of a mesh make (m^3), and the names of its boundaries."""
    found = {}
    with gmsh_session() as gmsh:
        assert draw(gmsh, geometry, sizes) is None
        tags, points, _ = gmsh.model.mesh.getNodes()
        order = np.argsort(tags)
        for group in gmsh.model.getPhysicalGroups(2):
            (surface,) = gmsh.model.getEntitiesForPhysicalGroup(*group)
            nodes = gmsh.model.mesh.getElements(2, surface)[2][0].reshape(-1, 3)
            corners = points.reshape(-1, 3)[order[np.searchsorted(tags[order], nodes)]][:, :, :2]
            a, b = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
            areas = np.abs(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]) / 2
            volume = float(np.sum(2.0 * np.pi * areas * corners[:, :, 1].mean(axis=1))) * UNIT**3
            found[gmsh.model.getPhysicalName(*group)] = volume
        names = {gmsh.model.getPhysicalName(*group) for group in gmsh.model.getPhysicalGroups(1)}
    return found, names


def volume(geometry: Any) -> tuple[float, set[str]]:
    """Volume of the liquid alone."""
    found, names = volumes(geometry)
    assert list(found) == ["channel"]
    return found["channel"], names


@pytest.mark.parametrize("position", [50e-9, -3e-9, 118e-9])
def test_mesh_leaves_the_particle_out_wherever_it_is(position: float) -> None:
    """In the pore, across a mouth, and in a reservoir."""
    pore = Cylinder(length=100e-9, radius=10e-9, reservoirs=RESERVOIRS, particle={"radius": 5e-9, "position": position})
    found, names = volume(pore)
    outside = np.pi * (100e-9 * 10e-9**2 + 2 * 40e-9 * 40e-9**2)
    assert outside - found == pytest.approx(4 / 3 * np.pi * 5e-9**3, rel=2e-5)
    assert names == {"axis", "particle", "channel", "membrane_face", "left", "right"}


def test_mesh_of_a_curved_pore_without_reservoirs_around_a_spheroid() -> None:
    particle = {"semi_axes": (8e-9, 3e-9), "position": 50e-9}
    pore = Hourglass(length=100e-9, radius_waist=5e-9, radius_ends=15e-9, reservoirs=None, particle=particle)
    s = np.linspace(0.0, 1.0, 4001)
    alone = np.pi * np.trapezoid(pore.profile(s) ** 2, s) * 100e-9
    found, names = volume(pore)
    assert found == pytest.approx(alone - 4 / 3 * np.pi * 8e-9 * 3e-9**2, rel=1e-3)  # the wall of the pore is a polygon
    assert names == {"axis", "particle", "channel", "left", "right"}


@pytest.mark.parametrize("position", [50e-9, 118e-9])
@pytest.mark.parametrize("thickness", [20e-9, None])
def test_mesh_of_a_particle_with_a_field_in_it_and_of_a_solid_around(position: float, thickness: float | None) -> None:
    """A solid of some thickness, or up to the edge of the reservoirs."""
    particle = {"radius": 5e-9, "position": position}
    pore = Cylinder(length=100e-9, radius=10e-9, reservoirs=RESERVOIRS, particle=particle)
    solid = Solid("membrane", thickness, (30e-9, 70e-9))
    found, names = volumes(pore, replace(SIZES, layout=Layout(solid, body="particle")))
    sphere, edge = 4 / 3 * np.pi * 5e-9**3, 40e-9 if thickness is None else 10e-9 + thickness
    assert found["particle"] == pytest.approx(sphere, rel=2e-3)
    assert found["membrane"] == pytest.approx(np.pi * 100e-9 * (edge**2 - 10e-9**2), rel=1e-9)
    whole = np.pi * (100e-9 * edge**2 + 2 * 40e-9 * 40e-9**2)
    assert sum(found.values()) == pytest.approx(whole, rel=1e-9)
    assert set(found) == {"fluid", "particle", "membrane"}
    assert names == {"axis", "particle", "channel", "membrane_face", "left", "right", "gate"}


def test_mesh_of_a_solid_around_a_curved_pore_without_reservoirs() -> None:
    particle = {"radius": 3e-9, "position": 50e-9}
    pore = Hourglass(length=100e-9, radius_waist=5e-9, radius_ends=15e-9, reservoirs=None, particle=particle)
    found, names = volumes(pore, replace(SIZES, layout=Layout(Solid("solid", 10e-9))))
    s = np.linspace(0.0, 1.0, 4001)
    expected = np.pi * np.trapezoid((pore.profile(s) + 10e-9) ** 2 - pore.profile(s) ** 2, s) * 100e-9
    assert found["solid"] == pytest.approx(expected, rel=1e-3)
    assert set(found) == {"fluid", "solid"}
    assert names == {"axis", "particle", "channel", "left", "right", "gate"}


@pytest.mark.parametrize(
    ("particle", "key", "words"),
    [
        ({"position": 50e-9}, "geometry.particle.radius", "is missing"),
        ({"position": 50e-9, "radius": 1e-9, "semi_axes": [1e-9, 2e-9]}, "geometry.particle.radius", "both"),
        ({"position": 50e-9, "radius": 10e-9}, "geometry.particle", "into a wall"),
        ({"position": -2e-9, "radius": 11e-9}, "geometry.particle", "into a wall"),
        ({"position": 138e-9, "radius": 3e-9}, "geometry.particle", "beyond the ends"),
        ({"position": 50e-9, "radius": -1e-9}, "geometry.particle.radius", "positive"),
    ],
)
def test_particles_that_do_not_fit_are_refused(particle: dict[str, Any], key: str, words: str) -> None:
    pore = {"type": "cylinder", "length": 100e-9, "radius": 10e-9, "reservoirs": RESERVOIRS, "particle": particle}
    with pytest.raises(CaseError, match=words) as caught:
        Case(geometry=pore, electrolyte=ELECTROLYTE)
    assert ".".join(map(str, caught.value.key)) == key


def test_a_slit_has_no_particle() -> None:
    slit = {"type": "slit", "length": 1e-7, "height": 2e-8, "width": 1e-6, "reservoirs": None}
    with pytest.raises(CaseError, match="a slit has none"):
        Case(geometry=slit | {"particle": {"radius": 1e-9, "position": 5e-8}}, electrolyte=ELECTROLYTE)


def test_derivatives_by_sizes_around_a_particle_are_refused() -> None:
    pore = {"type": "cylinder", "length": 1e-7, "radius": 1e-8, "reservoirs": None}
    pore["particle"] = {"radius": 1e-9, "position": 5e-8}
    with pytest.raises(CaseError, match="sweep it"):
        Case(geometry=pore, electrolyte=ELECTROLYTE, outputs={"sensitivities": ["geometry.particle.position"]})
