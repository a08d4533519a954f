"""Fits of a case to measured curves: parameters with their uncertainties, and whether the data determine them at all.

`exploration.fit.fit` is the whole; `statistics` has no device in it, and `model` and `runs` are the devices.
"""
