"""
Parse FEEL texts into `nodes`, by precedence climbing, without ever going back in the tokens.

It does not know values; it knows names of several words, because they can't be read without knowing them.

Source: grammar of DMN 1.5 §10.3.1.2.
"""

from __future__ import annotations

from collections.abc import Callable

from engine.feel import limits, nodes
from engine.feel.names import tree_of
from engine.feel.operators import COMPARISON
from engine.feel.statements import KEYWORDS, Statements
from engine.feel.temporal import temporal_of
from engine.feel.vocabulary import Vocabulary

_NOTHING_MORE = Vocabulary()
_LITERALS = {"true": True, "false": False, "null": None}


class Parser(Statements):
    """
    Reads one text; good for one call of `expression` or `unary_tests`.

    Args:
        functions: names of all functions that need no variable.
        vocabulary: what else is known.
    """

    def __init__(self, text: str, functions: frozenset[str], vocabulary: Vocabulary = _NOTHING_MORE) -> None:
        super().__init__(text, vocabulary)
        self._functions = tree_of(functions)
        self._called_keywords = KEYWORDS & functions  # and, or

    # -- whole texts

    def expression(self) -> nodes.Node:
        """
        Parse the text as one expression; a leading `=` is passed over.

        Raises:
            FeelError: it is none.
        """
        self._accept("=")
        parsed = self._expression()
        self._expect_end()
        return parsed

    def unary_tests(self) -> nodes.Tests:
        """
        Parse the text as a cell of a decision table; nothing and `-` hold always.

        Raises:
            FeelError: it is none.
        """
        self._question = True
        at = self._peek().at
        if self._peek().kind == "end" or (self._sees("-") and self._behind().kind == "end"):
            return nodes.Tests(at, 1, (), False)
        negated = self._sees("not") and self._behind().text == "("
        if negated:
            self._take_many(2)
        tests = self._many_tests()
        if negated:
            self._expect(")")
        self._expect_end()
        return nodes.Tests(at, self._depth(at, *tests), tests, negated)

    def _many_tests(self) -> tuple[nodes.Node, ...]:
        with self._nested():
            tests = [self._test()]
            while self._accept(","):
                tests.append(self._test())
        return tuple(tests)

    # -- primary expressions

    def _primary(self) -> nodes.Node:
        token = self._peek()
        if token.kind in ("number", "string"):
            self._take()
            return nodes.Literal(token.at, self._depth(token.at), token.value)
        if token.kind == "at":
            return self._at_literal()
        if token.kind == "name":
            return self._worded()
        if token.kind == "symbol" and token.text in self._BRACKETS:
            return self._BRACKETS[token.text](self)
        raise self._unexpected("a value")

    def _at_literal(self) -> nodes.Node:
        token = self._take()
        value = temporal_of(token.value)
        if value is None:
            raise self._error("bad_literal", token.at, found=ascii(token.value))
        return nodes.Literal(token.at, self._depth(token.at), value)

    def _worded(self) -> nodes.Node:
        """Parse what begins with a name: a name of several words, a keyword's expression, or a variable."""
        token = self._peek()
        name, words = self._long_name()
        if words:
            self._take_many(words)
            return nodes.Name(token.at, self._depth(token.at), name)
        if token.text in self._called_keywords and self._behind().text == "(":
            self._take()
            return nodes.Name(token.at, self._depth(token.at), token.text)
        if token.text in _LITERALS:
            self._take()
            return nodes.Literal(token.at, self._depth(token.at), _LITERALS[token.text])
        if token.text in self._STATEMENTS:
            return self._STATEMENTS[token.text](self)
        if token.text in KEYWORDS:
            raise self._unexpected("a value")
        self._take()
        self._refuse_unknown_words()
        return nodes.Name(token.at, self._depth(token.at), token.text)

    def _long_name(self) -> tuple[str, int]:
        """Find the longest known name of several words here: a variable's or a function's."""
        name, words = self._longest(self._scope, tree_of(self._vocabulary.names))
        function, length = self._functions.longest(self._tokens, self._next, before="(")
        if not length:
            function, length = self._functions.longest(self._tokens, self._next)
            if KEYWORDS.intersection(function.split()):  # date and time: two variables, unless it is called
                length = 0
        return (function, length) if length > words else (name, words)

    def _refuse_unknown_words(self) -> None:
        """Tell an unknown function of several words from two values without an operator."""
        first = self._tokens[self._next - 1]
        words = [first.text]
        for token in self._tokens[self._next : self._next + limits.NAME_WORDS]:
            if token.kind != "name":
                break
            words.append(token.text)
        following = self._tokens[self._next + len(words) - 1]
        if len(words) > 1 and following.text == "(" and not KEYWORDS.intersection(words):
            raise self._error("unknown_function", first.at, found=f"«{' '.join(words)}»")

    def _question_mark(self) -> nodes.Node:
        token = self._take()
        if not self._question:
            raise self._error("question_mark", token.at)
        return nodes.Name(token.at, self._depth(token.at), "?")

    def _parenthesis(self) -> nodes.Node:
        at = self._take().at
        with self._nested():
            if self._sees("<", "<=", ">", ">=", "="):
                return self._half_open(at)
            inner = self._expression()
            if self._sees(".."):
                return self._interval(at, inner, low_closed=False)
        self._expect(")")
        return inner

    def _bracket(self) -> nodes.Node:
        at = self._take().at
        items: list[nodes.Node] = []
        with self._nested():
            while not self._sees("]"):
                if items:
                    self._expect(",")
                items.append(self._expression())
                if len(items) == 1 and self._sees(".."):
                    break
        if self._sees(".."):
            return self._interval(at, items[0], low_closed=True)
        self._take()
        return nodes.ListOf(at, self._depth(at, *items), tuple(items))

    def _open_interval(self) -> nodes.Node:
        at = self._take().at
        with self._nested():
            low = self._expression(COMPARISON)
        return self._interval(at, low, low_closed=False)

    def _context(self) -> nodes.Node:
        at = self._take().at
        entries: dict[str, nodes.Node] = {}
        with self._nested():
            while not self._sees("}"):
                if entries:
                    self._expect(",")
                key_at = self._peek().at
                key = self._key()
                if key in entries:
                    raise self._error("duplicate_key", key_at, found=f"«{key}»")
                self._expect(":")
                entries[key] = self._expression()
                self._scope.add(key)
                self._keys.add(key)
            self._take()
        for key in entries:
            self._scope.remove(key)
        return nodes.ContextOf(at, self._depth(at, *entries.values()), tuple(entries.items()))

    def _key(self) -> str:
        if self._peek().kind == "string":
            return self._take().value
        words = self._words_before_colon()
        if not words:
            raise self._unexpected("a key")
        return self._words(words)

    _BRACKETS: dict[str, Callable[[Parser], nodes.Node]] = {
        "(": _parenthesis,
        "[": _bracket,
        "]": _open_interval,
        "{": _context,
        "?": _question_mark,
    }
