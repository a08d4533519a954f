"""Results as tables: a result directory in memory, its numbers with units and errors, and plain-text tables of them.
Import `result.load` and `Result`, `expected.compare`, the tables, and `units` and `uncertainty` for numbers in words.
"""
