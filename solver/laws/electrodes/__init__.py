"""Kinetics of electrode reactions: how fast a reaction passes charge between a metal and the liquid.

Import `ElectrodeKinetics` from `base`; the kinds are listed in `solver.laws.registry`.
"""
