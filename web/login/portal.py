"""
The electronic government's portal: OpenID Connect, authorization code flow.

User name and password are typed at the portal. Its tokens are used once and kept nowhere. Endpoints, claims, nonce and
PKCE are settings: no discovery document of the state's portal is public. Source: OpenID Connect Core 1.0; RFC 6749,
7636 (PKCE), 9207 (issuer in the answer), 9700 (best practice).
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote_plus, urlencode, urlsplit

from stdnum.az import voen

from engine.clock import Clock
from engine.means import PortalSettings
from web.login.calls import Answer, Caller, ServiceUnreachable
from web.login.port import Attempt, Entity, Identity, LogInRefused, Name, Question, Redirect, callback_path
from web.login.tokens import PATIENCE, Keys, TokenCheck, at, read_json

_FIN = re.compile(r"[0-9A-HJ-NP-Z]{7}")
#: longest name that is believed
LONGEST_NAME = 200
MOST_ENTITIES = 50
#: errors of the portal that mean something to the person. Source: RFC 6749, 4.1.2.1
_ERRORS = {
    "access_denied": "cancelled",
    "login_required": "cancelled",
    "server_error": "service_down",
    "temporarily_unavailable": "service_down",
}
_YES = (True, 1, "1", "true")


class Portal:
    """
    The adapter of the portal.
    """

    name: Name = "e-gov"

    def __init__(self, settings: PortalSettings, base_url: str, caller: Caller, clock: Clock) -> None:
        self._settings = settings
        self._caller = caller
        self._clock = clock
        self.redirect_uri = base_url + callback_path(self.name)
        parts = urlsplit(settings.authorize_url)
        self.origins: tuple[str, ...] = (f"{parts.scheme}://{parts.netloc}",)
        self._keys = Keys(settings.keys_url, caller, clock)
        self._check = TokenCheck(
            self._keys,
            issuer=settings.issuer,
            client_id=settings.client_id,
            algorithms=settings.algorithms,
            skew=settings.skew,
        )

    def available(self) -> str | None:
        """
        Whether the portal answers is known only when it is called.
        """
        return None

    def asks(self, typed: Mapping[str, str] | None = None) -> tuple[Question, ...]:
        """
        Nothing is typed at our pages.
        """
        return ()

    def limited_by(self, typed: Mapping[str, str]) -> None:
        """
        The portal counts its own tries.
        """

    def start(self, attempt: Attempt, typed: Mapping[str, str]) -> Redirect:
        """
        Send the browser to the portal, if the portal answers at all.
        """
        self._keys.current()
        query = {
            "response_type": "code",
            "client_id": self._settings.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": self._settings.scope,
            "state": attempt.state,
        }
        if self._settings.nonce:
            query["nonce"] = attempt.data["nonce"] = secrets.token_urlsafe(32)
        if self._settings.pkce:
            attempt.data["verifier"] = secrets.token_urlsafe(48)
            query["code_challenge"] = _challenge(attempt.data["verifier"])
            query["code_challenge_method"] = "S256"
        joint = "&" if urlsplit(self._settings.authorize_url).query else "?"
        return Redirect(f"{self._settings.authorize_url}{joint}{urlencode(query)}")

    def poll(self, attempt: Attempt, seconds: float) -> Identity | None:
        """
        Nothing is waited for: the browser brings the answer.
        """
        return None

    def finish(self, attempt: Attempt, answer: Mapping[str, str]) -> Identity:
        """
        Exchange the code, check the token, and read who the person is and for whom they may act.
        """
        if "error" in answer:
            raise LogInRefused(_ERRORS.get(answer["error"], "unreadable_answer"), "the portal's answer is an error")
        if answer.get("iss", self._settings.issuer) != self._settings.issuer:
            raise LogInRefused("wrong_issuer", "issuer of the answer")
        if not answer.get("code"):
            raise LogInRefused("unreadable_answer", "no code")
        tokens = self._exchange(answer["code"], attempt)
        claims = self._check.claims(_text(tokens, "id_token"), self._nonce(attempt), self._clock.now())
        if self._settings.active and at(claims, self._settings.active) not in _YES:
            raise LogInRefused("inactive_account")
        entities = self._entities(_text(tokens, "access_token")) if self._settings.entities_url else ()
        return self._identity(claims, entities)

    def cancel(self, attempt: Attempt) -> None:
        """
        The portal is not told: the code that it may still give is never exchanged.
        """

    def _nonce(self, attempt: Attempt) -> str | None:
        if not self._settings.nonce:
            return None
        nonce: str = attempt.data["nonce"]
        return nonce

    def _exchange(self, code: str, attempt: Attempt) -> Mapping[str, Any]:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": self.redirect_uri}
        if self._settings.pkce:
            form["code_verifier"] = attempt.data["verifier"]
        answer = self._call(self._settings.token_url, form, f"Basic {self._client()}")
        if answer.status == 400 and at(read_json(answer.content), "error") == "invalid_grant":
            raise LogInRefused("timed_out", "the portal no longer knows the code")
        if answer.status in {400, 401, 403}:
            raise LogInRefused("service_down", f"the portal refuses this installation: status {answer.status}")
        tokens = _read(answer)
        if not isinstance(tokens, dict):
            raise LogInRefused("unreadable_answer", "tokens")
        return tokens

    def _client(self) -> str:
        pair = f"{quote_plus(self._settings.client_id)}:{quote_plus(self._settings.client_secret)}"
        return base64.b64encode(pair.encode()).decode()

    def _call(self, url: str, form: Mapping[str, str] | None, authorization: str) -> Answer:
        try:
            return self._caller.send(
                url,
                None if form is None else urlencode(form).encode(),
                patience=PATIENCE,
                content_type="application/x-www-form-urlencoded",
                headers={"Accept": "application/json", "Authorization": authorization},
            )
        except ServiceUnreachable as silent:
            raise LogInRefused("service_down", str(silent)) from None

    def _entities(self, access_token: str) -> tuple[Entity, ...]:
        if not re.fullmatch(r"[A-Za-z0-9\-._~+/]+=*", access_token):
            raise LogInRefused("unreadable_answer", "access token")
        rows = _read(self._call(self._settings.entities_url, None, f"Bearer {access_token}"))
        if not isinstance(rows, list):
            raise LogInRefused("unreadable_answer", "list of entities")
        found: dict[str, Entity] = {}
        for row in rows[:MOST_ENTITIES]:
            number, name = at(row, self._settings.entity_voen), at(row, self._settings.entity_name)
            if isinstance(number, str) and voen.is_valid(number):
                number = voen.compact(number)
                found.setdefault(number, Entity(number, _name(name) or number))
        return tuple(found.values())

    def _identity(self, claims: Mapping[str, Any], entities: tuple[Entity, ...]) -> Identity:
        told = self._settings
        fin = at(claims, told.fin)
        given_name, surname = _name(at(claims, told.given_name)), _name(at(claims, told.surname))
        if not isinstance(fin, str) or not _FIN.fullmatch(fin) or not given_name or not surname:
            raise LogInRefused("identity_incomplete", "claims of the token")
        patronymic = _name(at(claims, told.patronymic))
        return Identity(fin, given_name, surname, patronymic, self.name, "substantial", entities)


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _read(answer: Answer) -> Any:
    if answer.status != 200:
        raise LogInRefused("service_down", f"status {answer.status}")
    return read_json(answer.content)


def _text(tokens: Mapping[str, Any], name: str) -> str:
    found = tokens.get(name)
    if not isinstance(found, str) or not found:
        raise LogInRefused("unreadable_answer", name)
    return found


def _name(found: object) -> str:
    """Return a name without control characters, or an empty text for anything else."""
    if not isinstance(found, str):
        return ""
    return " ".join("".join(letter for letter in found if letter.isprintable()).split())[:LONGEST_NAME]
