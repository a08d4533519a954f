"""Laws of walls: the charge that a wall gets, the layers in front of it, its slip.

Import `WallLaw` and `WallState` from `base`; single laws only where a check belongs to one of them.
"""
