"""Reversal potential and osmotic power: how studies of type `reversal` are carried out.

Import `runner.ReversalRunner`.
"""
