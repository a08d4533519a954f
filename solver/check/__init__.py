"""What can be said before a run: numbers of the device, expected size, warnings; no mesh and no finite elements.

Import `check` and `report` from `report`.
"""
