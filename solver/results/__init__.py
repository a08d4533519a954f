"""Result directories: files that are written whole, read back and resumed, and the headers and meanings of their columns.

Import `ResultDirectory` from `directory`, readers from `rows`, headers from `headers`, `Quantity` from `columns`.
"""
