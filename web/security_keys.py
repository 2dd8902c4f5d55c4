"""
Security keys and passkeys (WebAuthn) as a second factor: what the browser is asked, and the check of its answer.

A challenge is random, kept on the server and used once. Source: W3C Web Authentication Level 2, 7.1 and 7.2.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import webauthn
from flask import request
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import PublicKeyCredentialDescriptor
from webauthn.registration.verify_registration_response import VerifiedRegistration

from web.second_factor import KEY, Factor
from web.services import services


def available() -> bool:
    """
    Tell whether keys can be used: they are bound to a name, which an address in digits is not.
    """
    try:
        ipaddress.ip_address(_host())
    except ValueError:
        return True
    return False


def enrolment(person_id: int, username: str, enrolled: Sequence[Factor]) -> tuple[str, dict[str, Any]]:
    """
    Return a challenge to keep, and what the browser is asked to make a key for this person.
    """
    options = webauthn.generate_registration_options(
        rp_id=_host(),
        rp_name="Saygac",
        user_id=person_id.to_bytes(8, "big"),
        user_name=username,
        exclude_credentials=_known(enrolled),
    )
    return bytes_to_base64url(options.challenge), json.loads(webauthn.options_to_json(options))


def enrolled_key(answer: str, challenge: str) -> VerifiedRegistration | None:
    """
    Return the key that the browser made, None if the answer proves nothing.
    """
    try:
        return webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=_host(),
            expected_origin=_origin(),
        )
    except WebAuthnException:
        return None


def question(enrolled: Sequence[Factor]) -> tuple[str, dict[str, Any]]:
    """
    Return a challenge to keep, and what the browser is asked to have one of the person's keys sign.
    """
    options = webauthn.generate_authentication_options(rp_id=_host(), allow_credentials=_known(enrolled))
    return bytes_to_base64url(options.challenge), json.loads(webauthn.options_to_json(options))


def used_key(answer: str, challenge: str, enrolled: Sequence[Factor]) -> tuple[Factor, int] | None:
    """
    Return the key that signed and its new sign count, None if the answer proves nothing.
    """
    try:
        signed = webauthn.helpers.parse_authentication_credential_json(answer)
        factor = next((own for own in enrolled if own.kind == KEY and own.credential_id == signed.raw_id), None)
        if factor is None:
            return None
        verified = webauthn.verify_authentication_response(
            credential=signed,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=_host(),
            expected_origin=_origin(),
            credential_public_key=factor.secret,
            credential_current_sign_count=factor.counter,
        )
    except WebAuthnException:
        return None
    return factor, verified.new_sign_count


def _known(enrolled: Sequence[Factor]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=own.credential_id) for own in enrolled if own.credential_id is not None]


def _origin() -> str:
    settings = services().settings
    # The demonstration is reached by whatever name the machine has.
    return request.host_url.rstrip("/") if settings.demo else settings.base_url


def _host() -> str:
    return urlsplit(_origin()).hostname or ""
