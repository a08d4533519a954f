"""Pictures and movies of the fields of a result, painted with PyVista and framed with matplotlib.
Import `render.draw_pictures` for pictures in memory, `render.render` and `movie.movie` for files, and `fields.FieldFiles` for
the numbers behind them.
"""
