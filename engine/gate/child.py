"""
Compile a diagram in a process of its own, which time and memory limit: `python -m engine.gate.child < diagram`.

Only names come back, as JSON: what would be executed, or why SpiffWorkflow can't compile the file. Whatever a drawing
makes of its parser (an endless loop, a recursion, gigabytes) ends with this process.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from pathlib import Path

from engine.diagram import diagram_of
from engine.errors import ReleaseRefused
from engine.safe_xml import Unsafe, read_xml
from engine.spiff import Program

#: seconds of work, bytes; and seconds on the clock, which a busy machine may need for the little work of a good diagram
CPU, MEMORY, PATIENCE = 5, 1 << 30, 120
_TOP = Path(__file__).parent.parent.parent


class NotCompiled(Exception):
    """
    The diagram can't be compiled; `reason` is SpiffWorkflow's, "time" or "memory".
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def compiled_elements(content: bytes) -> frozenset[str]:
    """
    Return the ids of the elements that would be executed.

    Raises:
        NotCompiled: nothing would be, or it takes too long or too much.
    """
    try:
        # No settings and no secrets go along.
        done = subprocess.run(
            [sys.executable, "-m", "engine.gate.child"],
            input=content,
            capture_output=True,
            timeout=PATIENCE,
            cwd=_TOP,
            env={"PYTHONPATH": str(_TOP), "PYTHONDONTWRITEBYTECODE": "1"},
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise NotCompiled("time") from None
    if done.returncode != 0:
        raise NotCompiled("memory" if b"MemoryError" in done.stderr else "time")
    answer = json.loads(done.stdout)
    if "reason" in answer:
        raise NotCompiled(answer["reason"])
    return frozenset(answer["compiled"])


def compile_here(content: bytes) -> frozenset[str]:
    """
    Return the ids of the elements that would be executed, without the limits of an own process.

    Raises:
        NotCompiled: nothing would be.
    """
    try:
        return Program(diagram_of(read_xml("", content)), content).compiled
    except (ReleaseRefused, Unsafe) as error:
        raise NotCompiled(str(error)) from error
    except ValueError as error:
        raise NotCompiled(str(error.__cause__ or error)) from error


def main() -> None:
    """
    Read a diagram from standard input, write what would be executed to standard output.
    """
    resource.setrlimit(resource.RLIMIT_CPU, (CPU, CPU))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    try:
        answer = {"compiled": sorted(compile_here(sys.stdin.buffer.read()))}
    except NotCompiled as error:
        answer = {"reason": error.reason}
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
