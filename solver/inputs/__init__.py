"""From text to checked numbers: dotted keys, SI values, formulas, choices, and errors that name the place to mend.

Import `CaseError` and `Key` from `errors`, and the readers of keys and values from their modules.
"""
