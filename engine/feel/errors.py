"""
What can be wrong with a FEEL text or its evaluation: one error class, a stable code for each case, an English
sentence.

It does not translate: whoever shows the error to a person chooses words by `code` and `params`.
"""

from __future__ import annotations

#: code -> sentence; the placeholders are the error's `params`.
SENTENCES = {
    # the text, found by the lexer and the parser
    "too_long": "The expression has more than {limit} characters.",
    "too_deep": "The expression is nested deeper than {limit} levels.",
    "too_large": "The expression has more than {limit} parts.",
    "unexpected_character": "The character {found} has no meaning here.",
    "unterminated_string": "The text that begins here has no closing quotation mark.",
    "unterminated_comment": "The comment that begins here is never closed.",
    "bad_escape": "The escape sequence {found} is not known.",
    "bad_number": "The number is outside the range of FEEL.",
    "bad_literal": "The literal @{found} is no date, time, date and time or duration.",
    "unexpected_end": "The expression ends too early; expected {expected}.",
    "unexpected_token": "Found {found} where {expected} was expected.",
    "chained_comparison": "Comparisons can't be chained; use «between» or «and».",
    "duplicate_key": "The key {found} is in the context twice.",
    "question_mark": "The name ? has a meaning in a test only: in a cell of a decision table or behind «in».",
    "unknown_type": "The type {found} is not known.",
    "unknown_function": "The function {found} is not known.",
    "not_a_function": "Only a function can be called.",
    "wrong_arguments": "The function {found} takes the arguments {expected}.",
    "external_function": "External functions are not supported.",
    "bad_pattern": "The pattern {found} is not supported: {reason}.",
    # the evaluation
    "too_many_steps": "The evaluation takes more than {limit} steps.",
    "value_too_large": "A value grows beyond {limit} characters or elements.",
    "value_too_deep": "A value is nested deeper than {limit} levels.",
    "calls_too_deep": "Functions call each other deeper than {limit} levels.",
    "function_missing": "The function {found} was known to the check but is not there now.",
    "not_a_number": "The data holds a number that is not finite.",
}


class FeelError(Exception):
    """
    A FEEL text that can't be used, or an evaluation that was stopped.

    Attributes:
        code: one of the keys of `SENTENCES`; stable.
        line, column: where, counted from 1; both 0 if the error is not tied to a place (evaluation).
        params: what fills the sentence's placeholders.
    """

    def __init__(self, code: str, line: int = 0, column: int = 0, **params: object) -> None:
        self.code = code
        self.line = line
        self.column = column
        self.params = params
        self.message = SENTENCES[code].format(**params)
        super().__init__(f"{self.message} (line {line}, column {column})" if line else self.message)


def error_at(code: str, text: str, offset: int, **params: object) -> FeelError:
    """
    Build the error for the character at `offset` (from 0) of `text`.
    """
    line = text.count("\n", 0, offset) + 1
    column = offset - (text.rfind("\n", 0, offset) + 1) + 1
    return FeelError(code, line, column, **params)
