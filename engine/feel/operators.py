"""
The part of the grammar that joins values: operators by precedence, comparisons and tests, and what stands behind a
value: members, filters, calls.

Source: DMN 1.5 §10.3.1.2.
"""

from __future__ import annotations

from collections.abc import Callable

from engine.feel import limits, nodes
from engine.feel.names import NameTree, tree_of
from engine.feel.type_grammar import TypeGrammar
from engine.feel.vocabulary import Vocabulary

_COMPARISONS = frozenset({"=", "!=", "<", "<=", ">", ">="})
#: How tightly operators bind. A comparison's operands bind tighter than the comparison, so it can't be chained.
_OR, _AND, COMPARISON, _SUM = 1, 2, 3, 4
_ARITHMETIC = {"+": _SUM, "-": _SUM, "*": 5, "/": 5, "**": 6}
_MEMBERS = frozenset({"time offset", "start included", "end included"})


class Operators(TypeGrammar):
    """
    A grammar of everything but the values themselves, which `_primary` reads.
    """

    _primary: Callable[[], nodes.Node]

    def __init__(self, text: str, vocabulary: Vocabulary) -> None:
        super().__init__(text, vocabulary)
        self._scope = NameTree()  # what the text itself names
        self._keys = NameTree()
        self._question = False

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
            strength = COMPARISON
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
            right = self._expression(COMPARISON)
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
        low = self._expression(COMPARISON)
        self._expect("and")
        high = self._expression(COMPARISON)
        return nodes.Between(at, self._depth(at, value, low, high), value, low, high)

    # -- tests

    def _tests_behind_in(self) -> tuple[nodes.Node, ...]:
        question, self._question = self._question, True
        if self._sees("("):
            tests = self._tests_in_parentheses()
        else:
            tests = (self._test(COMPARISON),)
        self._question = question
        return tests

    def _tests_in_parentheses(self) -> tuple[nodes.Node, ...]:
        opening = self._take()
        with self._nested():
            first = self._test()
            if self._sees("..") and not isinstance(first, nodes.Test):  # (1..5]: the parenthesis was a range's
                tests = [self._interval(opening.at, first, low_closed=False)]
            else:
                tests = [first]
                while self._accept(","):
                    tests.append(self._test())
                self._expect(")")
        if len(tests) == 1 and not isinstance(tests[0], nodes.Test):  # (a).b, (1 + 2) * 3: it was a value's
            return (self._operated(self._postfix(tests[0]), COMPARISON),)
        return tuple(tests)

    def _test(self, binding: int = 0) -> nodes.Node:
        """Parse one positive unary test."""
        token = self._peek()
        if token.kind == "symbol" and token.text in _COMPARISONS:
            self._take()
            operand = self._expression(COMPARISON)
            return nodes.Test(token.at, self._depth(token.at, operand), token.text, operand)
        return self._expression(binding)

    def _interval(self, at: int, low: nodes.Node, *, low_closed: bool) -> nodes.Node:
        self._expect("..")
        with self._nested(filters=False):
            high = self._expression(COMPARISON)
        if not self._sees("]", ")", "["):
            raise self._unexpected("the end of the range")
        closing = self._take().text
        return nodes.Interval(at, self._depth(at, low, high), low, high, low_closed, closing == "]")

    def _half_open(self, at: int) -> nodes.Node:
        """Parse `< 10)` as the range of everything below 10, and so on."""
        operator = self._take().text
        end = self._expression(COMPARISON)
        self._expect(")")
        return nodes.HalfOpen(at, self._depth(at, end), operator, end)

    # -- what stands before and behind a value

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
                base = self._call(token.at, base)
            else:
                return base

    def _member(self) -> str:
        name, words = self._longest(self._keys, tree_of(self._vocabulary.members), tree_of(_MEMBERS))
        if words:
            self._take_many(words)
            return name
        if self._peek().kind != "name":
            raise self._unexpected("a name")
        return self._take().text

    def _longest(self, *trees: NameTree) -> tuple[str, int]:
        """Find the longest name of several words here; of the same in several trees that of the first."""
        found = [tree.longest(self._tokens, self._next) for tree in trees]
        return max(found, key=lambda name: name[1])

    def _call(self, at: int, function: nodes.Node) -> nodes.Node:
        self._expect("(")
        keywords: list[str] = []
        arguments: list[nodes.Node] = []
        with self._nested():
            while not self._sees(")"):
                if arguments:
                    self._expect(",")
                if (words := self._words_before_colon()) and len(keywords) == len(arguments):
                    keywords.append(self._words(words))
                    self._take()
                elif keywords:
                    raise self._unexpected("a named argument")
                arguments.append(self._expression())
            self._expect(")")
        given = tuple(arguments), tuple(keywords)
        if isinstance(function, nodes.Name):
            return nodes.Call(function.at, self._depth(at, *arguments), function.name, *given)
        return nodes.CallOf(at, self._depth(at, function, *arguments), function, *given)

    def _words_before_colon(self) -> int:
        """Return how many words of a name stand before a colon here; 0 if there is no name with a colon."""
        if self._peek().kind != "name":
            return 0
        for count in range(limits.NAME_WORDS + 1):
            token = self._tokens[self._next + count]
            if token.kind == "symbol" and token.text == ":":
                return count
            if token.kind not in ("name", "number") and token.text not in _IN_NAMES:
                return 0
        return 0

    def _words(self, count: int) -> str:
        """Take a name of `count` words as it is written, with single spaces."""
        first = self._peek()
        self._take_many(count)
        last = self._tokens[self._next - 1]
        return " ".join(self.text[first.at : last.at + len(last.text)].split())


_IN_NAMES = frozenset(["+", "-", "*", "/", "**", "'", "."])
