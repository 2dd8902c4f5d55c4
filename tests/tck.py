"""
Run the public DMN TCK (https://github.com/dmn-tck/tck) over a copy of it: `python -m tests.tck DIR [PART …]`.

It prints what passed of each level, what is not needed here (decision services, external functions, imports) apart,
and each case that failed. With PARTs it runs the folders whose name contains one of them, and prints what was expected.
Nothing of the TCK belongs to this repository.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from lxml import etree

from engine.decisions import Decision, DecisionProblems, load_decisions
from engine.feel import temporal
from engine.feel.values import YearsMonths, equal

LEVELS = ("compliance-level-2", "compliance-level-3")
#: parts of folders' names whose cases need what is refused here
NOT_NEEDED = ("external", "decision-service", "import")
#: expected numbers are written with as many digits as some engine happened to give
TOLERANCE = Decimal("1e-8")
_INSTANCE = "{http://www.w3.org/2001/XMLSchema-instance}"


@dataclass(frozen=True)
class Case:
    """
    One expected result.
    """

    level: str
    folder: str
    name: str
    needed: bool
    passed: bool
    #: expected and found, for a person
    note: str


def run(copy: Path, parts: tuple[str, ...] = ()) -> Iterator[Case]:
    """
    Run all cases of a copy of the TCK, or of its folder TestCases.
    """
    top = copy if (copy / LEVELS[0]).is_dir() else copy / "TestCases"
    for level in LEVELS:
        for folder in sorted((top / level).glob("*")):
            if folder.is_dir() and (not parts or any(part in folder.name for part in parts)):
                yield from run_folder(level, folder)


def run_folder(level: str, folder: Path) -> Iterator[Case]:
    """
    Run the cases of one folder: its model and the files of tests for it.
    """
    decisions: dict[Path, dict[str, Decision]] = {}
    for path in sorted(folder.glob("*.xml")):
        root = etree.parse(path).getroot()
        model = folder / (root.findtext("{*}modelName") or "").strip()
        if model not in decisions:
            decisions[model] = _loaded(model)
        for test in root.iterfind("{*}testCase"):
            context = {node.get("name", ""): value_of(node) for node in test.iterfind("{*}inputNode")}
            needed = test.get("type") != "decisionService" and not any(part in folder.name for part in NOT_NEEDED)
            for node in test.iterfind("{*}resultNode"):
                expected = node.find("{*}expected")
                name = node.get("name", "")
                found = _decided(decisions[model].get(name), context)
                wanted = None if expected is None else value_of(expected)
                note = f"expected {wanted!r}, found {found!r}"
                yield Case(level, folder.name, f"{test.get('id')} {name}", needed, same(wanted, found), note)


def _loaded(model: Path) -> dict[str, Decision]:
    """The decisions of a model by name; none if it is refused."""
    try:
        loaded = load_decisions(model.read_bytes(), lax=True)
    except DecisionProblems as refused:
        print(f"{model.name} is refused: {refused}"[:500])
        return {}
    return {decision.name: decision for decision in loaded.values()}


def _decided(decision: Decision | None, context: dict[str, Any]) -> Any:
    return "no such decision" if decision is None else decision.evaluate(context, CLOCK).value


CLOCK: dict[str, Callable[[], Any]] = {
    "now": lambda *given: None if given else temporal.moment_of("2026-01-31T10:00:00Z"),
    "today": lambda *given: None if given else temporal.date_of("2026-01-31"),
}


def value_of(node: etree._Element) -> Any:
    """
    Read a value of a test file.
    """
    items = node.find("{*}list")
    if items is not None:
        return None if _is_nil(items) else [value_of(item) for item in items.iterfind("{*}item")]
    components = node.findall("{*}component")
    if components:
        return {one.get("name", ""): value_of(one) for one in components}
    value = node.find("{*}value")
    if value is None or _is_nil(value):
        return None
    kind = value.get(f"{_INSTANCE}type", "string").rpartition(":")[2]
    return _READERS.get(kind, str)(value.text or "")


def _is_nil(node: etree._Element) -> bool:
    return node.get(f"{_INSTANCE}nil") == "true"


_READERS: dict[str, Callable[[str], Any]] = {
    "boolean": lambda text: text.strip() == "true",
    "decimal": Decimal,
    "double": Decimal,
    "float": Decimal,
    "integer": Decimal,
    "int": Decimal,
    "long": Decimal,
    "date": temporal.date_of,
    "time": temporal.time_of,
    "dateTime": temporal.moment_of,
    "duration": temporal.duration_of,
    "dayTimeDuration": temporal.duration_of,
    "yearMonthDuration": temporal.duration_of,
}


def same(wanted: Any, found: Any) -> bool:
    """
    Tell whether a value is the expected one; numbers may differ by the tolerance.
    """
    if isinstance(wanted, list):
        return isinstance(found, list) and len(wanted) == len(found) and all(map(same, wanted, found))
    if isinstance(wanted, dict):
        return (
            isinstance(found, dict)
            and wanted.keys() == found.keys()
            and all(same(value, found[key]) for key, value in wanted.items())
        )
    if isinstance(wanted, Decimal):
        return type(found) in (Decimal, int) and abs(wanted - found) <= TOLERANCE
    if isinstance(wanted, YearsMonths) and found is not None and not isinstance(found, YearsMonths):
        return False
    return equal(wanted, found) is True


def main(copy: str, *parts: str) -> int:
    """
    Print the figures; return 1 if a case of level 2 failed or less than 90 % of the needed ones of level 3 passed.
    """
    cases = list(run(Path(copy), parts))
    if not cases:
        print(f"There is no case of the TCK in {copy}: name the folder that holds TestCases.")
        return 2
    _print_failures(cases, detailed=bool(parts))
    good = True
    for level in LEVELS:
        for needed in (True, False):
            chosen = [case for case in cases if case.level == level and case.needed is needed]
            if chosen:
                passed = sum(case.passed for case in chosen)
                share = passed / len(chosen)
                what = "needed" if needed else "of decision services, external functions and imports"
                print(f"{level}, {what}: {passed} of {len(chosen)} results, {share:.1%}")
                good = good and (not needed or share >= (1 if level == LEVELS[0] else 0.9))
    return 0 if good else 1


def _print_failures(cases: list[Case], *, detailed: bool) -> None:
    failed = [case for case in cases if not case.passed]
    for (level, folder), count in sorted(Counter((case.level, case.folder) for case in failed).items()):
        print(f"{level}/{folder}: {count} failed")
        for case in failed:
            if (case.level, case.folder) == (level, folder):
                print(f"    {case.name}" + (f": {case.note}" if detailed else ""))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
