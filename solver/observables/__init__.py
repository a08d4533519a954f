"""Numbers that a state means to an experimenter, in SI units: one quantity a file, all of them listed in `quantities`.

Imports the case, the physics, the discretisation and the column headers; simulations, error estimates and studies import it.
"""
