"""
The limits that keep every text and every evaluation small, whoever wrote it.
"""

TEXT_LENGTH = 4_000  # characters of one expression
DEPTH = 64  # nested parts of one expression
NODES = 1_500  # parts of one expression
ITERATORS = 8  # variables of one loop
NAME_WORDS = 12  # words of one name with spaces
CALL_DEPTH = 256  # nested parts of functions that call functions
STEPS = 200_000  # parts evaluated in loops, elements and characters touched by functions, per evaluation
VALUE_SIZE = 100_000  # characters of one string, elements of one list
VALUE_DEPTH = 64  # nested lists and contexts in one value
PATTERN_LENGTH = 500  # characters of one regular expression
PATTERN_SIZE = 2_000  # instructions of one compiled regular expression
