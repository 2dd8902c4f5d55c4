"""
What each service is to answer next, as the control page sets it.

A wish holds for one log-in or until it is changed; every service asks for it once for each log-in.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Self


class Service(StrEnum):
    """
    What can be told to misbehave.
    """

    MOBILE = "mobile"
    OCSP = "ocsp"
    PORTAL = "portal"
    CARD = "card"


class Answer(StrEnum):
    """
    How a service answers.
    """

    SUCCEED = "succeed"
    BY_HAND = "by_hand"
    CANCEL = "cancel"
    TIME_OUT = "time_out"
    PHONE_ABSENT = "phone_absent"
    NOT_A_CLIENT = "not_a_client"
    DELIVERY_ERROR = "delivery_error"
    SIM_ERROR = "sim_error"
    HASH_MISMATCH = "hash_mismatch"
    BAD_SIGNATURE = "bad_signature"
    WRONG_PERSON = "wrong_person"
    REVOKED = "revoked"
    EXPIRED = "expired"
    WRONG_ISSUER = "wrong_issuer"
    UNKNOWN = "unknown"
    STALE = "stale"
    WRONG_NONCE = "wrong_nonce"
    WRONG_STATE = "wrong_state"
    INACTIVE = "inactive"
    NEW_KEY = "new_key"
    DOWN = "down"
    SLOW = "slow"


#: service -> what it can do, as the control page says it
OFFERED: Mapping[Service, Mapping[Answer, str]] = {
    Service.MOBILE: {
        Answer.SUCCEED: "Uğurlu: telefonda təsdiq edilir",
        Answer.BY_HAND: "Telefonda özüm cavab verirəm",
        Answer.CANCEL: "Telefonda ləğv edilir",
        Answer.TIME_OUT: "Vaxtında təsdiq edilmir",
        Answer.PHONE_ABSENT: "Telefon şəbəkədən kənardadır",
        Answer.NOT_A_CLIENT: "Bu nömrədə Asan İmza yoxdur",
        Answer.DELIVERY_ERROR: "Sorğu telefona çatmır",
        Answer.SIM_ERROR: "SIM kartda xəta",
        Answer.HASH_MISMATCH: "SIM kart başqa məlumatı imzalayır",
        Answer.BAD_SIGNATURE: "İmza səhvdir",
        Answer.WRONG_PERSON: "Başqa şəxs imzalayır",
        Answer.REVOKED: "Sertifikat ləğv edilib",
        Answer.EXPIRED: "Sertifikatın müddəti bitib",
        Answer.WRONG_ISSUER: "Sertifikatı tanınmayan mərkəz verib",
        Answer.DOWN: "Xidmət işləmir",
        Answer.SLOW: "Gec cavab verir",
    },
    Service.OCSP: {
        Answer.SUCCEED: "Düzgün cavab",
        Answer.REVOKED: "Hər sertifikat ləğv edilib",
        Answer.UNKNOWN: "Heç bir sertifikatı tanımır",
        Answer.STALE: "Köhnəlmiş cavab",
        Answer.WRONG_NONCE: "Başqa sorğunun cavabı (nonce səhvdir)",
        Answer.BAD_SIGNATURE: "Cavabın imzası səhvdir",
        Answer.WRONG_ISSUER: "Cavabı səlahiyyəti olmayan imzalayır",
        Answer.DOWN: "Xidmət işləmir",
        Answer.SLOW: "Gec cavab verir",
    },
    Service.PORTAL: {
        Answer.SUCCEED: "Uğurlu",
        Answer.CANCEL: "İstifadəçi imtina edir",
        Answer.TIME_OUT: "Birdəfəlik kodun müddəti bitib",
        Answer.WRONG_PERSON: "Başqa girişin cavabı (nonce başqadır)",
        Answer.WRONG_STATE: "Qayıdışda state səhvdir",
        Answer.INACTIVE: "Hesab aktiv deyil",
        Answer.REVOKED: "İmza açarı geri götürülüb",
        Answer.NEW_KEY: "İmza açarı indicə dəyişib (uğurlu)",
        Answer.BAD_SIGNATURE: "Tokenin imzası səhvdir",
        Answer.EXPIRED: "Tokenin müddəti bitib",
        Answer.WRONG_ISSUER: "Tokeni başqası verib",
        Answer.DOWN: "Xidmət işləmir",
        Answer.SLOW: "Gec cavab verir",
    },
    Service.CARD: {
        Answer.SUCCEED: "Uğurlu",
        Answer.CANCEL: "İstifadəçi kartını vermir",
        Answer.BAD_SIGNATURE: "İmza səhvdir (Web eID)",
        Answer.WRONG_PERSON: "Başqa şəxsin kartı taxılıb",
        Answer.REVOKED: "Sertifikat ləğv edilib",
        Answer.EXPIRED: "Sertifikatın müddəti bitib",
        Answer.WRONG_ISSUER: "Sertifikatı tanınmayan mərkəz verib",
        Answer.DOWN: "Kart oxuyucu işləmir",
        Answer.SLOW: "Gec cavab verir",
    },
}

#: seconds that a slow service takes; longer than clients wait for OCSP, shorter than people wait for a phone
SLOW_SECONDS = {Service.MOBILE: 20.0, Service.OCSP: 7.0, Service.PORTAL: 4.0, Service.CARD: 4.0}
#: seconds until somebody has found the phone and entered the PIN
PHONE_SECONDS = 4.0
_LONGEST = 300.0


class WishRefused(ValueError):
    """
    No such service, or it can't answer so.
    """


@dataclass(frozen=True)
class Wish:
    """
    What a service is to answer.
    """

    answer: Answer
    #: True: for one log-in, after which the service succeeds again
    once: bool
    #: until it answers
    seconds: float

    @classmethod
    def plain(cls, service: Service) -> Self:
        """
        Return what a service does if nobody wishes anything.
        """
        return cls(Answer.SUCCEED, False, PHONE_SECONDS if service is Service.MOBILE else 0.0)


class Wishes:
    """
    The wish of each service; threads may share it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wishes = {service: Wish.plain(service) for service in Service}
        #: whose card lies in the reader of the Web eID extension: user name; None: the first person's
        self.inserted: str | None = None

    def set(self, service: str, answer: str, *, once: bool = False, seconds: float | None = None) -> Wish:
        """
        Set what `service` answers from now on.

        Args:
            seconds: until it answers; what suits the answer when not given.

        Raises:
            WishRefused: no such service, the service has no such answer, or it would take too long.
        """
        if service not in set(Service) or answer not in OFFERED[Service(service)]:
            raise WishRefused(f"{service} can't answer {answer}.")
        if seconds is not None and not 0 <= seconds <= _LONGEST:
            raise WishRefused(f"seconds must be from 0 to {_LONGEST:.0f}.")
        wish = Wish(Answer(answer), once, _usual_seconds(service, answer) if seconds is None else seconds)
        with self._lock:
            self._wishes[Service(service)] = wish
        return wish

    def reset(self) -> None:
        """
        Let every service succeed.
        """
        with self._lock:
            self._wishes = {service: Wish.plain(service) for service in Service}

    def peek(self, service: Service) -> Wish:
        """
        Return the wish without using it up.
        """
        with self._lock:
            return self._wishes[service]

    def take(self, service: Service) -> Wish:
        """
        Return the wish for one log-in and use it up if it was for one.
        """
        with self._lock:
            wish = self._wishes[service]
            if wish.once:
                self._wishes[service] = Wish.plain(service)
            return wish


def _usual_seconds(service: str, answer: str) -> float:
    if answer == Answer.SLOW:
        return SLOW_SECONDS[Service(service)]
    return Wish.plain(Service(service)).seconds
