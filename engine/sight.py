"""
The table of rights (`engine.rights`) as conditions on cases and tasks, the same in every statement that reads them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, false, or_, true

from engine.operations import Actor
from engine.rights import INCIDENTS, PERSONAL_FACETS, casework_units, leading_units, rights, watched_units
from engine.tables import Case, Reading, Task, TaskCandidate

#: no row has a greater id: PostgreSQL's integer ends here
LAST_ID = 2**31 - 1


def may_read(actor: Actor) -> ColumnElement[bool]:
    """
    Return the condition on `Case` under which the person may read the case with its personal data.

    Those are their own cases (or those of the entity they act for), and the cases of the offices that they work in.
    """
    own = Case.applicant_id == actor.applicant_id
    units = casework_units(actor)
    if "*" in units:
        return or_(own, Case.unit.is_not(None))
    return or_(own, Case.unit.in_(sorted(units))) if units else own


def may_see(actor: Actor) -> ColumnElement[bool]:
    """
    Return the condition on `Case` under which the person may see that the case exists.

    Beside those that they may read: the cases of the units that they watch, with personal data masked.
    """
    watched = watched_units(actor)
    if "*" in watched:
        return true()
    return or_(may_read(actor), Case.unit.in_(sorted(watched))) if watched else may_read(actor)


def may_mend(actor: Actor) -> ColumnElement[bool]:
    """
    Return the condition on `Case`, outer joined to what stopped, under which the person mends it.

    Who mends everywhere also sees what belongs to no case; whoever may not mend sees nothing.
    """
    units = {unit for role, unit in actor.roles if INCIDENTS in rights(role).work}
    return true() if "*" in units else Case.unit.in_(sorted(units))


def disclosed_to(actor: Actor, now: datetime) -> ColumnElement[bool]:
    """
    Return the condition on `Case` under which what is masked is shown to the person, because they gave a reason.
    """
    shown = exists().where(Reading.case_id == Case.id, Reading.person_id == actor.person_id, Reading.until > now)
    return shown if actor.is_staff else false()


def may_do(actor: Actor) -> ColumnElement[bool]:
    """
    Return the condition on `Task` under which the person may do it, unless a colleague holds it.

    They have the role in its unit, and are a candidate if it has any, or lead the office. Tasks of the applicant
    are not meant.
    """
    candidate = exists().where(TaskCandidate.task_id == Task.id)
    mine = candidate.where(TaskCandidate.person_id == actor.person_id)
    leading = leading_units(actor)
    leads = true() if "*" in leading else Task.unit.in_(sorted(leading))
    return and_(_in_role(actor), or_(mine, ~candidate, leads) if leading else or_(mine, ~candidate))


def seen_facets(facets: Mapping[str, str], *, masked: bool) -> Mapping[str, str]:
    """
    Return what lists show of a case; `masked`: without what names or finds a person.
    """
    return {name: text for name, text in facets.items() if not masked or name not in PERSONAL_FACETS}


def _in_role(actor: Actor) -> ColumnElement[bool]:
    everywhere = sorted(role for role, unit in actor.roles if unit == "*")
    pairs = [and_(Task.role == role, Task.unit == unit) for role, unit in sorted(actor.roles) if unit != "*"]
    if everywhere:
        pairs.append(Task.role.in_(everywhere))
    return or_(*pairs) if pairs else false()


def full_name(given_name: str | None, surname: str | None, patronymic: str = "") -> str:
    """
    Return a person's name as lists show it, surname first; nobody gives the empty text.
    """
    return " ".join(part for part in (surname, given_name, patronymic) if part)
