"""
What is refused, when, and with which words: bad texts at compile time with a place, endless work while it runs.
"""

import sys

import pytest

from engine.feel import FeelError, compile, compile_unary, limits, to_json
from engine.feel.errors import SENTENCES
from engine.feel.expressions import NAMES
from engine.feel.lexer import tokens_of
from engine.feel.parser import Parser
from engine.feel.vocabulary import Vocabulary

REFUSED = [
    ("", "unexpected_end", 1, 1),
    ("1 +", "unexpected_end", 1, 4),
    ("(1", "unexpected_end", 1, 3),
    ("[1, 2", "unexpected_end", 1, 6),
    ("{a: 1", "unexpected_end", 1, 6),
    ("1 2", "unexpected_token", 1, 3),
    ("a b", "unexpected_token", 1, 3),
    ("1 +\n* 2", "unexpected_token", 2, 1),
    ("{1: 2}", "unexpected_token", 1, 2),
    ("a.1", "unexpected_token", 1, 2),
    ("a.", "unexpected_end", 1, 3),
    ("[1..2", "unexpected_end", 1, 6),
    ("if a then b", "unexpected_end", 1, 12),
    ("for x return 1", "unexpected_token", 1, 7),
    ("for 1 in a return 1", "unexpected_token", 1, 5),
    ("for if in a return 1", "unexpected_token", 1, 5),
    ("some x in a", "unexpected_end", 1, 12),
    ("and", "unexpected_token", 1, 1),
    ("then", "unexpected_token", 1, 1),
    ("1 between 2", "unexpected_end", 1, 12),
    ("1 < 2 < 3", "chained_comparison", 1, 7),
    ("1 = 2 = 3", "chained_comparison", 1, 7),
    ("a in (= 1..2)", "unexpected_token", 1, 10),
    ("(!= 1)", "unexpected_token", 1, 2),
    ("1 in 2 in 3", "chained_comparison", 1, 8),
    ('"abc', "unterminated_string", 1, 1),
    ('"a\nb"', "unterminated_string", 1, 1),
    ('"abc\\', "unterminated_string", 1, 1),
    ("/* abc", "unterminated_comment", 1, 1),
    (r'"\U110000"', "bad_escape", 1, 2),
    (r'"\uD800"', "bad_escape", 1, 1),
    ("1e99999", "bad_number", 1, 1),
    ("a ; b", "unexpected_character", 1, 3),
    ("'a'", "unexpected_token", 1, 1),
    ("a # b", "unexpected_character", 1, 3),
    ("a && b", "unexpected_character", 1, 3),
    ("\x00", "unexpected_character", 1, 1),
    ('@"2026-13-01"', "bad_literal", 1, 1),
    ('@"x"', "bad_literal", 1, 1),
    ('@""', "bad_literal", 1, 1),
    ("?", "question_mark", 1, 1),
    ("{a: 1, a: 2}", "duplicate_key", 1, 8),
    ("1 instance of integer", "unknown_type", 1, 15),
    ("foo(1)", "unknown_function", 1, 1),
    ("1 + no such thing(1)", "unknown_function", 1, 5),
    ("now()", "unknown_function", 1, 1),
    ("1(2)", "not_a_function", 1, 2),
    ("a.b(2)", "not_a_function", 1, 4),
    ("count()", "wrong_arguments", 1, 1),
    ("count(1, 2)", "wrong_arguments", 1, 1),
    ("substring(text: 1, start position: 2)", "wrong_arguments", 1, 1),
    ("substring(string: 1, string: 2)", "wrong_arguments", 1, 1),
    ("substring(string: 1, 2)", "unexpected_token", 1, 22),
    ("is defined()", "wrong_arguments", 1, 1),
    ("function(x) external {java: 1}", "external_function", 1, 13),
    ("sort([1], function(x, x) x < y)", "duplicate_key", 1, 23),
    ("function(x) foo(x)", "unknown_function", 1, 13),
    ("function(x: integer) x", "unknown_type", 1, 13),
    ("function(1) x", "unexpected_token", 1, 10),
    ('matches(a, "(b")', "bad_pattern", 1, 12),
    (r'matches(a, "(b)\\1")', "bad_pattern", 1, 12),
    ('replace(input: a, pattern: "[", replacement: "")', "bad_pattern", 1, 28),
    ('split(a, "(?=b)")', "bad_pattern", 1, 10),
]


@pytest.mark.parametrize(("text", "code", "line", "column"), REFUSED, ids=lambda value: repr(value)[:40])
def test_refused_at_compile_time_with_code_and_place(text: str, code: str, line: int, column: int) -> None:
    with pytest.raises(FeelError) as caught:
        compile(text)
    assert (caught.value.code, caught.value.line, caught.value.column) == (code, line, column)
    assert str(caught.value).endswith(f"(line {line}, column {column})")


def test_a_functions_name_alone_is_a_variable() -> None:
    assert compile("count").names == {"count"}


DEEP = {
    "parentheses": "(" * 500 + "1" + ")" * 500,
    "brackets": "[" * 500 + "]" * 500,
    "contexts": "{a:" * 300 + "1" + "}" * 300,
    "filters": "a" + "[1" * 500 + "]" * 500,
    "members": "a" + ".b" * 1_500,
    "filter after filter": "a" + "[1]" * 1_000,
    "minus": "-" * 3_000 + "1",
    "minus in parentheses": "-(" * 500 + "1" + ")" * 500,
    "powers": "2**" + "(2**" * 300 + "1" + ")" * 300,
    "if": "if a then b else " * 200 + "c",
    "if in conditions": "if " * 300 + "a" + " then b else c" * 100,
    "for": "for a in b return " * 200 + "c",
    "quantified": "some a in b satisfies " * 150 + "c",
    "calls": "not(" * 300 + "a" + ")" * 300,
    "instance": "a " + "instance of any " * 200,
    "ranges": "[" * 300 + "1..2]" + "..2]" * 299,
    "in": "a in (" * 300 + "b" + ")" * 300,
    "iterators": "for " + ",".join(f"a{index} in b" for index in range(200)) + " return 1",
    "parentheses with members": "(" * 60 + "a" + (".b" * 20 + ")") * 60,
    "functions": "function(x) " * 300 + "x",
    "functions of functions": "(function(f) " * 150 + "f" + ")(1)" * 150,
    "calls of calls": "(function(x) x)" + "(1)" * 1_200,
    "types": "1 instance of " + "list<" * 300 + "Any" + ">" * 300,
    "types of contexts": "1 instance of " + "context<a: " * 300 + "Any" + ">" * 300,
    "types of functions": "1 instance of " + "function<> -> " * 200 + "Any",
    "half ranges": "(< " * 500 + "1" + ")" * 500,
    "is defined": "is defined(" * 60 + "a" + ").b" * 60 + ".c",
}


@pytest.mark.parametrize("name", DEEP)
def test_deep_texts_are_refused_before_the_stack_is(name: str) -> None:
    frames = sys.getrecursionlimit()
    sys.setrecursionlimit(_depth_now() + 600)  # less than half of what a page leaves
    try:
        for compile_ in (compile, compile_unary):
            with pytest.raises(FeelError) as caught:
                compile_(DEEP[name])
            assert caught.value.code in {"too_deep", "unexpected_token", "unexpected_end"}
    finally:
        sys.setrecursionlimit(frames)


@pytest.mark.parametrize("text", ["-" * 50 + "1", "[" * 55 + "]" * 55, "{f: function(g, n) g(g, n + 1), r: f(f, 1)}"])
def test_an_evaluation_with_little_of_the_stack_left_is_stopped(text: str) -> None:
    expression = compile(text)
    frames = sys.getrecursionlimit()
    sys.setrecursionlimit(_depth_now() + 40)
    try:
        with pytest.raises(FeelError) as caught:
            expression({})
    finally:
        sys.setrecursionlimit(frames)
    assert caught.value.code == "calls_too_deep"


def _depth_now() -> int:
    frame, depth = sys._getframe(), 0
    while frame:
        frame, depth = frame.f_back, depth + 1
    return depth


@pytest.mark.parametrize(
    "text",
    [
        "(" * 55 + "1" + ")" * 55,
        " and ".join(["a"] * 500),
        " + ".join(["1"] * 700),
        " or ".join(["a = 1"] * 300),
        "[" + ",".join("1" * 700) + "]",
    ],
)
def test_long_texts_that_are_not_deep_are_taken(text: str) -> None:
    compile(text)({"a": None})


def test_a_text_over_the_length_is_refused_unread() -> None:
    for text in ("1" * 4_001, "(" * 1_000_000, '"' + "a" * 10_000_000, " " * 4_001):
        with pytest.raises(FeelError) as caught:
            compile(text)
        assert caught.value.code == "too_long"


def test_too_many_parts_are_refused() -> None:
    with pytest.raises(FeelError) as caught:
        compile("[" + ",".join(["1"] * 1_600) + "]")
    assert caught.value.code == "too_large"


@pytest.mark.parametrize(
    "unit",
    [
        "1+",
        "a.b+",
        "[1]+",
        "(1)+",
        "{a b c:1}+",
        "date and time(a)+",
        "years and months duration(a,b)+",
        "a in(1,2)or ",
        '"x"+',
    ],
)
def test_the_work_of_reading_grows_with_the_text_in_a_straight_line(unit: str) -> None:
    steps = []
    for times in (25, 50, 100):
        parser = Parser(unit * times + "1", NAMES, Vocabulary())
        try:
            parser.expression()
        except FeelError:
            pytest.fail("the text is meant to be good")
        steps.append(parser.steps)
        assert parser.steps <= 2 * len(tokens_of(unit * times + "1"))
    assert steps[2] - steps[1] == 2 * (steps[1] - steps[0])


ENDLESS = {
    "loops in loops": "for a in 1..1000, b in 1..1000, c in 1..1000 return 1",
    "a loop without end in sight": "some a in 1..1E300 satisfies false",
    "backwards": "for a in 1E30..1 return a",
    "days": 'for d in @"0001-01-01"..@"9999-12-31" return [for e in 1..9 return e]',
    "nested quantified": "every a in 1..999 satisfies every b in 1..999 satisfies true",
    "filters over filters": "list[count(list[count(list[item > 0]) > 0]) > 0]",
    "comparing": "for a in list return distinct values([list, list, list])",
    "doubled texts": "{" + ",".join(["a0: text"] + [f"a{i + 1}: a{i} + a{i}" for i in range(60)]) + "}",
    "doubled lists": "{" + ",".join(["a0: list"] + [f"a{i + 1}: concatenate(a{i}, a{i})" for i in range(60)]) + "}",
    "doubled by reference": "string({" + ",".join(["a0: [1]"] + [f"a{i + 1}: [a{i}, a{i}]" for i in range(50)]) + "})",
    "flattened by reference": "flatten({"
    + ",".join(["a0: [1]"] + [f"a{i + 1}: [a{i}, a{i}]" for i in range(50)])
    + "}.a50)",
    "compared by reference": (
        "{"
        + ",".join(["a0: [1]", "b0: [1]"] + [f"a{i + 1}: [a{i}, a{i}], b{i + 1}: [b{i}, b{i}]" for i in range(40)])
        + "} = 1 or [{"
        + ",".join(["a0: [1]"] + [f"a{i + 1}: [a{i}, a{i}]" for i in range(40)])
        + "}.a40] = "
        + "[{"
        + ",".join(["a0: [1]"] + [f"a{i + 1}: [a{i}, a{i}]" for i in range(40)])
        + "}.a40]"
    ),
    "replacing": 'replace(text, "a", text)',
    "joining": "string join(for a in list return text, text)",
    "functions that call themselves": "{f: function(g, n) [g(g, n + 1)], r: f(f, 1)}",
    "functions that call themselves twice": (
        "{f: function(g, n) if n = 0 then 1 else g(g, n - 1) + g(g, n - 1), r: f(f, 30)}"
    ),
    "a type of many items in a loop": "{f: function(x: list<number>) 1, r: for i in 1..9999 return f(list)}",
    "asking for a type in a loop": "for i in 1..9999 return list instance of list<number>",
    "functions in loops": "for x in list return sort(list, function(a, b) a > b)",
    "a loop that remembers": "for x in 1..100000 return count(partial)",
    "a pattern over a long text": 'for a in list return matches(text, "(a|a)*(a|a)*(a|a)*b")',
}


@pytest.mark.parametrize("name", ENDLESS)
def test_endless_work_is_stopped(name: str) -> None:
    expression = compile(ENDLESS[name])
    with pytest.raises(FeelError) as caught:
        expression({"list": list(range(1_000)), "text": "a" * 5_000})
    assert caught.value.code in {"too_many_steps", "value_too_large", "value_too_deep", "calls_too_deep"}
    assert caught.value.line == 0


def test_a_value_that_doubles_by_reference_is_not_written_out() -> None:
    text = "{" + ",".join(["a0: [1]"] + [f"a{i + 1}: [a{i}, a{i}]" for i in range(50)]) + "}"
    with pytest.raises(FeelError, match="beyond"):
        to_json(compile(text)({}))


def test_a_deep_value_of_the_data_is_refused_and_not_followed() -> None:
    deep: object = 1
    for _ in range(5_000):
        deep = [deep]
    for text in ("string(a)", "a = b", "flatten(a)", "distinct values([a, b])", "index of([a], b)"):
        with pytest.raises(FeelError) as caught:
            compile(text)({"a": deep, "b": [deep][0][:]})
        assert caught.value.code == "value_too_deep"
    with pytest.raises(FeelError):
        to_json(deep)


def test_a_number_of_the_data_that_is_not_finite_is_refused_or_null() -> None:
    assert compile("a")({"a": float("nan")}) is None
    assert compile("a = null")({"a": float("inf")}) is True


HOSTILE = [
    '__import__("os").system("id")',
    "__import__",
    "__builtins__",
    "__class__",
    "().__class__.__bases__[0].__subclasses__()",
    '"".__class__',
    '"".__class__.__mro__[1]',
    "[].__class__",
    "{}.__class__",
    "{}.get",
    "{}.items()",
    "data.__class__.__init__.__globals__",
    "data.keys",
    '"a".format',
    '"{0.__class__}".format(1)',
    '"a".upper()',
    "1 .__class__",
    "(1).real",
    "(1).numerator.__class__",
    'date("2026-01-01").__class__',
    'date("2026-01-01").today()',
    'date("2026-01-01").replace',
    '@"PT1H".max',
    "[1..2].__class__",
    "[1..2].low",
    "f.__globals__",
    "f.__code__",
    "f()",
    "object.__subclasses__",
    'open("/etc/passwd")',
    'eval("1")',
    'exec("1")',
    "globals()",
    "lambda: 1",
    "lambda x: x",
    "x := 1",
    "x = 1; y = 2",
    "import os",
    "from os import system",
    "yield 1",
    "await x",
    "a if b else c",
    "[x for x in y]",
    "{**a}",
    "*a",
    "print(1)",
    'get value(data, "__class__")',
    'data["__class__"]',
    "data[item.__class__ = 1]",
    "get entries(data.__dict__)",
    "instance of",
    "string(f)",
    "string(data.o)",
    "data.o.secret",
    "data.o",
    "data.list.append",
    "data.list.__len__",
    'f"{1}"',
    "1__0",
    "0x10",
    "1_000",
    "${jndi:ldap://x}",
    "{{7*7}}",
    "#{7*7}",
    "T(java.lang.Runtime)",
    "`id`",
    "$(id)",
    "a\u202eb",
    "\ufeff1",
    "١",
]


class _Secret:
    secret = "leaked"  # an attribute that no text may read


def _host() -> str:
    return "called"


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("cell", [False, True])
def test_hostile_texts_are_refused_or_give_nothing(text: str, cell: bool) -> None:
    data = {"data": {"o": _Secret(), "list": [1]}, "f": _host, "object": object, "x": _Secret()}
    try:
        result = compile_unary(text)("x", data) if cell else compile(text)(data)
    except FeelError:
        return
    assert result in (None, True, False, 1, "null", [], [None])
    assert "leaked" not in repr(result)
    assert "called" not in repr(result)


def test_every_code_has_a_sentence_and_every_sentence_is_used() -> None:
    tested = {code for _, code, _, _ in REFUSED}
    at_run_time = {"too_many_steps", "value_too_large", "value_too_deep", "function_missing", "not_a_number"} | {
        "calls_too_deep"
    }
    limits_of_texts = {"too_long", "too_deep", "too_large"}
    assert tested | at_run_time | limits_of_texts == set(SENTENCES)


def test_limits_are_as_promised() -> None:
    assert (limits.TEXT_LENGTH, limits.DEPTH) == (4_000, 64)
