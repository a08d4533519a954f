"""Sections of reports, one a file; their templates have the same names."""
