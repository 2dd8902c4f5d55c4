"""
The XML of decision files: safe parsing, children by name, and the note of what is wrong where.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lxml import etree

from engine import feel
from engine.decisions.problems import DecisionProblem
from engine.feel import Expression, FeelError, UnaryTests
from engine.feel.vocabulary import Vocabulary

MOST_BYTES = 512 * 1024
_NAMESPACES = ("http://www.omg.org/spec/DMN/", "https://www.omg.org/spec/DMN/")
Element = etree._Element


def children(node: Element, *names: str) -> list[Element]:
    """
    Return the child elements with one of the names, whatever their namespace; all if none is given.
    """
    return [one for one in node if isinstance(one.tag, str) and (not names or local_name(one) in names)]


def child(node: Element, *names: str) -> Element | None:
    """
    Return the first such child, None if there is none.
    """
    return next(iter(children(node, *names)), None)


def local_name(node: Element) -> str:
    """
    Return the element's name without its namespace.
    """
    return etree.QName(node).localname


def text_of(node: Element | None) -> str:
    """
    Return what stands in the element's `text`.
    """
    inner = None if node is None else child(node, "text")
    return "" if inner is None else (inner.text or "").strip()


class Notes:
    """
    The problems of one file, and the compiling of its texts, which finds most of them.

    Attributes:
        lax: whether a text that can't be compiled means null, as in DMN, instead of a problem.
    """

    def __init__(self, *, lax: bool) -> None:
        self.lax = lax
        self.problems: list[DecisionProblem] = []

    def add(self, element: str | None, code: str, node: Element | None = None, **params: object) -> None:
        """
        Note a problem at a node.
        """
        line = 0 if node is None else node.sourceline or 0
        self.problems.append(DecisionProblem(element, code, params, line))

    def add_text(self, element: str, text: str, node: Element, error: FeelError) -> None:
        """
        Note what the expression language has against the text of a node.
        """
        inner = child(node, "text")
        raw = "" if inner is None else inner.text or ""
        before = raw[: len(raw) - len(raw.lstrip())].count("\n")
        line = (node if inner is None else inner).sourceline + before + max(error.line - 1, 0)
        self.problems.append(DecisionProblem(element, "expression", {"text": text}, line, error))

    def root_of(self, xml: bytes) -> Element | None:
        """
        Parse a file; None if it is no DMN, which is noted.
        """
        if len(xml) > MOST_BYTES:
            self.add(None, "too_big", limit=MOST_BYTES // 1024)
            return None
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
        try:
            root = etree.fromstring(xml, parser)
        except (etree.XMLSyntaxError, ValueError) as error:
            self.add(None, "not_xml", reason=str(getattr(error, "msg", error)))
            return None
        if root.getroottree().docinfo.internalDTD is not None:
            self.add(None, "doctype")
            return None
        name = etree.QName(root)
        if name.localname != "definitions" or not (name.namespace or "").startswith(_NAMESPACES):
            self.add(None, "not_dmn")
            return None
        return root

    def expression(self, element: str, text: str, node: Element, vocabulary: Vocabulary) -> Expression | None:
        """
        Compile an expression; None if that fails, which is noted.
        """
        return self._compiled(feel.compile, element, text, node, vocabulary)

    def tests(self, element: str, text: str, node: Element, vocabulary: Vocabulary) -> UnaryTests | None:
        """
        Compile a cell; None if that fails, which is noted.
        """
        return self._compiled(feel.compile_unary, element, text, node, vocabulary)

    def _compiled(
        self, compile_: Callable[..., Any], element: str, text: str, node: Element, vocabulary: Vocabulary
    ) -> Any:
        language = node.get("expressionLanguage", "")
        if language and "feel" not in language.casefold():
            self.add(element, "language", node, name=language)
            return None
        try:
            return compile_(text, vocabulary=vocabulary)
        except FeelError as error:
            if not self.lax:
                self.add_text(element, text, node, error)
            return None
