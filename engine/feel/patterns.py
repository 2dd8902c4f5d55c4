"""
Regular expressions that can't be made slow: every pattern runs in a time that grows with text times pattern,
no faster.

A pattern becomes a small program whose threads walk the text side by side (Thompson's construction with
Pike's captures), so nothing is ever tried twice at one place. That is why back references and looking around
are not supported. It does not use `re`, whose time some patterns double with every character.

Source: XPath and XQuery Functions 3.1 §5.6 (syntax, flags, replacements), without category escapes of blocks
and without class subtraction; `\\d` and `\\w` are those of everyday tools (0-9; letters, digits and
underscore).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from engine.feel import limits
from engine.feel.values import Spend, check_size

_GROUP_DEPTH = 16
_GROUPS = 32
_KEPT = 512  # compiled patterns
_FLAGS = frozenset("ismxq")

# The kinds of instructions. CHARACTER takes one character that passes its test; SPLIT goes on at both its places, of
# which it prefers the first; SAVE notes the place in the text; BEGIN and END hold at the ends of the text (or line).
_CHARACTER, _SPLIT, _JUMP, _SAVE, _BEGIN, _END, _MATCH = range(7)

Passes = Callable[[str], bool]
Instruction = tuple  # (kind, …)
Saves = tuple[int, ...]  # start and end of the match, then of each group; -1 where a group took no part


class _Unsupported(Exception):
    """
    A pattern that is wrong or needs what is not supported; its text is the reason, for a person.
    """


@dataclass(frozen=True, slots=True)
class Pattern:
    """
    A compiled pattern.

    Attributes:
        program: the instructions.
        groups: how many groups it has.
        by_line: whether ^ and $ hold at the ends of lines.
    """

    program: tuple[Instruction, ...]
    groups: int
    by_line: bool

    def is_found_in(self, text: str, spend: Spend) -> bool:
        """
        Tell whether there is a match anywhere.

        Raises:
            FeelError: too_many_steps, from `spend`.
        """
        return self._search(text, 0, spend) is not None

    def found_in(self, text: str, spend: Spend) -> list[Saves] | None:
        """
        List the matches from left to right; None if the pattern matches nothing at all (""), which has no
        end.
        """
        if self._search("", 0, spend) is not None:
            return None
        found: list[Saves] = []
        at = 0
        while (match := self._search(text, at, spend)) is not None and match[1] > match[0]:
            found.append(match)
            at = match[1]
        return found

    def replaced(self, text: str, replacement: str, spend: Spend) -> str | None:
        """
        Return the text with each match replaced; None if the pattern matches "" or the replacement is none.
        """
        found = self.found_in(text, spend)
        parts = _replacement_parts(replacement)
        if found is None or parts is None:
            return None
        pieces: list[str] = []
        size = at = 0
        for match in found:
            pieces.append(text[at : match[0]])
            pieces.extend(part if isinstance(part, str) else self._group(text, match, part) for part in parts)
            at = match[1]
            size += sum(map(len, pieces[-len(parts) - 1 :]))
            check_size(size)
            spend(len(parts))
        return "".join([*pieces, text[at:]])

    def split(self, text: str, spend: Spend) -> list[str] | None:
        """
        Return what stands between the matches; None if the pattern matches "".
        """
        found = self.found_in(text, spend)
        if found is None:
            return None
        ends = [0, *(match[1] for match in found)]
        starts = [*(match[0] for match in found), len(text)]
        return [text[end:start] for end, start in zip(ends, starts, strict=True)]

    def _group(self, text: str, match: Saves, group: int) -> str:
        if group > self.groups or match[2 * group] < 0 or match[2 * group + 1] < 0:
            return ""
        return text[match[2 * group] : match[2 * group + 1]]

    def _search(self, text: str, start: int, spend: Spend) -> Saves | None:
        """Return the leftmost match from `start` on, by the pattern's preferences."""
        matched: Saves | None = None
        nothing: Saves = (-1,) * (2 * self.groups + 2)
        threads: list[tuple[int, Saves]] = []
        seen: set[int] = set()
        for at in range(start, len(text) + 1):
            if matched is None:
                self._add(threads, seen, 0, nothing, text, at)
            if not threads:
                if matched is not None:
                    break
                seen.clear()
                continue
            spend(len(seen))
            following: list[tuple[int, Saves]] = []
            followed: set[int] = set()
            for place, saves in threads:
                instruction = self.program[place]
                if instruction[0] == _MATCH:
                    matched = saves
                    break  # threads behind this one are less preferred
                if at < len(text) and instruction[1](text[at]):
                    self._add(following, followed, place + 1, saves, text, at + 1)
            threads, seen = following, followed
        return matched

    def _add(
        self,
        threads: list[tuple[int, Saves]],
        seen: set[int],
        place: int,
        saves: Saves,
        text: str,
        at: int,
    ) -> None:
        """Add the thread at `place`, or those that it leads to without taking a character."""
        waiting = [(place, saves)]
        while waiting:
            place, saves = waiting.pop()
            if place in seen:
                continue
            seen.add(place)
            instruction = self.program[place]
            kind = instruction[0]
            if kind in (_CHARACTER, _MATCH):
                threads.append((place, saves))
            elif kind == _SPLIT:
                waiting.append((instruction[2], saves))
                waiting.append((instruction[1], saves))
            elif kind == _JUMP:
                waiting.append((instruction[1], saves))
            elif kind == _SAVE:
                number = instruction[1]
                waiting.append((place + 1, (*saves[:number], at, *saves[number + 1 :])))
            elif self._holds(kind, text, at):
                waiting.append((place + 1, saves))

    def _holds(self, kind: int, text: str, at: int) -> bool:
        if kind == _BEGIN:
            return at == 0 or (self.by_line and text[at - 1] == "\n")
        return at == len(text) or (self.by_line and text[at] == "\n")


def compiled_or_none(pattern: str, flags: str) -> Pattern | None:
    """
    Compile a pattern; None if it can't be, as FEEL's functions want it.

    Args:
        flags: any of i (ignore case), s (. takes line ends), m (^ and $ at lines), x (space has no meaning),
            q (no
            character has a special meaning).
    """
    result = _compiled(pattern, flags)
    return None if isinstance(result, str) else result


def pattern_problem(pattern: str, flags: str) -> str:
    """
    Tell why a pattern can't be used, "" if it can.
    """
    result = _compiled(pattern, flags)
    return result if isinstance(result, str) else ""


@lru_cache(maxsize=_KEPT)
def _compiled(pattern: str, flags: str) -> Pattern | str:
    """Return the pattern or the reason why not, so that a bad pattern is read once only, too."""
    try:
        if len(pattern) > limits.PATTERN_LENGTH:
            raise _Unsupported(f"it has more than {limits.PATTERN_LENGTH} characters")
        if not _FLAGS.issuperset(flags):
            raise _Unsupported("its flags are not among i, s, m, x, q")
        return _Reader(pattern, flags).pattern()
    except _Unsupported as error:
        return str(error)


def _replacement_parts(replacement: str) -> list[str | int] | None:
    """Cut a replacement into texts and numbers of groups; None if a \\ or $ stands where it has no meaning."""
    parts: list[str | int] = []
    at = 0
    while at < len(replacement):
        character, following = replacement[at], replacement[at + 1 : at + 2]
        if character == "\\" and following in ("\\", "$") and following:
            parts.append(following)
            at += 2
        elif character == "$" and following.isdecimal() and following.isascii():
            parts.append(int(following))
            at += 2
        elif character in "\\$":
            return None
        else:
            parts.append(character)
            at += 1
    return parts


# -- what one character must be

_SPACES = frozenset(" \t\n\r")
_LINE_ENDS = frozenset("\n\r")
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t"}
_LITERAL_ESCAPES = frozenset("\\|.-^?*+{}()[]$/\"' ")
_DIGITS = frozenset("0123456789")


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def _not(test: Passes) -> Passes:
    return lambda character: not test(character)


_CLASSES: dict[str, Passes] = {"d": _DIGITS.__contains__, "s": _SPACES.__contains__, "w": _is_word}
_CLASSES |= {name.upper(): _not(test) for name, test in _CLASSES.items()}


def _category(name: str) -> Passes:
    return lambda character: unicodedata.category(character).startswith(name)


_CATEGORIES = frozenset(unicodedata.category(chr(code)) for code in range(0x3000)) | frozenset(
    "LMNPSZC"
)  # all that text has


def _variants(character: str) -> frozenset[str]:
    """The character in both cases, by Unicode's simple rules, which know no language."""
    return frozenset(form for form in (character, character.lower(), character.upper()) if len(form) == 1)


# -- reading


@dataclass(frozen=True, slots=True)
class _Repeat:
    """How often: at least `least`, at most `most` (None: without limit), as few as possible if `lazy`."""

    least: int
    most: int | None
    lazy: bool


class _Reader:
    """Reads one pattern by recursive descent and writes its program."""

    def __init__(self, pattern: str, flags: str) -> None:
        self._pattern = "".join(c for c in pattern if c not in _SPACES) if "x" in flags else pattern
        self._flags = flags
        self._at = 0
        self._groups = 0
        self._depth = 0

    def pattern(self) -> Pattern:
        if "q" in self._flags:
            body = [(_CHARACTER, self._literal(character)) for character in self._pattern]
        else:
            body = self._alternatives()
        if self._at < len(self._pattern) and "q" not in self._flags:
            raise _Unsupported("it has a ) without its (")
        program = self._sized([(_SAVE, 0), *body, (_SAVE, 1), (_MATCH,)])
        return Pattern(tuple(_absolute(program)), self._groups, "m" in self._flags)

    def _sized(self, code: list[Instruction]) -> list[Instruction]:
        if len(code) > limits.PATTERN_SIZE:
            raise _Unsupported("it is too large")
        return code

    def _sees(self, text: str) -> bool:
        return self._pattern.startswith(text, self._at)

    def _take(self) -> str:
        if self._at >= len(self._pattern):
            raise _Unsupported("it ends too early")
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
            code = self._sized([(_SPLIT, 1, len(branch) + 2), *branch, (_JUMP, len(code) + 1), *code])
        return code

    def _sequence(self) -> list[Instruction]:
        code: list[Instruction] = []
        while self._at < len(self._pattern) and not self._sees("|") and not self._sees(")"):
            atom = self._atom()
            if self._at < len(self._pattern) and self._pattern[self._at] in "*+?{":
                atom = self._repeated(atom, self._repeat())
                if self._at < len(self._pattern) and self._pattern[self._at] in "*+?{":
                    raise _Unsupported("it repeats a repetition")
            code = self._sized([*code, *atom])
        return code

    def _atom(self) -> list[Instruction]:
        character = self._take()
        if character == "(":
            return self._group()
        if character in "^$":
            return [(_BEGIN if character == "^" else _END,)]
        if character in "*+?{":
            raise _Unsupported("it repeats nothing")
        if character in "]}":
            raise _Unsupported(f"it has a {character} without its beginning")
        return [(_CHARACTER, self._one(character))]

    def _one(self, character: str) -> Passes:
        """Return the test of one character: any, a class, an escape or itself."""
        if character == ".":
            return (lambda taken: True) if "s" in self._flags else _not(_LINE_ENDS.__contains__)
        if character == "[":
            return self._class()
        if character == "\\":
            found = self._escape()
            return self._literal(found) if isinstance(found, str) else found
        return self._literal(character)

    def _literal(self, character: str) -> Passes:
        if "i" in self._flags:
            return _variants(character).__contains__
        return character.__eq__

    def _group(self) -> list[Instruction]:
        self._depth += 1
        if self._depth > _GROUP_DEPTH:
            raise _Unsupported("its groups are nested too deeply")
        number = None
        if self._sees("?:"):
            self._at += 2
        elif self._sees("?"):
            raise _Unsupported("looking around and named groups are not supported")
        else:
            self._groups += 1
            number = self._groups
            if number > _GROUPS:
                raise _Unsupported("it has too many groups")
        code = self._alternatives()
        if not self._sees(")"):
            raise _Unsupported("it has a ( without its )")
        self._take()
        self._depth -= 1
        return code if number is None else [(_SAVE, 2 * number), *code, (_SAVE, 2 * number + 1)]

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
            raise _Unsupported("its { } is no repetition")
        return least, most

    def _count(self) -> int:
        start = self._at
        while self._at < len(self._pattern) and self._pattern[self._at] in _DIGITS:
            self._at += 1
        digits = self._pattern[start : self._at]
        if not 1 <= len(digits) <= 4:
            raise _Unsupported("its { } is no repetition")
        return int(digits)

    def _repeated(self, code: list[Instruction], repeat: _Repeat) -> list[Instruction]:
        copies = repeat.least if repeat.most is None else repeat.most
        if (len(code) + 1) * max(copies, 1) > limits.PATTERN_SIZE:
            raise _Unsupported("it is too large")
        repeated = code * repeat.least
        if repeat.most is None:
            loop = [_split(1, len(code) + 2, repeat.lazy), *code, (_JUMP, -len(code) - 1)]
            return self._sized([*repeated, *loop])
        optional: list[Instruction] = []
        for _ in range(repeat.most - repeat.least):
            optional = [_split(1, len(code) + len(optional) + 1, repeat.lazy), *code, *optional]
        return self._sized([*repeated, *optional])

    def _escape(self) -> str | Passes:
        """Read behind a backslash: a literal character, or a class's test."""
        character = self._take()
        if character in _ESCAPED:
            return _ESCAPED[character]
        if character in _CLASSES:
            return _CLASSES[character]
        if character in "pP":
            return self._category(negated=character == "P")
        if character in _LITERAL_ESCAPES:
            return character
        if character in _DIGITS:
            raise _Unsupported("references to groups are not supported")
        raise _Unsupported(f"\\{character} is not known")

    def _category(self, *, negated: bool) -> Passes:
        end = self._pattern.find("}", self._at)
        name = self._pattern[self._at + 1 : end]
        if not self._sees("{") or end < 0 or name not in _CATEGORIES:
            raise _Unsupported("its \\p is no category of Unicode")
        self._at = end + 1
        return _not(_category(name)) if negated else _category(name)

    def _class(self) -> Passes:
        negated = self._sees("^")
        if negated:
            self._take()
        singles: set[str] = set()
        ranges: list[tuple[str, str]] = []
        tests: list[Passes] = []
        while not self._sees("]") or not (singles or ranges or tests):
            first = self._class_part()
            if not isinstance(first, str):
                tests.append(first)
            elif self._sees("-") and not self._sees("-]"):
                self._take()
                last = self._class_part()
                if not isinstance(last, str) or last < first:
                    raise _Unsupported("a range in its [ ] runs backwards")
                ranges.append((first, last))
            else:
                singles.add(first)
        self._take()
        return _class_test(singles, ranges, tests, negated=negated, any_case="i" in self._flags)

    def _class_part(self) -> str | Passes:
        character = self._take()
        if character == "[":
            raise _Unsupported("a [ inside [ ] is not supported")
        if character == "]":
            raise _Unsupported("its [ ] is empty")
        return self._escape() if character == "\\" else character


def _class_test(
    singles: set[str], ranges: list[tuple[str, str]], tests: list[Passes], *, negated: bool, any_case: bool
) -> Passes:
    def holds(character: str) -> bool:
        return (
            character in singles
            or any(first <= character <= last for first, last in ranges)
            or any(test(character) for test in tests)
        )

    def passes(character: str) -> bool:
        found = any(map(holds, _variants(character))) if any_case else holds(character)
        return found is not negated

    return passes


def _split(near: int, far: int, lazy: bool) -> Instruction:
    return (_SPLIT, far, near) if lazy else (_SPLIT, near, far)


def _absolute(code: list[Instruction]) -> list[Instruction]:
    """Turn distances into places."""
    return [
        (kind, *(place + distance for distance in rest)) if kind in (_SPLIT, _JUMP) else (kind, *rest)
        for place, (kind, *rest) in enumerate(code)
    ]
