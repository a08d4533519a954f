"""Circuits of devices and lumped elements: their description, their equations, and how they are solved."""

from __future__ import annotations
