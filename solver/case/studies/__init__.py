"""Kinds of studies, one a file: their keys, their points, and everything that the rest of the program asks of them.

Import `Study` from `base`, `Point` from `points`, and the list of kinds from `registry`.
"""
