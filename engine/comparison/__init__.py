"""
Comparing two releases: what an analyst changed, as sentences and as data for a picture.

Every difference between the files is found: what is understood is said in its own words (a timer, a lane, a field, a
rule), what is not is still named with its element. Nothing is judged here.
"""

from engine.comparison.change import Change
from engine.comparison.comparing import Comparison, compare

__all__ = ["Change", "Comparison", "compare"]
