"""
Mutants of our releases at the gate: `python -m tests.mutants [NUMBER] [--seed SEED]`.

Each mutant is a release of which one file has one to three random changes: of two in three the diagram, else a form, a
decision table, a scenario, a letter or a catalogue. The gate must answer every one of them: with findings, or
with a release whose cases still go well when other walks than the gate's go through it.
"""

from __future__ import annotations

import argparse
import copy
import random
import signal
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import FrameType

from lxml import etree

import forms
import processes
from engine.diagram import BPMN
from engine.gate.checking import check_bundle
from engine.gate.child import compile_here
from engine.operations import Operations
from engine.releases import bundle_of
from engine.simulation.searching import simulate
from tests.damage import alter
from tests.support import small

#: seconds of work after which a mutant counts as hanging
PATIENCE = 60
_TAGS = (
    *("userTask", "serviceTask", "scriptTask", "businessRuleTask", "manualTask", "task", "sendTask", "callActivity"),
    *("exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway", "subProcess", "endEvent"),
    *("startEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent", "sequenceFlow", "lane"),
)
_TEXTS = (
    *("", "null", "true", "1", "-1", '"x"', "x", "x.y", "now()", "today()", 'duration("P1D")', 'duration("-P1D")'),
    *("subscriber", "subscriber.known", "executors", "visit_date", "1 = ", "= 1", '"P1.5M"', "[1, 2]", "{a: 1}"),
    *("decision", "reason", "decision = 1", '@"2026-01-01"', "P99999999D", "date(reason)", "typename", "__proto__"),
)


@dataclass(frozen=True)
class Stock:
    """
    What is mutated: the files of a release, and the operations that they call.
    """

    file: str
    files: Mapping[str, bytes]
    #: scenarios and catalogues, which hold the diagram to the way that it is drawn
    more: Mapping[str, bytes]
    operations: Operations
    roles: frozenset[str]


def stocks() -> list[Stock]:
    """
    Return our process and the small one of the tests.
    """
    folder = Path(forms.__file__).parent / "meter_installation"
    ours = bundle_of(processes.FOLDER / "meter_installation.bpmn", folder)
    more = {name: content for name, content in ours.items() if name.startswith(("scenarios/", "catalogues/"))}
    without = {name: content for name, content in ours.items() if name not in more}
    roles = frozenset({"citizen", "dispatcher"})
    return [
        Stock("meter_installation.bpmn", without, more, processes.installed(), processes.ROLES),
        Stock("small.bpmn", small.bundle(), {}, small.operations(), roles),
    ]


def mutate(content: bytes, chance: random.Random) -> bytes:
    """
    Return a diagram with one to three random changes.
    """
    if chance.random() < 0.05:
        return _damage(content, chance)
    root = etree.fromstring(content)
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        if len(root):  # the change before may have taken everything out
            chance.choice(_CHANGES)(root, chance)
    return etree.tostring(root)


def _damage(content: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(content))
    return content[:at] + chance.choice((b"", b"<", b'"', b"&", b"\0", b"\xff", content[: at // 4])) + content[at + 1 :]


def _nodes(root: etree._Element) -> list[etree._Element]:
    """The elements of the process, flows and what they hold included, the picture left out."""
    return [node for node in root.iter(etree.Element) if "BPMN/20100524/DI" not in node.tag and "/DD/" not in node.tag]


def _inner(root: etree._Element, chance: random.Random) -> etree._Element:
    return chance.choice([node for node in _nodes(root) if node.getparent() is not None])


def _remove(root: etree._Element, chance: random.Random) -> None:
    node = _inner(root, chance)
    node.getparent().remove(node)


def _repeat(root: etree._Element, chance: random.Random) -> None:
    node = _inner(root, chance)
    again = copy.deepcopy(node)
    if again.get("id") and chance.random() < 0.7:
        again.set("id", f"{again.get('id')}_2")
    node.getparent().append(again)


def _move(root: etree._Element, chance: random.Random) -> None:
    node, into = _inner(root, chance), _inner(root, chance)
    if node not in into.iterancestors() and node is not into:
        into.append(node)


def _rename(root: etree._Element, chance: random.Random) -> None:
    _inner(root, chance).tag = f"{{{BPMN}}}{chance.choice(_TAGS)}"


def _redirect(root: etree._Element, chance: random.Random) -> None:
    flows = list(root.iter(f"{{{BPMN}}}sequenceFlow"))
    ids = [node.get("id") for node in _nodes(root) if node.get("id")]
    if flows:
        chance.choice(flows).set(chance.choice(("sourceRef", "targetRef")), chance.choice(ids))


def _attribute(root: etree._Element, chance: random.Random) -> None:
    found = [node for node in _nodes(root) if node.attrib]
    node = chance.choice(found)
    name = chance.choice(list(node.attrib))
    if chance.random() < 0.3:
        del node.attrib[name]
        return
    other = chance.choice(found)
    node.set(name, chance.choice([*other.attrib.values(), *_TEXTS, "Start", "End", "root", "a b", "ə"]))


def _text(root: etree._Element, chance: random.Random) -> None:
    found = [node for node in _nodes(root) if (node.text or "").strip()]
    if not found:
        return
    node = chance.choice(found)
    text = node.text or ""
    at = chance.randrange(len(text))
    node.text = chance.choice((chance.choice(_TEXTS), text[:at] + text[at + 1 :], text[:at] + "(" + text[at:]))


def _insert(root: etree._Element, chance: random.Random) -> None:
    child = etree.SubElement(_inner(root, chance), f"{{{BPMN}}}{chance.choice(_PARTS)}")
    if chance.random() < 0.5:
        child.set("id", f"new_{chance.randrange(9)}")
    child.text = chance.choice(_TEXTS) or None


_PARTS = (
    *("timerEventDefinition", "errorEventDefinition", "terminateEventDefinition", "signalEventDefinition"),
    *("standardLoopCharacteristics", "multiInstanceLoopCharacteristics", "conditionExpression", "ioSpecification"),
    *("dataInputAssociation", "script", "timeDate", "timeDuration", "timeCycle", "flowNodeRef", "documentation"),
    *_TAGS,
)
_CHANGES: tuple[Callable[[etree._Element, random.Random], None], ...] = (
    _remove,
    _repeat,
    _move,
    _rename,
    _redirect,
    _redirect,
    _attribute,
    _attribute,
    _text,
    _insert,
)


def mutant(stock: Stock, chance: random.Random) -> tuple[str, dict[str, bytes]]:
    """
    Return the name of the file that was changed, and the files of the release.
    """
    if chance.random() < 2 / 3:
        return stock.file, {**stock.files, stock.file: mutate(stock.files[stock.file], chance)}
    files = {**stock.files, **stock.more}
    folder = chance.choice(sorted({path.rpartition("/")[0] for path in files} - {""}))
    path = chance.choice(sorted(path for path in files if path.rpartition("/")[0] == folder))
    change = mutate if path.endswith(".dmn") else partial(alter, path)
    return path, {**files, path: change(files[path], chance)}


def outcome(stock: Stock, files: Mapping[str, bytes], seed: int) -> str:
    """
    Return what became of a mutant: refused, accepted, or what went wrong.
    """
    verdict = check_bundle(files, stock.operations, stock.roles, compile=compile_here)
    if verdict.parts is None:
        assert any(finding.refuses for finding in verdict.findings)
        return "refused"
    later = simulate(verdict.parts, stock.operations, seed=seed + 1_000)
    wrong = sorted({finding.code for finding in later.findings if finding.refuses})
    return f"accepted, but then {', '.join(wrong)}" if wrong else "accepted"


def run(number: int, seed: int, keep: Path | None = None, stock_of: Sequence[Stock] = ()) -> Counter[str]:
    """
    Judge `number` mutants of all stocks, or of those given; return how many came to what.

    Those that went wrong are kept in the folder `keep`.
    """
    came: Counter[str] = Counter()
    stock_of = stock_of or stocks()
    signal.signal(signal.SIGPROF, _hang)
    for n in range(number):
        chance = random.Random(f"{seed}.{n}")
        stock = chance.choice(stock_of)
        path, files = mutant(stock, chance)
        signal.setitimer(signal.ITIMER_PROF, PATIENCE)
        try:
            became = outcome(stock, files, n)
        except Exception as error:  # noqa: BLE001 - whatever escapes the gate is what this looks for
            became = f"unexpected {type(error).__name__} at {_place(error)}"
        signal.setitimer(signal.ITIMER_PROF, 0)
        came[became] += 1
        if keep is not None and became not in ("refused", "accepted"):
            keep.mkdir(parents=True, exist_ok=True)
            (keep / f"{seed}.{n}.{path.rpartition('/')[2]}").write_bytes(files[path])
            print(n, path, became, flush=True)
    return came


def _hang(_signal: int, _frame: FrameType | None) -> None:
    raise TimeoutError("hangs")


def _place(error: BaseException) -> str:
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{Path(last.filename).name}:{last.lineno}"


def main() -> None:
    """
    Judge mutants and say what became of them; ends with 1 if one went wrong.
    """
    arguments = argparse.ArgumentParser(description=main.__doc__)
    arguments.add_argument("number", nargs="?", type=int, default=10_000)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--keep", type=Path, default=Path("var/mutants"))
    given = arguments.parse_args()
    came = run(given.number, given.seed, given.keep)
    for became, times in came.most_common():
        print(f"{times:6} {became}")
    sys.exit(0 if set(came) <= {"refused", "accepted"} else 1)


if __name__ == "__main__":
    main()
