"""What goes wrong with meshes."""

from __future__ import annotations


class MeshError(Exception):
    """A mesh that cannot be built or read; raised on all ranks together."""
