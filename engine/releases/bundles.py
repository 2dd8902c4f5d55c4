"""
Where the files of a release lie in a folder: as an analyst's repository has them, or as a release was exported.

    NAME.bpmn
    *.dmn                    or decisions/*.dmn
    forms/*.form             or forms/NAME/*.form, also beside the folder
    catalogues/*.po
    letters/mail/*.txt, letters/texts.toml, letters/urgent.txt
    scenarios/*.yaml         or scenarios/NAME/*.yaml

A process that it calls is pinned from NAME.bpmn beside it; what an export has under called/ is not read again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from engine.linking import pinned
from engine.words.letters import MAILS, TEXTS, URGENT


@dataclass(frozen=True)
class Found:
    """
    One process of a folder.
    """

    name: str
    #: path inside the release -> the file
    paths: Mapping[str, Path]

    def read(self) -> dict[str, bytes]:
        """
        Return the files of the release, with those of the processes that it calls and that lie beside it.
        """
        return pinned({name: path.read_bytes() for name, path in self.paths.items()}, self._called)

    def _called(self, process: str) -> Mapping[str, bytes] | None:
        beside = self.diagram.parent / f"{process}.bpmn"
        if not process.isidentifier() or not beside.is_file():
            return None
        return {name: path.read_bytes() for name, path in _found(beside).paths.items()}

    @property
    def diagram(self) -> Path:
        """
        The file of the diagram.
        """
        return next(path for name, path in self.paths.items() if name.endswith(".bpmn"))


def find(place: Path) -> list[Found]:
    """
    Return the processes of a folder, or the one of a diagram.
    """
    diagrams = [place] if place.is_file() else sorted(place.glob("*.bpmn"))
    return [_found(diagram) for diagram in diagrams]


def places(folder: Path, files: Iterable[str]) -> dict[str, Path]:
    """
    Return where each file of a release lies in a folder: there where `find` reads it, a new one beside its like.
    """
    files = list(files)
    known = dict(next((one.paths for one in find(folder) if one.diagram.name in files), {}))
    homes = {name.rpartition("/")[0]: path.parent for name, path in known.items()}
    found = {}
    for name in files:
        kind, _, own = name.rpartition("/")
        found[name] = known.get(name) or homes.get(kind, folder / kind) / own
    return found


def others(folder: Path, files: Collection[str]) -> list[Path]:
    """
    Return the files of a folder that would be read into a release of this process, and of which this one has none.
    """
    return [
        path
        for one in find(folder)
        if one.diagram.name in files
        for name, path in one.paths.items()
        if name not in files
    ]


def letter_files(folder: Path) -> dict[str, Path]:
    """
    Return the letters beside a diagram: path inside the release -> the file.
    """
    found = {f"{MAILS}{path.name}": path for path in (folder / MAILS).glob("*.txt")}
    return found | {name: folder / name for name in (TEXTS, URGENT) if (folder / name).is_file()}


def _found(diagram: Path) -> Found:
    folder, name = diagram.parent, diagram.stem
    paths = {diagram.name: diagram}
    paths |= {f"forms/{path.name}": path for path in _forms(folder, name)}
    paths |= {f"decisions/{path.name}": path for path in (*folder.glob("*.dmn"), *folder.glob("decisions/*.dmn"))}
    paths |= {f"catalogues/{path.name}": path for path in folder.glob("catalogues/*.po")}
    paths |= letter_files(folder)
    own = folder / "scenarios" / name
    paths |= {f"scenarios/{path.name}": path for path in (own if own.is_dir() else own.parent).glob("*.yaml")}
    return Found(name, {key: paths[key] for key in sorted(paths)})


def _forms(folder: Path, name: str) -> Iterator[Path]:
    for place in (folder / "forms" / name, folder / "forms", folder.parent / "forms" / name):
        if place.is_dir():
            return place.glob("*.form")
    return iter(())
