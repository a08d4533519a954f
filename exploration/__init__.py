"""Many computations of one case: campaigns over parameters, fits to measurements, optimisations.

Import from the modules. What a package here writes is read by `postprocess` as plain tables; nothing below imports from here.
"""
