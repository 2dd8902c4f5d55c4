"""
The term of a case stands still while the applicant must act: at elements with the property `stopsTerm`.

When the case goes on, its term is prolonged by the time that it stood still, as the installation counts time.
"""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import update

from engine.spiff import Run
from engine.tables import Case
from engine.world import StepWorld

PROPERTY = "stopsTerm"


def stop_or_go_on(world: StepWorld, run: Run) -> None:
    """
    Stop the term where the run has come to wait, or let it go on; nothing is written if nothing changes.
    """
    case, elements = world.case, world.release.diagram.elements
    waits = [*(task.element for task in run.tasks), *(timer.element for timer in run.timers)]
    stops = not run.ended and any(elements[key].properties.get(PROPERTY) == "true" for key in waits)
    if stops == (case.term_stopped_at is not None) or case.due_at is None:
        return
    if stops:
        world.case = replace(case, term_stopped_at=world.now)
    else:
        assert case.term_stopped_at is not None
        due = world.operations.prolong(world.look({}), case.due_at, case.term_stopped_at, world.now)
        world.case = replace(case, term_stopped_at=None, due_at=due)
    stopped = update(Case).where(Case.id == case.id).values(term_stopped_at=world.case.term_stopped_at)
    world.connection.execute(stopped)
