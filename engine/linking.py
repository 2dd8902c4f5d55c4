"""
Calls of other processes: the files of what is called are pinned into the release of the caller, and linked into its
diagram where the call stands. A case goes on with what was called when its release was made, whatever is released
since.

    called/PROCESS/…         the files of a called process, as in a release of its own

Linking makes one release of it: the call becomes a sub-process with everything that the called process has, ids with
the call's id before them; forms, tables and catalogues beside the caller's. Nothing is judged here but whether a call
can be linked.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy

from lxml import etree

from engine.diagram.calls import CALL, CALLED, INPUTS, REFUSED, WANTS
from engine.diagram.namespaces import BPMN, SPIFF
from engine.operations import ANSWERS_OF
from engine.safe_xml import Unsafe, read_xml
from engine.words.letters import FOLDER as LETTERS
from engine.words.letters import MAILS

FOLDER = "called/"
#: calls of calls
MOST_DEPTH = 3
#: between the id of a call and that of an element of what it calls
JOINED = "__"
_PROCESS, _EXTENSIONS = f"{{{BPMN}}}process", f"{{{BPMN}}}extensionElements"
#: of a called process: not what happens in it
_NOT_LINKED = frozenset({"laneSet", "documentation", "extensionElements", "ioSpecification", "property"})
#: beside a process: what its events name
_DEFINITIONS = frozenset({"error", "message", "signal", "escalation"})
_PEOPLE = frozenset({"userTask", "manualTask"})

Bundle = Mapping[str, bytes]
#: process -> the files of the release that is called now, None: there is none
Find = Callable[[str], Bundle | None]


def own(bundle: Bundle) -> dict[str, bytes]:
    """
    Return the files of a release without those of the processes that it calls.
    """
    return {path: content for path, content in bundle.items() if not path.startswith(FOLDER)}


def pinned(bundle: Bundle, find: Find, depth: int = 0) -> dict[str, bytes]:
    """
    Return a release with the files of every process that it calls, in place of those that it had before.
    """
    found = own(bundle)
    root = _root(bundle)
    wanted = dict.fromkeys(call.get("calledElement") or "" for call in calls_of(root)) if root is not None else {}
    for process in wanted:
        files = find(process) if depth < MOST_DEPTH else None
        if files is not None and process:
            below = files if any(path.startswith(FOLDER) for path in files) else pinned(files, find, depth + 1)
            kept = {path: content for path, content in below.items() if not path.startswith("scenarios/")}
            found |= {f"{FOLDER}{process}/{path}": content for path, content in kept.items()}
    return found


def linked(bundle: Bundle, around: tuple[str, ...] = ()) -> dict[str, bytes]:
    """
    Return the one release that a release with its called processes comes to. A call that can't be linked says why in
    an attribute, for the gate.
    """
    found = own(bundle)
    path = diagram_in(bundle)
    root = _root(bundle) if path and CALL.encode() in bundle[path] else None
    calls = list(calls_of(root)) if root is not None else []
    if root is None or not calls:
        return found
    executable = root.iterfind(f"{_PROCESS}[@isExecutable='true']")
    chain = tuple(dict.fromkeys((*around, *(process.get("id") or "" for process in executable))))
    for call in calls:
        found |= _link(root, call, bundle, chain, found)
    return found | {path: etree.tostring(root, xml_declaration=True, encoding="UTF-8")}


def _link(
    root: etree._Element, call: etree._Element, bundle: Bundle, chain: tuple[str, ...], beside: Bundle
) -> dict[str, bytes]:
    process = call.get("calledElement") or ""
    prefix = f"{FOLDER}{process}/"
    files = {path.removeprefix(prefix): content for path, content in bundle.items() if path.startswith(prefix)}
    if process in chain or len(chain) > MOST_DEPTH:
        call.set(REFUSED, "call_itself" if process in chain else "call_too_deep")
        return {}
    below = linked(files, (*chain, process))
    inner = _root(below)
    called = inner.find(f"{_PROCESS}[@id='{process}']") if inner is not None and process.isidentifier() else None
    if inner is None or called is None:
        call.set(REFUSED, "call_unknown")
        return {}
    files = _files(below, call.get("id") or "", process)
    if any(beside.get(path, content) != content for path, content in files.items() if path.startswith(MAILS)):
        call.set(REFUSED, "call_same_letter")
        return {}
    _put_in(root, call, inner, called)
    return {path: content for path, content in files.items() if path not in beside}


def _put_in(root: etree._Element, call: etree._Element, inner: etree._Element, called: etree._Element) -> None:
    """Make the call a sub-process with what the called process holds."""
    key = call.get("id") or ""
    names = {node.get("id"): f"{key}{JOINED}{node.get('id')}" for node in inner.iter(etree.Element) if node.get("id")}
    roles = _roles(called)
    for node in inner.iterchildren(etree.Element):
        if etree.QName(node).localname in _DEFINITIONS:
            root.insert(0, _renamed(node, names))
    for node in called.iterchildren(etree.Element):
        kind = etree.QName(node).localname
        if kind in _NOT_LINKED:
            continue
        copy = _renamed(node, names)
        for person in copy.iter(*(f"{{{BPMN}}}{name}" for name in _PEOPLE)):
            _assign(person, key, roles)
        if kind == "startEvent":  # the call begins it, whatever else may
            for child in [child for child in copy if str(child.tag).endswith("EventDefinition")]:
                copy.remove(child)
        call.append(copy)
    wanted = _property(called, INPUTS)
    call.set(WANTS, (wanted.get("value") or "") if wanted is not None else "")
    call.tag = f"{{{BPMN}}}subProcess"
    call.set(CALLED, call.attrib.pop("calledElement"))


def _renamed(node: etree._Element, names: Mapping[str | None, str]) -> etree._Element:
    """A copy with other ids, on one line: whatever stands below it in the file stays where it was."""
    copy = deepcopy(node)
    copy.tail = None
    for part in copy.iter(etree.Element):
        for attribute, value in part.attrib.items():
            if value in names and etree.QName(part).namespace == BPMN and attribute != "name":
                part.set(attribute, names[value])
        text = (part.text or "").strip()
        part.text = names.get(text, part.text) if text else None
        part.tail = None
    return copy


def _roles(called: etree._Element) -> dict[str, str]:
    """Element -> the role that its lane gives it; of nested lanes the innermost comes last."""
    found: dict[str, str] = {}
    for lane in called.iter(f"{{{BPMN}}}lane"):
        role = _property(lane, "role")
        if role is not None:
            found |= {
                (ref.text or "").strip(): role.get("value") or "" for ref in lane.findall(f"{{{BPMN}}}flowNodeRef")
            }
    return found


def _assign(person: etree._Element, key: str, roles: Mapping[str, str]) -> None:
    """The role comes from the lanes of the called process, the form from its forms."""
    form = _property(person, "formKey")
    if form is not None:
        form.set("value", f"{key}{JOINED}{form.get('value')}")
    above: etree._Element | None = person
    while above is not None and _property(person, "candidateRole") is None:
        role = roles.get((above.get("id") or "").removeprefix(key + JOINED))
        if role is not None:
            _add_property(person, "candidateRole", role)
        above = above.getparent()


def _property(node: etree._Element, name: str) -> etree._Element | None:
    return node.find(f"{_EXTENSIONS}/{{{SPIFF}}}properties/{{{SPIFF}}}property[@name='{name}']")


def _add_property(node: etree._Element, name: str, value: str) -> None:
    extensions = node.find(_EXTENSIONS)
    if extensions is None:
        extensions = etree.Element(_EXTENSIONS)
        node.insert(0, extensions)
    held = extensions.find(f"{{{SPIFF}}}properties")
    if held is None:
        held = etree.SubElement(extensions, f"{{{SPIFF}}}properties")
    etree.SubElement(held, f"{{{SPIFF}}}property", name=name, value=value)


def _files(below: Bundle, key: str, process: str) -> dict[str, bytes]:
    """Forms under the names of their tasks; tables and catalogues once for every call of a process; its letters."""
    found: dict[str, bytes] = {}
    for path, content in below.items():
        folder, _, name = path.partition("/")
        if folder == "forms":
            found[f"forms/{key}{JOINED}{name}"] = _form(content, key)
        elif folder in ("decisions", "catalogues"):
            found[f"{folder}/{FOLDER}{process}/{name}"] = content
        elif path.startswith(LETTERS):
            found[path] = content
    return found


def _form(content: bytes, key: str) -> bytes:
    """A form may show the answers to another form of its process; any other stays as it was written."""
    if ANSWERS_OF.encode() not in content:
        return content
    try:
        raw = json.loads(content)
    except (ValueError, RecursionError):
        return content
    return json.dumps(_reading(raw, key), ensure_ascii=False).encode()


def _reading(value: object, key: str) -> object:
    if isinstance(value, str) and value.startswith(ANSWERS_OF):
        return f"{ANSWERS_OF}{key}{JOINED}{value.removeprefix(ANSWERS_OF)}"
    if isinstance(value, dict):
        return {name: _reading(one, key) for name, one in value.items()}
    return [_reading(one, key) for one in value] if isinstance(value, list) else value


def diagram_in(bundle: Bundle) -> str:
    """
    Return the path of a release's own diagram, nothing if there is not exactly one.
    """
    drawn = [path for path in bundle if path.endswith(".bpmn") and not path.startswith(FOLDER)]
    return drawn[0] if len(drawn) == 1 else ""


def _root(bundle: Bundle) -> etree._Element | None:
    """The diagram, None if it can't be looked at: the gate says so elsewhere."""
    path = diagram_in(bundle)
    if not path:
        return None
    try:
        return read_xml(path, bundle[path]).root
    except Unsafe:
        return None


def calls_of(root: etree._Element) -> Iterator[etree._Element]:
    """
    Yield the calls of a diagram.
    """
    for process in root.iterfind(_PROCESS):
        yield from process.iter(f"{{{BPMN}}}{CALL}")
