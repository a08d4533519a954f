"""What can be said of a circuit before it is computed: numbers of nodes and elements, and warnings. Pure."""

from __future__ import annotations
