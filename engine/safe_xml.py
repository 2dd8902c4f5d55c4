"""
XML that an outsider may have written: read without DOCTYPE, entities, network or surprise in size; and where in the
file each element stands.

It knows no BPMN and no DMN. Expat goes first: it stops at the first sign of a DOCTYPE and knows line and column,
which lxml does not; only what it let pass reaches lxml.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from xml.parsers import expat

from lxml import etree

from engine.findings import Finding

MOST_BYTES = 512 * 1024
MOST_DEPTH = 60
MOST_ELEMENTS = 12_000
MOST_TEXT = 20_000  # characters of one attribute

#: line and column, from 1
Place = tuple[int, int]
_EXTENSIONS = "extensionElements"


@dataclass(frozen=True)
class Source:
    """
    A file that may be looked at.
    """

    file: str
    root: etree._Element
    #: id -> where the element begins; (id, part) -> where one of its texts or extensions begins
    places: Mapping[str | tuple[str, str], Place]
    #: ids that several elements bear
    repeated: frozenset[str]

    def place(self, element: str | None, part: str = "") -> Place:
        """
        Return where an element, or one of its parts, begins; (0, 0) if that is not known.
        """
        if element is None:
            return (0, 0)
        shown = self.shown(element)
        return self.places.get((shown, part)) or self.places.get(shown) or (0, 0)

    def shown(self, element: str) -> str:
        """
        Return the element that stands in the file for one that the engine has put in: what is before the dot of its id.
        """
        return element if element in self.places else element.partition(".")[0]


class Unsafe(Exception):
    """
    The file is not looked at; `finding` says why.
    """

    def __init__(self, finding: Finding) -> None:
        super().__init__(str(finding))
        self.finding = finding


def read_xml(file: str, content: bytes) -> Source:
    """
    Read a file.

    Raises:
        Unsafe: it is too large, too deep, not UTF-8, not well-formed, or has a DOCTYPE.
    """
    if len(content) > MOST_BYTES:
        raise Unsafe(Finding("too_big", file, params={"limit": MOST_BYTES // 1024}))
    watch = _Watch(file)
    watch.read(content)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Unsafe(Finding("not_xml", file, params={"reason": getattr(error, "msg", str(error))})) from None
    return Source(file, root, watch.places, frozenset(watch.repeated))


class _Watch:
    """
    Follows the file once: stops at what is not allowed, notes where everything stands.
    """

    def __init__(self, file: str) -> None:
        self._file = file
        self.places: dict[str | tuple[str, str], Place] = {}
        self.repeated: set[str] = set()
        #: name of each open element, and the id of the element that it belongs to
        self._open: list[tuple[str, str]] = []
        self._elements = 0
        self._inside_extensions = 0
        self._expat = expat.ParserCreate()
        self._expat.StartDoctypeDeclHandler = self._doctype
        self._expat.XmlDeclHandler = self._declaration
        self._expat.StartElementHandler = self._start
        self._expat.EndElementHandler = self._end
        self._expat.CharacterDataHandler = self._text

    def read(self, content: bytes) -> None:
        try:
            content.decode("utf-8")
        except UnicodeDecodeError:
            raise Unsafe(Finding("encoding", self._file)) from None
        if b"\0" in content:
            raise Unsafe(Finding("encoding", self._file))
        try:
            self._expat.Parse(content, True)
        except LookupError:  # of an encoding that nobody knows
            raise Unsafe(Finding("encoding", self._file)) from None
        except expat.ExpatError as error:
            reason = expat.ErrorString(error.code)
            place = {"line": error.lineno, "column": error.offset + 1}
            raise Unsafe(Finding("not_xml", self._file, **place, params={"reason": reason})) from None

    @property
    def _here(self) -> Place:
        return self._expat.CurrentLineNumber, self._expat.CurrentColumnNumber + 1

    def _refuse(self, code: str, **params: object) -> None:
        line, column = self._here
        raise Unsafe(Finding(code, self._file, line=line, column=column, params=params))

    def _doctype(self, *_: object) -> None:
        self._refuse("doctype")

    def _declaration(self, _version: str, encoding: str | None, _standalone: int) -> None:
        if encoding is not None and encoding.upper() not in ("UTF-8", "UTF8", "US-ASCII"):
            self._refuse("encoding")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        if self._elements > MOST_ELEMENTS:
            self._refuse("too_many_elements", limit=MOST_ELEMENTS)
        if len(self._open) >= MOST_DEPTH:
            self._refuse("too_deep", limit=MOST_DEPTH)
        if any(len(value) > MOST_TEXT for value in attributes.values()):
            self._refuse("too_long", limit=MOST_TEXT)
        local = name.rpartition(":")[2]
        owner = self._open[-1][1] if self._open else ""
        key = attributes.get("id", "")
        if self._inside_extensions:
            named = attributes.get("name") or key
            self.places.setdefault((owner, f"{local}:{named}" if named else local), self._here)
        elif key:
            owner = key
            if key in self.places:
                self.repeated.add(key)
            self.places.setdefault(key, self._here)
        self._open.append((local, owner))
        self._inside_extensions += local == _EXTENSIONS

    def _end(self, _name: str) -> None:
        local, _ = self._open.pop()
        self._inside_extensions -= local == _EXTENSIONS

    def _text(self, text: str) -> None:
        if text.strip():
            local, owner = self._open[-1]
            line, column = self._here
            blanks = len(text) - len(text.lstrip())
            self.places.setdefault((owner, local), (line, column + blanks))
