"""Optimisation of a device: the values of keys, within bounds, at which a quantity is largest or smallest.

`exploration.optimise.optimise` is the whole, `quantities` the list of what can be asked for.
"""
