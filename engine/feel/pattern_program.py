"""
The program that a regular expression becomes.
"""

from __future__ import annotations

from dataclasses import dataclass

# The kinds of instructions. CHARACTER takes one character that passes its test; SPLIT goes on at both its places, of
# which it prefers the first; SAVE notes the place in the text; BEGIN and END hold at the ends of the text (or line).
CHARACTER, SPLIT, JUMP, SAVE, BEGIN, END, MATCH = range(7)

Instruction = tuple  # (kind, …)


@dataclass(frozen=True, slots=True)
class Program:
    """
    A pattern's instructions, how many groups it has, and whether ^ and $ hold at the ends of lines.
    """

    instructions: tuple[Instruction, ...]
    groups: int
    by_line: bool


def split(near: int, far: int, *, lazy: bool) -> Instruction:
    """
    Return what goes on at both distances, preferring the near one, or the far one if it is lazy.
    """
    return (SPLIT, far, near) if lazy else (SPLIT, near, far)


def absolute(code: list[Instruction]) -> list[Instruction]:
    """
    Turn distances into places.
    """
    return [
        (kind, *(place + distance for distance in rest)) if kind in (SPLIT, JUMP) else (kind, *rest)
        for place, (kind, *rest) in enumerate(code)
    ]
