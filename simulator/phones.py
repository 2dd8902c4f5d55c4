"""
The telephones: one signature session for each request that reaches one, whichever service sent it.

A session is answered by itself after some seconds, as the control page wishes, or by hand on the page of the phone.
"""

from __future__ import annotations

import base64
import secrets
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature

from simulator.answers import Answer, Wish
from simulator.certificates import Held
from simulator.persons import Person
from simulator.pki import Condition, Pki, Use

#: sessions are forgotten then. Source: SK-EID/MID, 3.3.4
LIFE = timedelta(minutes=5)
#: a phone that nobody answers by hand gives up then
RINGS = timedelta(minutes=2)
_CONDITIONS = {
    Answer.REVOKED: Condition.REVOKED,
    Answer.EXPIRED: Condition.EXPIRED,
    Answer.WRONG_ISSUER: Condition.STRANGER,
}
#: answers by which the phone signs
SIGNING = {
    Answer.SUCCEED,
    Answer.SLOW,
    Answer.BAD_SIGNATURE,
    Answer.WRONG_PERSON,
    Answer.REVOKED,
    Answer.EXPIRED,
    Answer.WRONG_ISSUER,
}


@dataclass(frozen=True)
class Signed:
    """
    What a phone gives back.
    """

    #: Base64 of the certificate's DER
    certificate: str
    #: Base64 of r‖s of the curve's length, as phones give it
    signature: str


@dataclass
class Session:
    """
    A request on its way to a telephone and back.
    """

    id: str
    #: None: the telephone and the identifier don't belong together
    person: Person | None
    hash: bytes
    algorithm: hashes.HashAlgorithm
    text: str
    wish: Wish
    begun: datetime
    #: what was answered by hand
    by_hand: Answer | None = None
    answered: threading.Event = field(default_factory=threading.Event)

    @property
    def code(self) -> str:
        """
        Verification code that the phone shows. Source: SK-EID/MID, 2.4.1.
        """
        return f"{((self.hash[0] >> 2) << 7) | (self.hash[-1] & 0x7F):04d}"

    def outcome(self, now: datetime) -> Answer | None:
        """
        Return how the session ended, or None while it runs.
        """
        if self.person is None:
            return Answer.NOT_A_CLIENT
        if self.wish.answer is Answer.BY_HAND:
            return self.by_hand or (Answer.TIME_OUT if now > self.begun + RINGS else None)
        return self.wish.answer if self.remaining(now) <= 0 else None

    def remaining(self, now: datetime) -> float:
        """
        Return the seconds until the answer comes by itself.
        """
        return self.wish.seconds - (now - self.begun).total_seconds()


class Phones:
    """
    All sessions; threads may share it.
    """

    def __init__(self, pki: Pki, persons: Sequence[Person], clock: Callable[[], datetime]) -> None:
        self._pki = pki
        self._persons = persons
        self._clock = clock
        self._lock = threading.Lock()
        self._sessions: dict[str, Session] = {}

    def ring(
        self, person: Person | None, digest: bytes, algorithm: hashes.HashAlgorithm, text: str, wish: Wish
    ) -> Session:
        """
        Send `digest` to the person's phone.

        Args:
            algorithm: that made the digest.
            text: shown on the phone.
        """
        now = self._clock()
        session = Session(secrets.token_hex(16), person, digest, algorithm, text, wish, now)
        with self._lock:
            self._sessions = {id_: one for id_, one in self._sessions.items() if one.begun > now - LIFE}
            self._sessions[session.id] = session
        return session

    def find(self, session_id: str) -> Session | None:
        """
        Return a session that is not older than five minutes, or None.
        """
        with self._lock:
            session = self._sessions.get(session_id)
        return session if session is not None and session.begun > self._clock() - LIFE else None

    def ringing(self) -> list[Session]:
        """
        List the sessions that wait for an answer by hand, newest first.
        """
        with self._lock:
            found = list(self._sessions.values())
        waiting = [one for one in found if one.wish.answer is Answer.BY_HAND and one.by_hand is None and one.person]
        return [one for one in reversed(waiting) if one.begun > self._clock() - LIFE]

    def answer(self, session: Session, answer: Answer) -> None:
        """
        Answer by hand.
        """
        session.by_hand = answer
        session.answered.set()

    def wait(self, session: Session, seconds: float) -> Answer | None:
        """
        Wait at most `seconds` for the outcome of a session; None: it still runs.
        """
        if session.outcome(self._clock()) is None:
            if session.wish.answer is Answer.BY_HAND:
                session.answered.wait(seconds)
            else:
                session.answered.wait(min(seconds, session.remaining(self._clock()) + 0.01))
        return session.outcome(self._clock())

    def sign(self, session: Session, outcome: Answer) -> Signed:
        """
        Sign the session's digest with the key that `outcome` asks for.
        """
        assert session.person is not None
        held = self.certificate(session.person, outcome)
        digest = bytes(len(session.hash)) if outcome is Answer.BAD_SIGNATURE else session.hash
        return Signed(held.text, base64.b64encode(raw_signature(held, digest, session.algorithm)).decode())

    def certificate(self, person: Person, outcome: Answer) -> Held:
        """
        Return the certificate and key on a person's phone; with `WRONG_PERSON` those of somebody else.
        """
        if outcome is Answer.WRONG_PERSON:
            person = next(other for other in self._persons if other != person)
        return self._pki.of(person, Use.MOBILE, _CONDITIONS.get(outcome, Condition.GOOD))


def raw_signature(held: Held, digest: bytes, algorithm: hashes.HashAlgorithm) -> bytes:
    """
    Sign a digest and return r‖s, both of the curve's length, instead of DER.
    """
    size = (held.key.curve.key_size + 7) // 8
    r, s = decode_dss_signature(held.key.sign(digest, ec.ECDSA(Prehashed(algorithm))))
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")
