"""
Where what a release says was written: of a linked diagram, the caller's file or that of a process that it calls, with
the places there. It links nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from engine.findings import Finding
from engine.linking import FOLDER, JOINED, calls_of, diagram_in
from engine.safe_xml import Place, Unsafe, read_xml

_FORMS, _ENDING = "forms/", ".form"


@dataclass(frozen=True)
class Origins:
    """
    The files of one release, before its calls are linked.
    """

    #: path of the diagram
    file: str
    #: as `safe_xml.Source` has them, under the ids of the linked diagram
    places: Mapping[str | tuple[str, str], Place]
    #: the elements of the diagram itself
    own: frozenset[str]
    #: call -> the folder of what it calls, and the files there
    calls: Mapping[str, tuple[str, Origins]]

    def told(self, finding: Finding) -> Finding:
        """
        Return a finding about what was linked, in the file and by the name that its author knows.
        """
        file, element = finding.file, finding.element
        for call, (folder, called) in self.calls.items():
            prefix = call + JOINED
            inside = element.removeprefix(prefix) if element and element not in self.own else element
            if file == self.file and inside != element:
                return self._below(folder, called, replace(finding, file=called.file, element=inside))
            if file.startswith(_FORMS + prefix):
                form = _FORMS + file.removeprefix(_FORMS + prefix)
                return self._below(folder, called, replace(finding, file=form, element=inside))
            kind, _, name = file.rpartition(folder)
            if kind in ("decisions/", "catalogues/"):
                return self._below(folder, called, replace(finding, file=kind + name))
        return finding

    @staticmethod
    def _below(folder: str, called: Origins, finding: Finding) -> Finding:
        found = called.told(finding)
        return replace(found, file=folder + found.file)


def origins_of(bundle: Mapping[str, bytes]) -> Origins | None:
    """
    Return where a release was written; None if its diagram can't be looked at.
    """
    path = diagram_in(bundle)
    if not path:
        return None
    try:
        source = read_xml(path, bundle[path])
    except Unsafe:
        return None
    places: dict[str | tuple[str, str], Place] = {}
    calls: dict[str, tuple[str, Origins]] = {}
    for call in calls_of(source.root):
        key, folder = call.get("id") or "", f"{FOLDER}{call.get('calledElement')}/"
        below = {name.removeprefix(folder): content for name, content in bundle.items() if name.startswith(folder)}
        called = origins_of(below)
        if called is not None:
            calls[key] = (folder, called)
            places |= {_renamed(place, key + JOINED): where for place, where in called.places.items()}
    own = frozenset(place for place in source.places if isinstance(place, str))
    return Origins(path, {**places, **source.places}, own, calls)


def _renamed(place: str | tuple[str, str], prefix: str) -> str | tuple[str, str]:
    return prefix + place if isinstance(place, str) else (prefix + place[0], place[1])
