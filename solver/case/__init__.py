"""The case file: a frozen, strict schema in SI units, and reading it with errors that name file, line and key.

Import `Case` from `case`, `load_case` from `loading`, parts of the schema from their modules.
"""
