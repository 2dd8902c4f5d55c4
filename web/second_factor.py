"""
The second factor of local accounts: one-time codes, security keys and recovery codes, each good for once.

Only what is needed to check is stored: seeds of one-time codes sealed with a key that is not in the database, public
keys, and hashes of recovery codes. Who must have one is said in `engine.rights`; nothing here opens a session.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyotp
from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import Connection, delete, insert, select, update

from engine.operations import Actor
from engine.rights import needs_second_factor
from web import people
from web.tables import RecoveryCode, SecondFactor

#: kinds of factors
CODE, KEY = "code", "key"
#: seconds for which one code is shown. Source: RFC 6238, 5.2
PERIOD = 30
RECOVERY_CODES = 8
#: of one recovery code: 40 bits
RECOVERY_DIGITS = 12
KEY_FILE = "second-factor.key"


@dataclass(frozen=True)
class Factor:
    """
    One enrolled factor.
    """

    id: int
    kind: str
    name: str
    added_at: datetime
    used_at: datetime | None
    #: sealed seed, or public key
    secret: bytes
    #: of a security key
    credential_id: bytes | None
    #: last time step of a code, or sign count of a key
    counter: int


class Seal:
    """
    Seals seeds with a key that lies in the installation's folder, readable by its owner only.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / KEY_FILE

    def close(self, seed: str) -> bytes:
        """
        Return the sealed seed.
        """
        return Fernet(self._key()).encrypt(seed.encode())

    def open(self, sealed: bytes) -> str:
        """
        Return the seed.
        """
        return Fernet(self._key()).decrypt(sealed).decode()

    def _key(self) -> bytes:
        if not self._path.exists():
            self._path.parent.mkdir(parents=True, exist_ok=True)
            draft = self._path.with_name(f"{KEY_FILE}.{secrets.token_hex(8)}")
            draft.touch(mode=0o600, exist_ok=False)
            draft.write_bytes(Fernet.generate_key())
            # Whoever links first has made the key, whole; the others take theirs.
            try:
                self._path.hardlink_to(draft)
            except FileExistsError:
                pass
            finally:
                draft.unlink()
        return self._path.read_bytes()


def is_asked(actor: Actor, means: str, enrolled: Sequence[Factor], *, demo: bool) -> bool:
    """
    Tell whether a session needs more than this log-in: always where a password opens an account that has a factor,
    and where the table of rights demands one; the demonstration offers it and demands none.
    """
    if means != "password":
        return False
    return bool(enrolled) or (needs_second_factor(actor) and not demo)


def factors(connection: Connection, person_id: int) -> tuple[Factor, ...]:
    """
    Return a person's factors, oldest first.
    """
    columns = (
        SecondFactor.id,
        SecondFactor.kind,
        SecondFactor.name,
        SecondFactor.added_at,
        SecondFactor.used_at,
        SecondFactor.secret,
        SecondFactor.credential_id,
        SecondFactor.counter,
    )
    rows = connection.execute(select(*columns).where(SecondFactor.person_id == person_id).order_by(SecondFactor.id))
    return tuple(Factor(*row) for row in rows)


def add(
    connection: Connection,
    person_id: int,
    kind: str,
    name: str,
    secret: bytes,
    now: datetime,
    *,
    credential_id: bytes | None = None,
    counter: int = 0,
) -> None:
    """
    Enrol a factor that has proved itself once.
    """
    row = {"person_id": person_id, "kind": kind, "name": name, "secret": secret, "added_at": now}
    connection.execute(insert(SecondFactor).values(**row, credential_id=credential_id, counter=counter))


def remove(connection: Connection, person_id: int, factor_id: int) -> bool:
    """
    Remove one factor of the person; the recovery codes go with the last one. False: it is not theirs.
    """
    mine = (SecondFactor.person_id == person_id) & (SecondFactor.id == factor_id)
    found = connection.execute(delete(SecondFactor).where(mine)).rowcount == 1
    if found and not factors(connection, person_id):
        connection.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person_id))
    return found


def remove_all(connection: Connection, person_id: int) -> None:
    """
    Forget every factor and recovery code of a person.
    """
    for table in (SecondFactor, RecoveryCode):
        connection.execute(delete(table).where(table.person_id == person_id))


def new_seed() -> str:
    """
    Return a seed of 160 random bits in base32.
    """
    return pyotp.random_base32(32)


def address_of_seed(seed: str, username: str) -> str:
    """
    Return what an authenticator app reads from the QR code.
    """
    return pyotp.TOTP(seed, interval=PERIOD).provisioning_uri(name=username, issuer_name="Saygac")


def step_of_code(seed: str, code: str, now: datetime) -> int | None:
    """
    Return the time step that the code is of: this one, or the one before for those who type slowly; None: neither.
    """
    digits = "".join(letter for letter in code if letter in "0123456789")
    current = int(now.timestamp()) // PERIOD
    clock = pyotp.TOTP(seed, interval=PERIOD)
    fitting = [step for step in (current, current - 1) if hmac.compare_digest(clock.at(step * PERIOD), digits)]
    return fitting[0] if fitting else None


def enrol_code(
    connection: Connection, person_id: int, seal: Seal, sealed: bytes, code: str, now: datetime, name: str = ""
) -> bool:
    """
    Enrol an authenticator app that shows the right code; that code is used up.
    """
    step = step_of_code(seal.open(sealed), code, now)
    if step is None:
        return False
    add(connection, person_id, CODE, name, sealed, now, counter=step)
    return True


def used(connection: Connection, factor: Factor, counter: int, now: datetime) -> None:
    """
    Write down that a security key was used; keys that do not count stay at zero.
    """
    mine = update(SecondFactor).where(SecondFactor.id == factor.id)
    connection.execute(mine.values(counter=max(counter, factor.counter), used_at=now))


def use_code(connection: Connection, enrolled: Sequence[Factor], seal: Seal, code: str, now: datetime) -> bool:
    """
    Take a one-time code of any of the person's apps; each code is taken once.
    """
    for factor in enrolled:
        if factor.kind != CODE:
            continue
        try:
            seed = seal.open(factor.secret)
        except InvalidToken:
            # Sealed with a key that was lost: a copy was brought back without it. Recovery codes still work.
            continue
        step = step_of_code(seed, code, now)
        if step is not None and moved_on(connection, factor.id, step, now):
            return True
    return False


def moved_on(connection: Connection, factor_id: int, counter: int, now: datetime) -> bool:
    """
    Move a factor's counter on; False if it stands there already: somebody used the same proof before.
    """
    behind = (SecondFactor.id == factor_id) & (SecondFactor.counter < counter)
    moved = update(SecondFactor).where(behind).values(counter=counter, used_at=now)
    return connection.execute(moved).rowcount == 1


def new_recovery_codes(connection: Connection, person_id: int) -> list[str]:
    """
    Make new recovery codes in place of the old ones and return them; only their hashes are kept.
    """
    connection.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person_id))
    codes = [f"{secrets.randbelow(10**RECOVERY_DIGITS):0{RECOVERY_DIGITS}}" for _ in range(RECOVERY_CODES)]
    rows = [{"person_id": person_id, "hash": people.hash_password(code)} for code in codes]
    connection.execute(insert(RecoveryCode), rows)
    return ["-".join((code[:4], code[4:8], code[8:])) for code in codes]


def recovery_codes_left(connection: Connection, person_id: int) -> int:
    """
    Return how many recovery codes were not used yet.
    """
    left = select(RecoveryCode.id).where(RecoveryCode.person_id == person_id, RecoveryCode.used_at.is_(None))
    return len(connection.execute(left).all())


def use_recovery_code(connection: Connection, person_id: int, code: str, now: datetime) -> bool:
    """
    Take one of the person's recovery codes; each is taken once.
    """
    digits = "".join(letter for letter in code if letter in "0123456789")
    if len(digits) != RECOVERY_DIGITS:
        return False
    unused = RecoveryCode.used_at.is_(None)
    kept = select(RecoveryCode.id, RecoveryCode.hash).where(RecoveryCode.person_id == person_id, unused)
    for key, hashed in connection.execute(kept).all():
        if people.fits(hashed, digits):
            mine = update(RecoveryCode).where(RecoveryCode.id == key, unused).values(used_at=now)
            return connection.execute(mine).rowcount == 1
    return False
