"""Tables, figures, and pictures of the fields, made from results. Works on result directories and on results in memory,
without the compiled stack.
"""
