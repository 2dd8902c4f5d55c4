"""
Who may import whom, and what is read or called in one place only.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

TOP = Path(__file__).parent.parent
LAYERS = ("forms", "engine", "processes", "web")
#: module -> where alone it may be imported
ONLY = {
    "SpiffWorkflow": ("engine/spiff/",),
    "flask": ("web/", "simulator/"),
    "jinja2": ("web/",),
    "flask_mail": ("web/",),
    "waitress": ("web/",),
    "xlsxwriter": ("web/exporting.py",),
    "httpx": ("web/login/", "simulator/"),
    "OpenSSL": ("web/login/card_server.py",),
    "opentelemetry": ("web/tracing.py",),
    "celery": ("engine/jobs/celery_carriage.py",),
    "kombu": ("engine/jobs/celery_carriage.py",),
}
#: a program of its own: it imports none of the layers, and only the command that starts it imports it
APART, STARTED_BY = "simulator", "web/command.py"
#: packages of which every module counts as the package, for they are imported as one
WHOLE = ("diagram", "incidents", "reading", "steps", "storage", "tables", "words")
CLOCKS = {"datetime.now", "datetime.utcnow", "time.time", "date.today"}
DOORS = {"engine/clock.py", f"{APART}/clock.py"}
MODULES = [path for layer in (*LAYERS, APART) for path in sorted((TOP / layer).rglob("*.py"))]


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module or ""


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(TOP)))
def test_a_module_keeps_to_its_layer(path: Path) -> None:
    place = str(path.relative_to(TOP))
    above = set(LAYERS[LAYERS.index(place.split("/")[0]) + 1 :]) if not place.startswith(APART) else set(LAYERS)
    for name in imports(path):
        top = name.split(".")[0]
        assert top not in above, f"{place} imports upwards: {name}"
        assert top != APART or place == STARTED_BY or place.startswith(APART), f"{place} imports {name}"
        if top in ONLY:
            assert place.startswith(ONLY[top]), f"{place} imports {name}"
        assert top != "tests", f"{place} imports tests"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(TOP)))
def test_environment_time_and_code_have_one_door(path: Path) -> None:
    place = str(path.relative_to(TOP))
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Attribute):
            said = ast.unparse(node)
            assert said != "os.environ" or place == "engine/settings.py"
            assert said not in CLOCKS or place in DOORS
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in {"eval", "exec", "__import__"}, f"{place} calls {node.func.id}"


def test_the_packages_have_no_cycles_between_modules_of_engine() -> None:
    graph: dict[str, set[str]] = {}
    for path in (TOP / "engine").rglob("*.py"):
        module = path.relative_to(TOP / "engine").parts[0].removesuffix(".py")
        if path.parent == TOP / "engine" or module in WHOLE:
            within = f"engine.{module}."
            wanted = {name for name in imports(path) if f"{name}.".startswith("engine.")}
            wanted = {name for name in wanted if not f"{name}.".startswith(within)}
            graph.setdefault(f"engine.{module}", set()).update(wanted)
    done: set[str] = set()

    def visit(name: str, way: tuple[str, ...]) -> None:
        assert name not in way, " → ".join((*way, name))
        if name in done:
            return
        for other in graph.get(name, ()):
            if other in graph:
                visit(other, (*way, name))
        done.add(name)

    for name in graph:
        visit(name, ())
