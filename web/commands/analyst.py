"""
The analyst's commands: check a folder as a release would be checked, walk through it, run and record scenarios.

Each ends with 0 if nothing refuses the release, 1 if something does, 2 if it was called wrongly.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import click

import processes
from engine import dialects
from engine.dialects import DIALECTS, Converted
from engine.errors import NotFound
from engine.findings import Finding, say
from engine.gate import recommended
from engine.gate.checking import Verdict, check_bundle
from engine.gate.recommended import recommend
from engine.gate.reporting import as_json, as_sarif, file_of
from engine.releases.bundles import Found, find
from engine.safe_xml import Unsafe
from engine.scenarios import recording
from engine.scenarios.reading import write_scenario
from engine.scenarios.recording import lived
from engine.simulation.searching import SEED, Simulated
from web.commands.running import read_settings
from web.commands.wording import in_language, told
from web.services import build

_FOLDER = click.Path(exists=True, path_type=Path)


@click.command()
@click.argument("places", metavar="[DIR|DIAGRAM]...", nargs=-1, type=_FOLDER)
@click.option("--json", "as_values", is_flag=True, help="findings as JSON")
@click.option("--sarif", is_flag=True, help="findings as SARIF 2.1.0")
@click.option("--bpmnlint", is_flag=True, help="with the recommended rules of bpmnlint, as warnings")
@click.option("--seed", default=SEED, help="of the simulation")
@in_language
def check(places: Sequence[Path], as_values: bool, sarif: bool, bpmnlint: bool, seed: int, language: str) -> None:
    """
    Check processes as a release would be checked: those of the folders given, else all of this installation.
    """
    _ = told(language)
    found = [one for place in places or (processes.FOLDER,) for one in find(place)]
    if not found:
        raise click.UsageError(_(".bpmn faylı yoxdur."))
    if bpmnlint and not recommended.INSTALLED:
        raise click.UsageError(_("bpmnlint quraşdırılmayıb: pip install 'saygac[lint]'."))
    verdicts = [(one, _judged(one, seed, bpmnlint=bpmnlint)) for one in found]
    paths = {name: path for one in found for name, path in one.paths.items()}
    findings = [finding for _, verdict in verdicts for finding in verdict.findings]
    if sarif or as_values:
        report = as_sarif(findings, paths, language) if sarif else as_json(findings, paths, language)
        click.echo(json.dumps(report, ensure_ascii=False, indent=2))
    else:
        for one, verdict in verdicts:
            _say(one, verdict, language)
    sys.exit(0 if all(verdict.passed for _, verdict in verdicts) else 1)


@click.group()
def scenario() -> None:
    """
    Scenarios: what should happen in one case; `check` runs those beside a diagram.
    """


@scenario.command()
@click.argument("number")
@click.option("--name", default="", help="of the scenario; the number of the case is not kept")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="file to write; else standard output")
@in_language
def record(number: str, name: str, out: Path | None, language: str) -> None:
    """
    Make a scenario of the case NUMBER: the same way, with made-up answers in place of personal ones.
    """
    _ = told(language)
    here = build(read_settings())
    try:
        with here.database.read() as connection:
            release_id, steps = lived(connection, number)
        made = recording.record(here.releases.get(release_id), here.operations, name or "Ssenari", steps)
    except NotFound:
        raise click.ClickException(_("%(case)s nömrəli müraciət yoxdur.", case=number)) from None
    except recording.NotRecorded as lost:
        raise click.ClickException(say(lost.reason, language)) from None
    finally:
        here.database.close()
    if out is None:
        click.echo(write_scenario(made), nl=False)
    else:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(write_scenario(made), encoding="utf-8")
        words = {"file": out, "count": len(made.steps), "end": made.end or "–"}
        click.echo(_("%(file)s: addımlar: %(count)s, son: %(end)s", **words))


def _judged(one: Found, seed: int, *, bpmnlint: bool = False) -> Verdict:
    files = one.read()
    verdict = check_bundle(files, processes.installed(), processes.ROLES, seed=seed)
    if not bpmnlint:
        return verdict
    advice = [finding for name in files if name.endswith(".bpmn") for finding in recommend(name, files[name])]
    return replace(verdict, findings=(*verdict.findings, *advice))


def _say(one: Found, verdict: Verdict, language: str) -> None:
    _list(verdict.findings, one, language)
    if verdict.passed:
        _ = told(language)
        scenarios = sum(name.startswith("scenarios/") for name in one.paths)
        walks = verdict.simulated.walks if verdict.simulated is not None else 0
        words = {"name": one.name, "warnings": len(verdict.findings), "walks": walks, "scenarios": scenarios}
        said = _("%(name)s: səhv yoxdur; xəbərdarlıqlar: %(warnings)s, gedişlər: %(walks)s, ssenarilər: %(scenarios)s")
        click.echo(said % words)


def _list(findings: Iterable[Finding], one: Found, language: str) -> None:
    for finding in findings:
        place = file_of(finding, one.paths) + (f":{finding.line}:{finding.column}" if finding.line else "")
        element = f"{finding.element}: " if finding.element else ""
        click.echo(f"{place}: {finding.severity}: {element}{finding.say(language)} [{finding.code}]", err=True)


def walk_through(place: Path, seed: int, as_values: bool, language: str) -> None:
    """
    Say how often a simulation of the processes of a folder passed each element and flow, and end.
    """
    _, found = told(language), find(place)
    if not found:
        raise click.UsageError(_(".bpmn faylı yoxdur."))
    verdicts = [(one, _judged(one, seed)) for one in found]
    if as_values:
        values = [_values(one, verdict, language) for one, verdict in verdicts]
        click.echo(json.dumps(values, ensure_ascii=False, indent=2))
    else:
        for one, verdict in verdicts:
            _list(verdict.findings, one, language)
            _say_coverage(one, verdict.simulated, language)
    sys.exit(0 if all(verdict.passed for _one, verdict in verdicts) else 1)


def _say_coverage(one: Found, simulated: Simulated | None, language: str) -> None:
    if simulated is None:
        return
    _ = told(language)
    words = {"name": one.name, "walks": simulated.walks, "seed": simulated.seed}
    click.echo(_("%(name)s: gedişlər: %(walks)s (--seed %(seed)s)", **words))
    end = "  " + _("(son)")
    for key, times in sorted(simulated.coverage.items()):
        click.echo(f"  {times:4} {key}{end if key in simulated.ends else ''}")


def _values(one: Found, verdict: Verdict, language: str) -> dict[str, object]:
    simulated = verdict.simulated
    values: dict[str, object] = {"process": one.name, "findings": as_json(verdict.findings, one.paths, language)}
    if simulated is not None:
        values |= {"seed": simulated.seed, "walks": simulated.walks, "coverage": dict(simulated.coverage)}
        values["ends"] = dict(simulated.ends)
    return values


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("target", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--to", "dialect", type=click.Choice(sorted(DIALECTS)), default="spiffworkflow", help="dialect of TARGET")
@in_language
def convert(file: Path, target: Path, dialect: str, language: str) -> None:
    """
    Say FILE in another dialect: from Camunda 7 and 8 into ours, or a diagram of ours for Camunda Modeler.

    FILE is a diagram, a form or a file of decision tables; forms that stand in a diagram are written to forms/ beside
    TARGET. Lists what could not be said there, and ends with 1 if there is any.
    """
    _, content = told(language), file.read_bytes()
    try:
        made = _converted(file, content, dialect)
    except Unsafe as refused:
        raise click.ClickException(refused.finding.say(language)) from None
    except ValueError:
        raise click.ClickException(_("%(file)s forma faylı deyil.", file=file)) from None
    target.write_bytes(made.content)
    for name, form in made.forms.items():
        place = target.parent / "forms" / f"{name}.form"
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(form)
        click.echo(_("Diaqramdakı forma: %(file)s", file=place))
    for left in made.left:
        click.echo(f"{file}: {left.element}: " + _("köçürülmədi: %(what)s", what=left.what), err=True)
    sys.exit(1 if made.left else 0)


def _converted(file: Path, content: bytes, dialect: str) -> Converted:
    if file.suffix == ".form":
        return dialects.convert_form(content)
    if file.suffix == ".dmn":
        return dialects.convert_table(content, file.name)
    return dialects.convert(content, dialect, file.name)
