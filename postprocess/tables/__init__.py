"""Results as tables: a result in memory, its numbers with units and errors, and plain-text tables of them.
Import `result.load` and `Result`, the functions of the modules `..._table`, `expected.compare`, and numbers in words from
`units` and `uncertainty`.
"""
