"""Pictures and movies of the fields of a result, painted with PyVista and framed with matplotlib.
Import `render.render` and `movie.movie`, and `fields.FieldFiles` for the numbers behind them.
"""
