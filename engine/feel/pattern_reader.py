"""
Reads a regular expression and writes its program, by recursive descent.

Back references, looking around and named groups are not supported, because they can't be run in linear time.

Source: XPath and XQuery Functions 3.1 §5.6 (syntax, flags), without most escapes of blocks; `\\d` and `\\w` are those
of everyday tools (0-9; letters, digits and underscore).
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.feel import limits
from engine.feel.pattern_characters import (
    CLASSES,
    DIGITS,
    LINE_ENDS,
    LITERAL_ESCAPES,
    Passes,
    class_test,
    negated,
    property_test,
    variants,
    without,
    without_space,
)
from engine.feel.pattern_program import (
    BEGIN,
    CHARACTER,
    END,
    JUMP,
    MATCH,
    SAVE,
    SPLIT,
    Instruction,
    Program,
    absolute,
    split,
)

_GROUP_DEPTH = 16
_GROUPS = 32
_FLAGS = frozenset("ismxq")
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t"}


class Unsupported(Exception):
    """
    A pattern that is wrong or needs what is not supported; its text is the reason, for a person.
    """


def program_of(pattern: str, flags: str) -> Program:
    """
    Read a pattern.

    Args:
        flags: any of i (ignore case), s (. takes line ends), m (^ and $ at lines), x (space has no meaning), q (no
            character has a special meaning).

    Raises:
        Unsupported: it is wrong, too large, or needs what is not supported.
    """
    if len(pattern) > limits.PATTERN_LENGTH:
        raise Unsupported(f"it has more than {limits.PATTERN_LENGTH} characters")
    if not _FLAGS.issuperset(flags):
        raise Unsupported("its flags are not among i, s, m, x, q")
    return _Reader(pattern, flags).program()


@dataclass(frozen=True, slots=True)
class _Repeat:
    """How often: at least `least`, at most `most` (None: without limit), as few as possible if `lazy`."""

    least: int
    most: int | None
    lazy: bool


class _Reader:
    """Reads one pattern by recursive descent and writes its program."""

    def __init__(self, pattern: str, flags: str) -> None:
        self._pattern = without_space(pattern) if "x" in flags else pattern
        self._flags = flags
        self._at = 0
        self._groups = 0
        self._depth = 0

    def program(self) -> Program:
        if "q" in self._flags:
            body = [(CHARACTER, self._literal(character)) for character in self._pattern]
        else:
            body = self._alternatives()
        if self._at < len(self._pattern) and "q" not in self._flags:
            raise Unsupported("it has a ) without its (")
        program = self._sized([(SAVE, 0), *body, (SAVE, 1), (MATCH,)])
        return Program(tuple(absolute(program)), self._groups, "m" in self._flags)

    def _sized(self, code: list[Instruction]) -> list[Instruction]:
        if len(code) > limits.PATTERN_SIZE:
            raise Unsupported("it is too large")
        return code

    def _sees(self, text: str) -> bool:
        return self._pattern.startswith(text, self._at)

    def _take(self) -> str:
        if self._at >= len(self._pattern):
            raise Unsupported("it ends too early")
        self._at += 1
        return self._pattern[self._at - 1]

    # Code is relative: SPLIT and JUMP hold distances, so that a piece of code can be repeated as it is.

    def _alternatives(self) -> list[Instruction]:
        branches = [self._sequence()]
        while self._sees("|"):
            self._take()
            branches.append(self._sequence())
        code = branches.pop()
        for branch in reversed(branches):
            code = self._sized([(SPLIT, 1, len(branch) + 2), *branch, (JUMP, len(code) + 1), *code])
        return code

    def _sequence(self) -> list[Instruction]:
        code: list[Instruction] = []
        while self._at < len(self._pattern) and not self._sees("|") and not self._sees(")"):
            atom = self._atom()
            if self._at < len(self._pattern) and self._pattern[self._at] in "*+?{":
                atom = self._repeated(atom, self._repeat())
                if self._at < len(self._pattern) and self._pattern[self._at] in "*+?{":
                    raise Unsupported("it repeats a repetition")
            code = self._sized([*code, *atom])
        return code

    def _atom(self) -> list[Instruction]:
        character = self._take()
        if character == "(":
            return self._group()
        if character in "^$":
            return [(BEGIN if character == "^" else END,)]
        if character in "*+?{":
            raise Unsupported("it repeats nothing")
        if character in "]}":
            raise Unsupported(f"it has a {character} without its beginning")
        return [(CHARACTER, self._one(character))]

    def _one(self, character: str) -> Passes:
        """Return the test of one character: any, a class, an escape or itself."""
        if character == ".":
            return (lambda taken: True) if "s" in self._flags else negated(LINE_ENDS.__contains__)
        if character == "[":
            return self._class()
        if character == "\\":
            found = self._escape()
            return self._literal(found) if isinstance(found, str) else found
        return self._literal(character)

    def _literal(self, character: str) -> Passes:
        if "i" in self._flags:
            forms = variants(character)
            return lambda taken: not forms.isdisjoint(variants(taken))
        return character.__eq__

    def _group(self) -> list[Instruction]:
        self._depth += 1
        if self._depth > _GROUP_DEPTH:
            raise Unsupported("its groups are nested too deeply")
        number = None
        if self._sees("?:"):
            self._at += 2
        elif self._sees("?"):
            raise Unsupported("looking around and named groups are not supported")
        else:
            self._groups += 1
            number = self._groups
            if number > _GROUPS:
                raise Unsupported("it has too many groups")
        code = self._alternatives()
        if not self._sees(")"):
            raise Unsupported("it has a ( without its )")
        self._take()
        self._depth -= 1
        return code if number is None else [(SAVE, 2 * number), *code, (SAVE, 2 * number + 1)]

    def _repeat(self) -> _Repeat:
        character = self._take()
        least, most = {"*": (0, None), "+": (1, None), "?": (0, 1)}.get(character) or self._counts()
        lazy = self._sees("?")
        if lazy:
            self._take()
        return _Repeat(least, most, lazy)

    def _counts(self) -> tuple[int, int | None]:
        least = self._count()
        most: int | None = least
        if self._sees(","):
            self._take()
            most = None if self._sees("}") else self._count()
        if self._take() != "}" or (most is not None and most < least):
            raise Unsupported("its { } is no repetition")
        return least, most

    def _count(self) -> int:
        start = self._at
        while self._at < len(self._pattern) and self._pattern[self._at] in DIGITS:
            self._at += 1
        digits = self._pattern[start : self._at]
        if not 1 <= len(digits) <= 4:
            raise Unsupported("its { } is no repetition")
        return int(digits)

    def _repeated(self, code: list[Instruction], repeat: _Repeat) -> list[Instruction]:
        copies = repeat.least if repeat.most is None else repeat.most
        if (len(code) + 1) * max(copies, 1) > limits.PATTERN_SIZE:
            raise Unsupported("it is too large")
        repeated = code * repeat.least
        if repeat.most is None:
            loop = [split(1, len(code) + 2, lazy=repeat.lazy), *code, (JUMP, -len(code) - 1)]
            return self._sized([*repeated, *loop])
        optional: list[Instruction] = []
        for _ in range(repeat.most - repeat.least):
            optional = [split(1, len(code) + len(optional) + 1, lazy=repeat.lazy), *code, *optional]
        return self._sized([*repeated, *optional])

    def _escape(self) -> str | Passes:
        """Read behind a backslash: a literal character, or a class's test."""
        character = self._take()
        if character in _ESCAPED:
            return _ESCAPED[character]
        if character in CLASSES:
            return CLASSES[character]
        if character in "pP":
            return self._property(opposite=character == "P")
        if character in LITERAL_ESCAPES:
            return character
        if character in DIGITS:
            raise Unsupported("references to groups are not supported")
        raise Unsupported(f"\\{character} is not known")

    def _property(self, *, opposite: bool) -> Passes:
        end = self._pattern.find("}", self._at)
        test = property_test(self._pattern[self._at + 1 : end]) if self._sees("{") and end > 0 else None
        if test is None:
            raise Unsupported("its \\p is no known category or block of Unicode")
        self._at = end + 1
        return negated(test) if opposite else test

    def _class(self) -> Passes:
        self._depth += 1
        if self._depth > _GROUP_DEPTH:
            raise Unsupported("its groups are nested too deeply")
        opposite = self._sees("^")
        if opposite:
            self._take()
        singles: set[str] = set()
        ranges: list[tuple[str, str]] = []
        tests: list[Passes] = []
        excepted: Passes | None = None
        while excepted is None and (not self._sees("]") or not (singles or ranges or tests)):
            if self._sees("-[") and (singles or ranges or tests):
                self._at += 2
                excepted = self._class()
            else:
                self._add_part(singles, ranges, tests)
        if self._take() != "]":
            raise Unsupported("its [ ] goes on behind what is taken away")
        self._depth -= 1
        test = class_test(singles, ranges, tests, opposite=opposite, any_case="i" in self._flags)
        return test if excepted is None else without(test, excepted)

    def _add_part(self, singles: set[str], ranges: list[tuple[str, str]], tests: list[Passes]) -> None:
        """Read one character, range or escape of a class."""
        first = self._class_part()
        if not isinstance(first, str):
            tests.append(first)
        elif self._sees("-") and not self._sees("-]") and not self._sees("-["):
            self._take()
            last = self._class_part()
            if not isinstance(last, str) or last < first:
                raise Unsupported("a range in its [ ] runs backwards")
            ranges.append((first, last))
        else:
            singles.add(first)

    def _class_part(self) -> str | Passes:
        character = self._take()
        if character == "[":
            raise Unsupported("a [ inside [ ] is not supported")
        if character == "]":
            raise Unsupported("its [ ] is empty")
        return self._escape() if character == "\\" else character
