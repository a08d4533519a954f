"""The kinds of studies over many points. This tuple is the only list of them: messages and documentation follow from it."""

from __future__ import annotations

from exploration.campaign.design import Design
from exploration.campaign.listed import Grid, Zip
from exploration.campaign.sampled import LatinHypercube, Sobol

DESIGNS: tuple[type[Design], ...] = (Grid, Zip, LatinHypercube, Sobol)
