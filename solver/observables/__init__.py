"""What a state means to an experimenter, one quantity a file; the table of all of them is `quantities`.

Import `Observer` from `observer`.
"""
