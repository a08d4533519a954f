"""Devices whose fields are solved inside a circuit."""

from __future__ import annotations
