"""
Real processes: the program's own commands, and brokers.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from tests.support.post import free_port

TOP = Path(__file__).parents[2]


@contextmanager
def program(*arguments: str, folder: Path, top: Path = TOP, **environ: str) -> Iterator[subprocess.Popen[bytes]]:
    """
    Run `saygac …` in a process group of its own, and end it with SIGTERM; what it prints goes to a file in `folder`.
    """
    process = start(*arguments, folder=folder, top=top, **environ)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(20)
            finally:
                kill_group(process)


def start(*arguments: str, folder: Path, top: Path = TOP, **environ: str) -> subprocess.Popen[bytes]:
    """
    Start `saygac …` in a process group of its own; `top` is where the program lies.
    """
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SAYGAC_")}
    with (folder / "programs.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "web.command", *arguments],
            cwd=top,
            env={**clean, "PYTHONPATH": str(top), **environ},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """
    End a program and everything that it started, at once.
    """
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    process.wait()


def eventually(holds: Callable[[], bool], seconds: float = 60.0) -> bool:
    """
    Tell whether something comes to hold in time.
    """
    until = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


@contextmanager
def redis(folder: Path) -> Iterator[str]:
    """
    Run a Redis that keeps nothing, and yield its URL.
    """
    port = free_port()
    server = subprocess.Popen(
        ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
        cwd=folder,
        stdout=subprocess.DEVNULL,
    )
    try:
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.kill()
        server.wait()


@contextmanager
def rabbitmq(folder: Path) -> Iterator[str]:
    """
    Run a RabbitMQ of its own, with Erlang's name server of its own, and yield its URL.
    """
    port, place = free_port(), folder / "rabbitmq"
    place.mkdir()
    environ = {
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
        "LANG": "C.UTF-8",
        "HOME": str(place),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "ERL_EPMD_PORT": str(free_port()),
        "RABBITMQ_NODENAME": f"test{port}@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_DIST_PORT": str(free_port()),
        "RABBITMQ_MNESIA_BASE": str(place),
        "RABBITMQ_LOG_BASE": str(place),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(place / "plugins"),
        "RABBITMQ_CONF_ENV_FILE": os.devnull,
    }
    with (place / "out").open("wb") as out:
        server = subprocess.Popen(
            # not the one in the path, which becomes another user
            ["/usr/lib/rabbitmq/bin/rabbitmq-server"],
            env=environ,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    try:
        assert eventually(lambda: _speaks_amqp(port)), (place / "out").read_text()
        yield f"amqp://guest:guest@127.0.0.1:{port}//"
    finally:
        kill_group(server)
        # it refuses as long as it has not noticed that the server is gone
        end = partial(subprocess.run, ["epmd", "-kill"], env=environ, stdout=subprocess.DEVNULL, check=False)
        assert eventually(lambda: end().returncode == 0, 10)


def _speaks_amqp(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), 2) as connection:
            connection.sendall(b"AMQP\0\0\x09\x01")
            return bool(connection.recv(1))
    except OSError:
        return False


def installation_environ(url: str, folder: Path, smtp: str, **more: str) -> Mapping[str, str]:
    """
    Return the settings of an installation for its processes.
    """
    return {
        "SAYGAC_DATABASE_URL": url.replace("postgresql+psycopg://", "postgresql://"),
        "SAYGAC_FOLDER": str(folder),
        "SAYGAC_SMTP_URL": smtp,
        "SAYGAC_SENDER": "saygac@example.az",
        "SAYGAC_BASE_URL": "https://saygac.test",
        "SAYGAC_TRUSTED_HOSTS": "saygac.test",
        "SAYGAC_DEMO": "1",
        **more,
    }
