"""The command line: its commands, one a file, with what each reads from the line and what it does.

`Command` is in `base`, the list of commands in `registry`. What a command needs is imported when it runs: reading a line
takes no libraries.
"""
