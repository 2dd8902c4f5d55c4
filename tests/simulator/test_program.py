"""
The simulator as a process: what it says at its start, where it listens, and how it ends.
"""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from web.command import main

TOP = Path(__file__).parents[2]
PROGRAM = [sys.executable, "-c", "from simulator.command import simulate; simulate()", "--port", "0", "--tls-port", "0"]


@contextmanager
def started(folder: Path, *more: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [*PROGRAM, "--folder", str(folder), *more]
    process = subprocess.Popen(command, cwd=TOP, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None and process.stdin is not None
        said = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())
        assert said is not None
        yield process, said.group()
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("way", ["signal", "parent"])
def test_it_serves_until_it_is_told_to_end_or_its_parent_is_gone(folder: Path, way: str) -> None:
    with started(folder, *(["--with-parent"] if way == "parent" else [])) as (process, base_url):
        assert httpx.get(f"{base_url}/control", trust_env=False).status_code == 200
        if way == "parent":
            assert process.stdin is not None
            process.stdin.close()
            process.stdin = None
        else:
            process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0


def test_a_taken_port_is_said_in_a_sentence(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = CliRunner().invoke(main, ["simulate", "--folder", str(folder), "--port", port])
    assert ended.exit_code == 1
    assert "other ports" in ended.output and "Traceback" not in ended.output
