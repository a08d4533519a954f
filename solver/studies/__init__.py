"""How each kind of study is carried out: its runner yields records, and goes on where an earlier run stopped.

Import `Runner` from `base`; the runner of a kind is found through its study.
"""
