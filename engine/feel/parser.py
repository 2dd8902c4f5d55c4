"""
Parse FEEL texts into `nodes`, by precedence climbing, without ever going back in the tokens.

It does not know variables; it knows function names, because names with spaces can't be read without knowing
them.

Source: grammar of DMN 1.3 §10.3.1.2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache

from engine.feel import limits, nodes
from engine.feel.errors import FeelError, error_at
from engine.feel.lexer import Token, tokens_of
from engine.feel.temporal import temporal_of

KEYWORDS = frozenset(
    [
        "and",
        "between",
        "else",
        "every",
        "false",
        "for",
        "function",
        "if",
        "in",
        "instance",
        "null",
        "or",
        "return",
        "satisfies",
        "some",
        "then",
        "true",
    ]
)
_LITERALS = {"true": True, "false": False, "null": None}
_COMPARISONS = frozenset({"=", "!=", "<", "<=", ">", ">="})
#: How tightly operators bind. A comparison's operands bind tighter than the comparison, so it can't be chained.
_OR, _AND, _COMPARISON, _SUM = 1, 2, 3, 4
_ARITHMETIC = {"+": _SUM, "-": _SUM, "*": 5, "/": 5, "**": 6}
#: Types for `instance of`; True where the name has several words.
TYPES = (
    "any",
    "number",
    "string",
    "boolean",
    "date",
    "time",
    "date and time",
    "days and time duration",
    "day time duration",
    "years and months duration",
    "year month duration",
    "list",
    "context",
    "range",
)
_MEMBERS = ("time offset", "start included", "end included")


class _Names:
    """Names of several words, as a tree of words: finding the longest takes a bounded number of steps."""

    def __init__(self, names: Iterable[str]) -> None:
        self._tree: dict = {}
        for name in names:
            self.add(name)

    def add(self, name: str) -> None:
        branch = self._tree
        for word in name.split():
            branch = branch.setdefault(word, {})
        branch[""] = name

    def longest(self, tokens: list[Token], at: int, before: str = "") -> tuple[str, int]:
        """Return the longest name from token `at` on that is followed by `before`, and its words; ("", 0) if none."""
        found, words = "", 0
        branch = self._tree
        for count in range(1, limits.NAME_WORDS + 1):
            token = tokens[at + count - 1]
            if token.kind != "name" or token.text not in branch:
                break
            branch = branch[token.text]
            if "" in branch and (not before or tokens[at + count].text == before):
                found, words = branch[""], count
        return found, words


_TYPE_NAMES = _Names(TYPES)
_MEMBER_NAMES = _Names(_MEMBERS)


@lru_cache(maxsize=16)
def _function_names(functions: frozenset[str]) -> _Names:
    return _Names(functions)


class Parser:
    """
    Reads one text; good for one call of `expression` or `unary_tests`.

    Attributes:
        steps: tokens taken so far, a measure of the work.
    """

    def __init__(self, text: str, functions: frozenset[str]) -> None:
        self.text = text
        self.steps = 0
        self._functions = _function_names(functions)
        self._keys = _Names(())
        self._tokens = tokens_of(text)
        self._next = 0
        self._nodes = 0
        self._nesting = 0
        self._filters = True
        self._question = False

    # -- whole texts

    def expression(self) -> nodes.Node:
        """
        Parse the text as one expression; a leading `=` is passed over.

        Raises:
            FeelError: it is none.
        """
        if self._sees("="):
            self._take()
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
        if self._peek().kind == "end":
            return nodes.Tests(at, 1, (), False)
        if self._sees("-") and self._tokens[self._next + 1].kind == "end":
            return nodes.Tests(at, 1, (), False)
        negated = self._sees("not") and self._tokens[self._next + 1].text == "("
        if negated:
            self._take()
            self._take()
        tests = self._many(self._test, ")" if negated else "")
        self._expect_end()
        return nodes.Tests(at, self._depth(at, *tests), tests, negated)

    # -- tokens

    def _peek(self) -> Token:
        return self._tokens[self._next]

    def _sees(self, *texts: str) -> bool:
        token = self._tokens[self._next]
        return token.text in texts and token.kind in ("symbol", "name")

    def _take(self) -> Token:
        token = self._tokens[self._next]
        self.steps += 1
        if token.kind != "end":
            self._next += 1
        return token

    def _expect(self, text: str) -> Token:
        if not self._sees(text):
            raise self._unexpected(f"«{text}»")
        return self._take()

    def _expect_end(self) -> None:
        if self._peek().kind != "end":
            raise self._unexpected("the end or an operator")

    def _unexpected(self, expected: str) -> FeelError:
        token = self._peek()
        if token.kind == "end":
            return self._error("unexpected_end", token.at, expected=expected)
        return self._error("unexpected_token", token.at, found=f"«{token.text}»", expected=expected)

    def _error(self, code: str, at: int, **params: object) -> FeelError:
        return error_at(code, self.text, at, **params)

    # -- limits

    def _depth(self, at: int, *children: nodes.Node) -> int:
        """Count one more node; return its depth above its children."""
        self._nodes += 1
        if self._nodes > limits.NODES:
            raise self._error("too_large", at, limit=limits.NODES)
        depth = 1 + max((child.depth for child in children), default=0)
        if depth > limits.DEPTH:
            raise self._error("too_deep", at, limit=limits.DEPTH)
        return depth

    @contextmanager
    def _nested(self, *, filters: bool = True, levels: int = 0) -> Iterator[None]:
        """Go `levels` down; `filters` is False at the upper end of a range, where `[` closes it."""
        if self._nesting + levels > limits.DEPTH:
            raise self._error("too_deep", self._peek().at, limit=limits.DEPTH)
        before = self._filters
        self._filters = filters
        self._nesting += levels
        yield
        self._nesting -= levels
        self._filters = before

    # -- expressions

    def _expression(self, binding: int = 0) -> nodes.Node:
        """Parse an expression whose operators bind tighter than `binding`."""
        with self._nested(filters=self._filters, levels=1):
            return self._operated(self._unary(), binding)

    def _operated(self, left: nodes.Node, binding: int) -> nodes.Node:
        while operator := self._operator(binding):
            left = self._binary(left, operator)
        return left

    def _operator(self, binding: int) -> str:
        """Return the operator that comes next if it binds tighter than `binding`, else ""."""
        token = self._peek()
        if token.kind not in ("symbol", "name"):
            return ""
        text = token.text
        if text in _ARITHMETIC:
            strength = _ARITHMETIC[text]
        elif text in _COMPARISONS or text in ("between", "in"):
            strength = _COMPARISON
        else:
            strength = {"or": _OR, "and": _AND}.get(text, 0)
        return text if strength > binding else ""

    def _binary(self, left: nodes.Node, operator: str) -> nodes.Node:
        if operator in _ARITHMETIC:
            return self._arithmetic(left, _ARITHMETIC[operator])
        if operator in ("and", "or"):
            return self._logic(left, operator)
        at = self._take().at
        if operator == "between":
            compared = self._between(left, at)
        elif operator == "in":
            tests = self._tests_behind_in()
            compared = nodes.In(at, self._depth(at, left, *tests), left, tests)
        else:
            right = self._expression(_COMPARISON)
            compared = nodes.Comparison(at, self._depth(at, left, right), operator, left, right)
        if self._sees(*_COMPARISONS, "between", "in"):
            raise self._error("chained_comparison", self._peek().at)
        return compared

    def _arithmetic(self, first: nodes.Node, strength: int) -> nodes.Node:
        at = self._peek().at
        rest = []
        while self._peek().kind == "symbol" and _ARITHMETIC.get(self._peek().text) == strength:
            operator = self._take().text
            rest.append((operator, self._expression(strength)))
        depth = self._depth(at, first, *(operand for _, operand in rest))
        return nodes.Arithmetic(at, depth, first, tuple(rest))

    def _logic(self, first: nodes.Node, operator: str) -> nodes.Node:
        at = self._peek().at
        operands = [first]
        while self._sees(operator):
            self._take()
            operands.append(self._expression(_OR if operator == "or" else _AND))
        return nodes.Logic(at, self._depth(at, *operands), operator, tuple(operands))

    def _between(self, value: nodes.Node, at: int) -> nodes.Node:
        low = self._expression(_COMPARISON)
        self._expect("and")
        high = self._expression(_COMPARISON)
        return nodes.Between(at, self._depth(at, value, low, high), value, low, high)

    def _tests_behind_in(self) -> tuple[nodes.Node, ...]:
        if not self._sees("("):
            return (self._test(_COMPARISON),)
        opening = self._take()
        with self._nested():
            first = self._test()
            if self._sees(".."):  # (1..5]: the parenthesis was a range's
                return (self._interval(opening.at, first, low_closed=False),)
            tests = [first]
            while self._sees(","):
                self._take()
                tests.append(self._test())
            self._expect(")")
        if len(tests) == 1 and not isinstance(first, nodes.Test):  # (a).b, (1 + 2) * 3: the parenthesis was a value's
            return (self._operated(self._postfix(first), _COMPARISON),)
        return tuple(tests)

    def _test(self, binding: int = 0) -> nodes.Node:
        """Parse one positive unary test."""
        token = self._peek()
        if token.kind == "symbol" and token.text in _COMPARISONS:
            self._take()
            operand = self._expression(_COMPARISON)
            return nodes.Test(token.at, self._depth(token.at, operand), token.text, operand)
        return self._expression(binding)

    def _unary(self) -> nodes.Node:
        if self._sees("-"):
            at = self._take().at
            with self._nested(filters=self._filters, levels=1):
                operand = self._unary()
            return nodes.Negation(at, self._depth(at, operand), operand)
        value = self._postfix(self._primary())
        while self._sees("instance"):
            at = self._take().at
            self._expect("of")
            value = nodes.InstanceOf(at, self._depth(at, value), value, self._type())
        return value

    def _type(self) -> str:
        name, words = _TYPE_NAMES.longest(self._tokens, self._next)
        if not name:
            token = self._peek()
            raise self._error("unknown_type", token.at, found=f"«{token.text}»")
        for _ in range(words):
            self._take()
        return {"day time duration": TYPES[7], "year month duration": TYPES[9]}.get(name, name)

    def _postfix(self, base: nodes.Node) -> nodes.Node:
        while True:
            token = self._peek()
            if token.kind != "symbol":
                return base
            if token.text == ".":
                self._take()
                base = nodes.Path(token.at, self._depth(token.at, base), base, self._member())
            elif token.text == "[" and self._filters:
                self._take()
                with self._nested():
                    condition = self._expression()
                self._expect("]")
                base = nodes.Filter(token.at, self._depth(token.at, base, condition), base, condition)
            elif token.text == "(":
                raise self._error("not_a_function", token.at)
            else:
                return base

    def _member(self) -> str:
        for names in (_MEMBER_NAMES, self._keys):
            name, words = names.longest(self._tokens, self._next)
            if words > 1:
                for _ in range(words):
                    self._take()
                return name
        if self._peek().kind != "name":
            raise self._unexpected("a name")
        return self._take().text

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
        """Parse what begins with a name: a call, a keyword's expression, or a variable."""
        token = self._peek()
        function, words = self._functions.longest(self._tokens, self._next, before="(")
        if function:
            for _ in range(words):
                self._take()
            return self._call(token.at, function)
        if token.text in _LITERALS:
            self._take()
            return nodes.Literal(token.at, self._depth(token.at), _LITERALS[token.text])
        if token.text in self._STATEMENTS:
            return self._STATEMENTS[token.text](self)
        if token.text == "function":
            raise self._error("function_definition", token.at)
        if token.text in KEYWORDS:
            raise self._unexpected("a value")
        return self._variable()

    def _variable(self) -> nodes.Node:
        token = self._peek()
        name, words = self._keys.longest(self._tokens, self._next)
        if words > 1:
            for _ in range(words):
                self._take()
            return nodes.Name(token.at, self._depth(token.at), name)
        self._take()
        if self._sees("("):
            raise self._error("unknown_function", token.at, found=f"«{token.text}»")
        self._refuse_unknown_words(token)
        return nodes.Name(token.at, self._depth(token.at), token.text)

    def _refuse_unknown_words(self, first: Token) -> None:
        """Tell an unknown function of several words from two values without an operator."""
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

    def _call(self, at: int, function: str) -> nodes.Node:
        self._expect("(")
        keywords: list[str] = []
        arguments: list[nodes.Node] = []
        with self._nested():
            while not self._sees(")"):
                if arguments:
                    self._expect(",")
                if (words := self._keyword_length()) and len(keywords) == len(arguments):
                    keywords.append(" ".join(self._take().text for _ in range(words)))
                    self._take()
                elif keywords:
                    raise self._unexpected("a named argument")
                arguments.append(self._expression())
            self._expect(")")
        return nodes.Call(at, self._depth(at, *arguments), function, tuple(arguments), tuple(keywords))

    def _keyword_length(self) -> int:
        """Return how many words stand before a colon here; 0 if there is no name with a colon."""
        for count in range(limits.NAME_WORDS + 1):
            token = self._tokens[self._next + count]
            if token.kind != "name":
                return count if token.text == ":" and token.kind == "symbol" else 0
        return 0

    def _many(self, read: Callable[[], nodes.Node], closing: str) -> tuple[nodes.Node, ...]:
        """Read at least one part, separated by commas, up to `closing`."""
        with self._nested():
            parts = [read()]
            while self._sees(","):
                self._take()
                parts.append(read())
            if closing:
                self._expect(closing)
        return tuple(parts)

    def _parenthesis(self) -> nodes.Node:
        at = self._take().at
        with self._nested():
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
            low = self._expression(_COMPARISON)
        return self._interval(at, low, low_closed=False)

    def _interval(self, at: int, low: nodes.Node, *, low_closed: bool) -> nodes.Node:
        self._expect("..")
        with self._nested(filters=False):
            high = self._expression(_COMPARISON)
        if not self._sees("]", ")", "["):
            raise self._unexpected("the end of the range")
        closing = self._take().text
        return nodes.Interval(at, self._depth(at, low, high), low, high, low_closed, closing == "]")

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
                if " " in key:
                    self._keys.add(key)
            self._take()
        return nodes.ContextOf(at, self._depth(at, *entries.values()), tuple(entries.items()))

    def _key(self) -> str:
        if self._peek().kind == "string":
            return self._take().value
        words = self._keyword_length()
        if not words:
            raise self._unexpected("a key")
        return " ".join(self._take().text for _ in range(words))

    def _if(self) -> nodes.Node:
        at = self._take().at
        with self._nested():
            condition = self._expression()
            self._expect("then")
            yes = self._expression()
        self._expect("else")
        no = self._expression()
        return nodes.If(at, self._depth(at, condition, yes, no), condition, yes, no)

    def _for(self) -> nodes.Node:
        at = self._take().at
        iterators = self._iterators("return")
        body = self._expression()
        depth = self._depth(at, body, *(domain for _, domain in iterators))
        return nodes.For(at, depth, iterators, body)

    def _quantified(self) -> nodes.Node:
        token = self._take()
        iterators = self._iterators("satisfies")
        body = self._expression()
        depth = self._depth(token.at, body, *(domain for _, domain in iterators))
        return nodes.Quantified(token.at, depth, token.text == "every", iterators, body)

    def _iterators(self, closing: str) -> tuple[tuple[str, nodes.Node], ...]:
        iterators = []
        with self._nested():
            while True:
                if self._peek().kind != "name" or self._peek().text in KEYWORDS:
                    raise self._unexpected("a name")
                name = self._take().text
                self._expect("in")
                iterators.append((name, self._domain()))
                if not self._sees(","):
                    break
                if len(iterators) == limits.ITERATORS:
                    raise self._error("too_deep", self._take().at, limit=limits.ITERATORS)
                self._take()
            self._expect(closing)
        return tuple(iterators)

    def _domain(self) -> nodes.Node:
        domain = self._expression()
        if not self._sees(".."):
            return domain
        at = self._take().at
        high = self._expression()
        return nodes.Interval(at, self._depth(at, domain, high), domain, high, True, True)

    _STATEMENTS = {"if": _if, "for": _for, "some": _quantified, "every": _quantified}
    _BRACKETS = {
        "(": _parenthesis,
        "[": _bracket,
        "]": _open_interval,
        "{": _context,
        "?": _question_mark,
    }
