"""How each kind of study of a circuit is carried out."""

from __future__ import annotations
