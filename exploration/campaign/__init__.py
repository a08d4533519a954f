"""One case at many values of its keys: a study file, points that are ordinary results, tables of all of them.

Import from the modules. The file of a study is read by `study`; its kinds are in `registry`; what is on disk in `folder`; the
points are computed by `computing` and put together by `collecting`.
"""
