"""
Moving running cases from the release that they began on to another one.

Whatever can't be moved without harm is refused with a reason; nothing moves by itself.
"""

from engine.moving.effect import Effect, Group
from engine.moving.moves import Moves, Tally
from engine.moving.refusals import CannotMove, NotToMove

__all__ = ["CannotMove", "Effect", "Group", "Moves", "NotToMove", "Tally"]
