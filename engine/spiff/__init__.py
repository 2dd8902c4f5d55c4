"""
SpiffWorkflow, behind a wall: the only package that imports it, and nothing of it leaves.

A `Program` is a compiled diagram, shared by all its cases. A `Run` is one case's tokens while a step is being made.
The world that a diagram asks for (expressions, operations, decisions) is handed in; no database, no forms, no files
here.

What the wall guards against (SpiffWorkflow 3.2.0):
- its evaluation is Python's `eval`: replaced in the script *environment*, which two of its hooks call directly;
- its log records carry the data of the task: emptied;
- its tree walk ends at depth 1000 and then says "completed": finished history is left out of the state, so trees
  stay flat, and completion is judged by our own test;
- it evaluates timers against its own clock: replaced by `timers.Due`;
- its joins count tokens of an earlier round, and what one way left as it was undoes what another wrote: `joins`;
- its events meet inside one workflow, are lost at ends, come once beside a task and correlate by evaluating: replaced
  by `catching` and `throwing`, which leave the way between cases to the world;
- a diagram that turns in a circle runs for ever: a step has a budget;
- stored state embeds the diagram and can be a program: our own state holds tasks and data only.
"""

from engine.spiff.asking import World
from engine.spiff.program import Program
from engine.spiff.run import MOST_DEPTH, STEP_BUDGET, OpenTask, Run, WaitingEvent, WaitingTimer
from engine.spiff.state import (
    BEGINS,
    COMPLETED,
    EACH,
    END,
    JOIN,
    SPLIT,
    STARTED,
    STATE_VERSION,
    WAITING,
    Token,
    read_state,
    write_state,
)

__all__ = [
    "BEGINS",
    "COMPLETED",
    "EACH",
    "END",
    "JOIN",
    "MOST_DEPTH",
    "SPLIT",
    "STARTED",
    "STATE_VERSION",
    "STEP_BUDGET",
    "WAITING",
    "OpenTask",
    "Program",
    "Run",
    "Token",
    "WaitingEvent",
    "WaitingTimer",
    "World",
    "read_state",
    "write_state",
]
