"""
Regular expressions that can't be made slow: every pattern runs in a time that grows with text times pattern,
no faster.

A pattern becomes a small program whose threads walk the text side by side (Thompson's construction with
Pike's captures), so nothing is ever tried twice at one place. That is why back references and looking around
are not supported. It does not use `re`, whose time some patterns double with every character.

Source: XPath and XQuery Functions 3.1 §5.6 (replacements); `pattern_reader` says what of its syntax is supported.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from engine.feel.pattern_program import BEGIN, CHARACTER, JUMP, MATCH, SAVE, SPLIT, Instruction
from engine.feel.pattern_reader import Unsupported, program_of
from engine.feel.values import Spend, check_size

_KEPT = 512  # compiled patterns
Saves = tuple[int, ...]  # start and end of the match, then of each group; -1 where a group took no part


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
                if instruction[0] == MATCH:
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
            if kind in (CHARACTER, MATCH):
                threads.append((place, saves))
            elif kind == SPLIT:
                waiting.append((instruction[2], saves))
                waiting.append((instruction[1], saves))
            elif kind == JUMP:
                waiting.append((instruction[1], saves))
            elif kind == SAVE:
                number = instruction[1]
                waiting.append((place + 1, (*saves[:number], at, *saves[number + 1 :])))
            elif self._holds(kind, text, at):
                waiting.append((place + 1, saves))

    def _holds(self, kind: int, text: str, at: int) -> bool:
        if kind == BEGIN:
            return at == 0 or (self.by_line and text[at - 1] == "\n")
        return at == len(text) or (self.by_line and text[at] == "\n")


def compiled_or_none(pattern: str, flags: str) -> Pattern | None:
    """
    Compile a pattern; None if it can't be, as FEEL's functions want it.

    Args:
        flags: as of `program_of`.
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
        program = program_of(pattern, flags)
    except Unsupported as error:
        return str(error)
    return Pattern(program.instructions, program.groups, program.by_line)


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
