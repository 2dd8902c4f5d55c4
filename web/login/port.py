"""
The port of the log-in: what every means takes and gives, and the ways in which a log-in ends without an identity.

Nothing here knows a protocol, a page or a table. The pages keep the attempt, ask the questions and open the session;
a means only proves who the person is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

#: electronic signature (card or token), mobile signature, the state's portal, a local account
Name = Literal["e-imza", "asan-imza", "e-gov", "password"]
#: Source: Regulation (EU) 910/2014, article 8
Assurance = Literal["low", "substantial", "high"]


@dataclass(frozen=True)
class Entity:
    """
    A legal person for whom somebody may act.
    """

    #: tax number, 10 digits
    voen: str
    name: str


@dataclass(frozen=True)
class Identity:
    """
    Who a person was proved to be. Everything comes from a verified certificate, token or account, nothing was typed.
    """

    #: personal identification number, 7 letters and digits; None only for a local account without one
    fin: str | None
    given_name: str
    surname: str
    patronymic: str
    means: Name
    assurance: Assurance
    #: whom the person may act for; empty: only for themselves
    entities: tuple[Entity, ...] = ()
    #: serial number of the certificate, hexadecimal
    certificate: str | None = None
    #: the person's row, where the means is a local account; else the FIN finds it
    person_id: int | None = None


@dataclass
class Attempt:
    """
    One try to log in, as a means sees it. It is a row: every step may happen in another process.
    """

    #: random, 256 bits; may travel in a URL, as OpenID Connect's `state` does
    state: str
    means: str
    expires_at: datetime
    #: the means' own: JSON values. Changes made during a call are stored after it; no page or log shows them
    data: dict[str, Any] = field(default_factory=dict)
    #: what the waiting page shows; the pages keep it
    code: str = ""


@dataclass(frozen=True)
class Redirect:
    """
    The browser goes there and comes back to `callback_path` of this means, with the attempt's `state` among the
    parameters. The pages compare it before they consume the attempt; `finish` gets all parameters.
    """

    url: str


@dataclass(frozen=True)
class Code:
    """
    A code to compare. The waiting page shows it before anything reaches the phone: the first `poll` makes it ring.
    """

    text: str


@dataclass(frozen=True)
class Question:
    """
    One field of a form.
    """

    name: str
    label: str
    hint: str = ""
    value: str = ""
    error: str = ""
    autocomplete: str = "off"
    inputmode: str = "text"
    #: of the field, in characters: 2, 3, 4, 5, 10, 20 or 30. The browser does not cut at it
    width: int = 20
    kind: Literal["text", "password", "hidden"] = "text"


@dataclass(frozen=True)
class Ask:
    """
    A form that the browser fills in by a script, once; what it sends goes to `finish`.
    """

    questions: tuple[Question, ...]
    #: module under static/js that fills the fields in
    script: str
    #: what the module is given, as data attributes of the form
    script_data: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Account:
    """
    A secret is guessed at: tries are counted for each account.
    """

    name: str


@dataclass(frozen=True)
class Telephone:
    """
    A telephone rings: rings are counted for the number, and for the person whose telephone it is said to be.
    """

    number: str
    #: as typed: FIN or user id
    owner: str


class Means(Protocol):
    """
    A way to prove who one is. Implementations hold no state of an attempt: any process serves any step.
    """

    name: Name
    #: origins, like https://host:port, to which `start` may send the browser
    origins: tuple[str, ...]

    def available(self) -> str | None:
        """
        Return None if the means can be used now, else the code of a refusal. Must not wait for a network.
        """
        ...

    def asks(self, typed: Mapping[str, str] | None = None) -> tuple[Question, ...]:
        """
        Return the fields that are filled in before it begins, in the reader's language; empty: one button is enough.

        Args:
            typed: what was typed into them; they come back with it, and with what is wrong with each. The pages
                begin only when nothing is wrong.
        """
        ...

    def limited_by(self, typed: Mapping[str, str]) -> Account | Telephone | None:
        """
        Name what this try is counted against beside the address; None: nothing more.

        Args:
            typed: with nothing wrong in it.
        """
        ...

    def start(self, attempt: Attempt, typed: Mapping[str, str]) -> Redirect | Code | Ask | Identity:
        """
        Begin with what was typed into the fields of `asks`, in which nothing is wrong. An identity: proved at once.

        Raises:
            LogInRefused: the means can't begin.
        """
        ...

    def poll(self, attempt: Attempt, seconds: float) -> Identity | None:
        """
        Ask for the answer, waiting at most `seconds`; None: still waiting. One call at a time for one attempt.

        Raises:
            LogInRefused: the answer is a refusal, or proves nothing.
        """
        ...

    def finish(self, attempt: Attempt, answer: Mapping[str, str]) -> Identity:
        """
        Check what came back through the browser. The attempt has been consumed before: it is called once.

        Args:
            answer: the callback's parameters, or the fields of a final form.

        Raises:
            LogInRefused: the answer is a refusal, or proves nothing.
        """
        ...

    def cancel(self, attempt: Attempt) -> None:
        """
        Give the attempt up; tell the service if it wants to know. Never raises for a service that is down.
        """
        ...


def callback_path(means: str) -> str:
    """
    Return the path to which the browser comes back from another host.
    """
    return f"/giris/qayit/{means}"


#: ways in which a log-in ends without an identity; `web/login/words.py` has the sentences of each
CODES = frozenset(
    {
        # the person
        "cancelled",
        "timed_out",
        "phone_absent",
        "not_a_client",
        "delivery_failed",
        "sim_error",
        "signature_mismatch",
        "extension_missing",
        "no_certificate",
        "wrong_password",
        # what the person holds
        "certificate_expired",
        "certificate_not_yet_valid",
        "certificate_revoked",
        "wrong_usage",
        "inactive_account",
        # the proof does not hold
        "wrong_person",
        "number_of_another",
        "wrong_issuer",
        "not_trusted",
        "bad_signature",
        "wrong_origin",
        "state_mismatch",
        "nonce_mismatch",
        "token_expired",
        "used_twice",
        "unreadable_answer",
        "identity_incomplete",
        # the service or this installation
        "service_down",
        "revocation_unknown",
        "not_set_up",
        "not_allowed_here",
    }
)


class LogInRefused(Exception):
    """
    A log-in that ends without an identity.

    Args:
        code: one of `CODES`; people read its sentences, never the technical reason.
        detail: for the log only: no name, number, token or other text from outside.
    """

    def __init__(self, code: str, detail: str = "") -> None:
        if code not in CODES:
            raise ValueError(f"{code} has no words.")
        super().__init__(code)
        self.code = code
        self.detail = detail
