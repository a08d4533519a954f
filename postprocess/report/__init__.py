"""Reports: one self-contained HTML page about a folder that the program wrote, and a PDF of it. Use `write.write_report`.

A section is a file in `sections` with its template in `templates`, and a line in the list of its kind in `kinds`.
"""
