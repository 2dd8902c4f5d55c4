"""
The steps of a log-in between the pages and a means: begun, asked, come back, given up.

Services are called outside of every transaction; rows are written in short ones before and after.
"""

from __future__ import annotations

import hmac
import logging
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection

from web import limits
from web.login import attempts
from web.login.offered import offered
from web.login.port import Account, Ask, Attempt, Code, Identity, LogInRefused, Means, Redirect, Telephone
from web.services import services
from web.sessions import digest

log = logging.getLogger("web.login")

#: log-ins that one address may begin in a window, by whatever means: several people may share it
BEGUN = 120
#: longer than any poll takes
LEASE = timedelta(seconds=45)


class TooManyTries(Exception):
    """
    This account, telephone or address must wait until `again_at`.
    """

    def __init__(self, again_at: datetime) -> None:
        super().__init__()
        self.again_at = again_at


def begin(
    means: Means, typed: Mapping[str, str], onward: str, address: str | None
) -> tuple[Attempt, str, Redirect | Code | Ask | Identity]:
    """
    Count the try, keep it, and let the means begin.

    Args:
        address: that the try comes from.

    Returns:
        The attempt, the browser's secret, and what comes next.

    Raises:
        TooManyTries: before anything was called.
        LogInRefused: by the means.
    """
    here, now, limited = services(), services().ports.clock.now(), means.limited_by(typed)
    with here.database.step() as connection:
        again_at = _count(connection, limited, address, now)
        if again_at is None:
            attempt, secret = attempts.begin(connection, means.name, onward, now, limited)
    if again_at is not None:
        raise TooManyTries(again_at)
    why_not = means.available()
    if why_not is not None:
        raise refused(attempt, LogInRefused(why_not))
    try:
        step = means.start(attempt, typed)
    except LogInRefused as no:
        raise refused(attempt, no) from None
    if isinstance(step, Code):
        attempt.code = step.text
    with here.database.step() as connection:
        if isinstance(step, Identity):
            attempts.consume(connection, attempt.state, now)
        else:
            attempts.save(connection, attempt)
    return attempt, secret, step


def poll(kept: attempts.Kept, seconds: float) -> bool:
    """
    Ask once for the answer, unless somebody is asking already; True: an identity was proved and is kept.

    Raises:
        LogInRefused: the attempt is over, or the answer is a refusal.
    """
    here = services()
    if kept.identity is not None:
        return True
    _must_run(kept)
    state = kept.attempt.state
    with here.database.step() as connection:
        attempt = attempts.hold(connection, state, here.ports.clock.now(), LEASE)
    if attempt is None:
        return False
    try:
        identity = offered()[attempt.means].poll(attempt, seconds)
    except LogInRefused as no:
        with here.database.step() as connection:
            attempts.consume(connection, state, here.ports.clock.now())
        raise refused(attempt, no) from None
    with here.database.step() as connection:
        if identity is None:
            attempts.release(connection, attempt)
        elif not attempts.consume(connection, state, here.ports.clock.now(), identity):
            raise refused(attempt, LogInRefused("used_twice"))
    return identity is not None


def come_back(kept: attempts.Kept | None, name: str, answer: Mapping[str, str]) -> Identity:
    """
    Check what the browser brought back, once.

    Args:
        kept: the browser's own attempt, or None.
        name: means whose callback was called.
        answer: its parameters, with `state`.

    Raises:
        LogInRefused: the answer is not of this attempt, is late or repeated, or proves nothing.
    """
    here = services()
    if kept is None:
        raise LogInRefused("state_mismatch")
    attempt = kept.attempt
    same = hmac.compare_digest(answer.get("state", "").encode(), attempt.state.encode())
    if attempt.means != name or not same:
        raise refused(attempt, LogInRefused("state_mismatch"))
    _must_run(kept)
    with here.database.step() as connection:
        if not attempts.consume(connection, attempt.state, here.ports.clock.now()):
            raise refused(attempt, LogInRefused("used_twice"))
    try:
        identity = offered()[name].finish(attempt, answer)
    except LogInRefused as no:
        raise refused(attempt, no) from None
    if identity.entities:
        with here.database.step() as connection:
            attempts.keep_identity(connection, attempt.state, identity)
    return identity


def give_up(kept: attempts.Kept) -> None:
    """
    Cancel a running attempt.
    """
    here = services()
    with here.database.step() as connection:
        was_running = attempts.consume(connection, kept.attempt.state, here.ports.clock.now())
    if was_running and kept.attempt.means in offered():
        offered()[kept.attempt.means].cancel(kept.attempt)


def refused(attempt: Attempt, no: LogInRefused) -> LogInRefused:
    """
    Write down why an attempt ended, and return the reason.
    """
    about = {"attempt": short(attempt), "means": attempt.means, "code": no.code, "detail": no.detail or None}
    log.info("log-in refused", extra=about)
    return no


def short(attempt: Attempt) -> str:
    """
    Return what the log calls an attempt; nobody can go on with it.
    """
    return digest(attempt.state)[:12]


def succeeded(connection: Connection, limited: Account | Telephone | None, address: str | None) -> None:
    """
    Forget what was counted before a success: only failures are limited.
    """
    if isinstance(limited, Account):
        limits.succeeded(connection, limited.name, address)
    elif limited is not None:
        limits.answered(connection, limited.number, limited.owner)


def _must_run(kept: attempts.Kept) -> None:
    over = kept.why_over(services().ports.clock.now())
    if over is not None:
        raise refused(kept.attempt, LogInRefused(over))


def _count(
    connection: Connection, limited: Account | Telephone | None, address: str | None, now: datetime
) -> datetime | None:
    if isinstance(limited, Account):
        return limits.may_try(connection, limited.name, address, now)
    key = f"begun {limits.of_address(address)}"
    again_at = limits.wait_until(connection, key, BEGUN, limits.WINDOW, now=now)
    if again_at is not None or limited is None:
        return again_at
    return limits.may_ring(connection, limited.number, limited.owner, now)
