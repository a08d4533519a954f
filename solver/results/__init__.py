"""Result directories and the columns of their tables: headers, descriptions, rows and files. Needs no compiled package.

Imports nothing else of the solver; everything that writes, reads or describes results imports it.
"""
