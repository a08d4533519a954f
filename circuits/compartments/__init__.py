"""Well-mixed solutions of finite or infinite volume, between which devices and membranes are."""

from __future__ import annotations
