"""
Who may see and do what: one table, a row a role. Whoever decides asks here; `engine.sight` makes conditions of it.

A role holds in one unit or, as "*", in all of them. Cases that are not for a person do not exist for them: their
pages answer like those of no case. What is personal is shown, shown masked (with a reason on demand, which is
audited), or not at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from engine.operations import Actor
from engine.tables import APPLICANT

#: work beside cases and their tasks: mends what has stopped; edits the calendar and the lists; sees who has read a
#: case; words letters; sends a message that another system was to send
INCIDENTS, LISTS, READERS, LETTERS, MESSAGES = "incidents", "lists", "readers", "letters", "messages"

#: what is done to one case by hand, with a reason: its clock stands still and goes on, it is ended, answers are put
#: right, a task is passed over, done for somebody, or gone back to, the case is put elsewhere, a due date is changed
SUSPEND, RESUME, END, CORRECT = "suspend", "resume", "end", "correct"
SKIP, ON_BEHALF, SEND_BACK, MOVE, DUE = "skip", "on_behalf", "send_back", "move", "due"
INTERVENTIONS = (SUSPEND, RESUME, CORRECT, DUE, SEND_BACK, SKIP, ON_BEHALF, MOVE, END)

Cases = Literal["own", "office", "none"]
Personal = Literal["open", "masked", "none"]


@dataclass(frozen=True)
class Rights:
    """
    What one role may.
    """

    #: own: those that the person (or the entity they act for) applied with; office: those of the role's unit
    cases: Cases
    #: what names or finds the applicant in these cases: addresses, telephones, answers, letters, files
    personal: Personal
    #: does the tasks of the role's lane
    tasks: bool = False
    #: also those meant for certain colleagues; gives the office's tasks to others, whoever holds them
    leads: bool = False
    #: gives away the tasks of those who lead, too
    heads: bool = False
    #: other work: pages and what is done on them
    work: frozenset[str] = frozenset()
    #: what they may do by hand to a case that they may see, unless it is their own
    intervenes: frozenset[str] = frozenset()
    #: where passwords are typed here, a second factor is demanded
    second_factor: bool = False


TABLE: Mapping[str, Rights] = {
    # their own cases; one who acts for a legal entity has that entity's instead
    APPLICANT: Rights("own", "open", tasks=True),
    "fitter": Rights("office", "open", tasks=True),
    "dispatcher": Rights("office", "open", tasks=True, leads=True),
    # sees who has read the office's cases; answers for its terms and its work
    "head": Rights(
        "office",
        "open",
        tasks=True,
        leads=True,
        heads=True,
        work=frozenset({LISTS, READERS}),
        intervenes=frozenset({DUE, SEND_BACK, END}),
        second_factor=True,
    ),
    # draws processes, words letters, and sees figures
    "analyst": Rights("none", "none", work=frozenset({LETTERS}), second_factor=True),
    # repairs what has stopped, without knowing whose it is
    "operator": Rights(
        "office",
        "masked",
        work=frozenset({INCIDENTS, LISTS, MESSAGES}),
        intervenes=frozenset(INTERVENTIONS),
        second_factor=True,
    ),
}
#: a role of a lane that the table does not name, in another process
CASEWORKER = Rights("office", "open", tasks=True)

#: fields that are masked for all of the staff, whatever else is open to them; shown with a reason
MASKED_FOR_STAFF = frozenset({"fin"})
#: facets of a case that name or find a person; only to whom its personal data is open they are shown
PERSONAL_FACETS = frozenset({"address", "subscriber"})


def rights(role: str) -> Rights:
    """
    Return the row of a role.
    """
    return TABLE.get(role, CASEWORKER)


def may(actor: Actor, work: str, unit: str | None = None) -> bool:
    """
    Tell whether the person may do this work beside cases; in `unit`, or anywhere when none is given.
    """
    return any(work in rights(role).work and where in (unit or where, "*") for role, where in actor.roles)


def interventions(actor: Actor, unit: str | None) -> tuple[str, ...]:
    """
    Return what the person may do by hand to cases of `unit`, in the order in which pages offer it; a case that no
    office has yet is for those alone whose role holds everywhere.
    """
    held = [rights(role).intervenes for role, where in actor.roles if where == "*" or (unit and where == unit)]
    return tuple(kind for kind in INTERVENTIONS if any(kind in kinds for kinds in held))


def casework_units(actor: Actor) -> frozenset[str]:
    """
    Return the units whose cases the person may read with their personal data; "*" is every unit.
    """
    return _units(actor, "open")


def watched_units(actor: Actor) -> frozenset[str]:
    """
    Return the units whose cases the person may see with personal data masked; "*" is every unit.
    """
    return _units(actor, "masked")


def leading_units(actor: Actor) -> frozenset[str]:
    """
    Return the units in which the person leads.
    """
    return frozenset(unit for role, unit in actor.roles if rights(role).leads)


def leads(actor: Actor, unit: str | None) -> bool:
    """
    Tell whether the person leads `unit`.
    """
    units = leading_units(actor)
    return "*" in units or (unit is not None and unit in units)


def may_give(actor: Actor, role: str, unit: str | None) -> bool:
    """
    Tell whether the person may give any task of `role` in `unit` to somebody else who has that role there.

    Who leads hands on the work of those who are ill or busy, without having their role: a dispatcher that of the
    fitters and of other dispatchers, a head everybody's.
    """
    if role == APPLICANT or not leads(actor, unit):
        return False
    heading = any(rights(held).heads and where in (unit, "*") for held, where in actor.roles)
    return heading or not rights(role).leads or actor.has(role, unit)


def sees_figures_only(actor: Actor) -> bool:
    """
    Tell whether no case at all is for this member of the staff.
    """
    return actor.is_staff and all(rights(role).cases == "none" for role, _ in actor.roles)


def sees_masked_only(actor: Actor) -> bool:
    """
    Tell whether this member of the staff does no tasks and sees cases without personal data.
    """
    return actor.is_staff and all(rights(role).personal == "masked" for role, _ in actor.roles)


def needs_second_factor(actor: Actor) -> bool:
    """
    Tell whether a password alone must not open a session with these roles.
    """
    return any(rights(role).second_factor for role, _ in actor.roles)


def _units(actor: Actor, personal: Personal) -> frozenset[str]:
    wanted = ("office", personal)
    return frozenset(unit for role, unit in actor.roles if (rights(role).cases, rights(role).personal) == wanted)
