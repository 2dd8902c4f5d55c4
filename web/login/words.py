"""
What people read about the means of logging in, and about each way in which a log-in ends without an identity.

Each refusal says what happened and what to do next. No sentence tells which service or protocol was behind it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l


@dataclass(frozen=True)
class MeansWords:
    """
    How a means is offered.
    """

    #: on the page of choice, and heading of its own page
    title: object
    #: what will happen, and what one needs
    about: object
    #: button that begins
    begin: object


@dataclass(frozen=True)
class RefusalWords:
    """
    Why there was no log-in, and what to do.
    """

    heading: object
    advice: object


MEANS: Mapping[str, MeansWords] = {
    "e-imza": MeansWords(
        _l("Elektron imza ilə daxil olmaq"),
        _l("Kartı və ya tokeni kompüterə qoşun. Brauzer sertifikatı seçməyi və PIN kodu yazmağı təklif edəcək."),
        _l("Davam et"),
    ),
    "asan-imza": MeansWords(
        _l("Asan imza ilə daxil olmaq"),
        _l("Telefonunuz yanınızda olsun: təsdiq sorğusu ona gələcək."),
        _l("Davam et"),
    ),
    "e-gov": MeansWords(
        _l("Elektron hökumət sistemi tərəfindən vətəndaşa verilmiş istifadəçi adı və şifrə ilə daxil olmaq"),
        _l(
            "Dövlətin portalına keçəcəksiniz. Elektron hökumətin verdiyi istifadəçi adı və şifrəni yalnız orada yazın; "
            "bu sayt onları görmür. Girişdən sonra buraya qayıdacaqsınız."
        ),
        _l("Portala keç"),
    ),
    "password": MeansWords(_l("İstifadəçi adı və şifrə ilə daxil olmaq"), "", _l("Daxil ol")),
}

_AGAIN = _l("Yenidən cəhd edin və ya başqa giriş vasitəsini seçin.")
_OTHER = _l("Başqa giriş vasitəsini seçin.")
_OPERATOR = _l("Operatorunuza müraciət edin və ya başqa giriş vasitəsini seçin.")
_FROM_HERE = _l("Girişə bu səhifədən yenidən başlayın.")
_LATER = _l("Bir qədər sonra yenidən cəhd edin və ya başqa giriş vasitəsini seçin.")
_NO_LOG_IN = _l("Giriş təsdiqlənmədi")

REFUSALS: Mapping[str, RefusalWords] = {
    "cancelled": RefusalWords(_l("Giriş ləğv edildi"), _AGAIN),
    "timed_out": RefusalWords(_l("Giriş vaxtında təsdiq edilmədi"), _AGAIN),
    "phone_absent": RefusalWords(
        _l("Telefon şəbəkədən kənardadır"),
        _l("Telefonun yandırıldığını və şəbəkəni yoxlayın, sonra yenidən cəhd edin."),
    ),
    "not_a_client": RefusalWords(
        _l("Bu nömrə üzrə Asan İmza aktiv deyil"), _l("Nömrəni və istifadəçi İD-ni yoxlayın və yenidən cəhd edin.")
    ),
    "delivery_failed": RefusalWords(_l("Telefona sorğu göndərilmədi"), _AGAIN),
    "sim_error": RefusalWords(_l("SIM kartda xəta baş verdi"), _OPERATOR),
    "signature_mismatch": RefusalWords(_l("Asan İmza ilə giriş alınmadı"), _OPERATOR),
    "extension_missing": RefusalWords(
        _l("Web eID genişlənməsi cavab vermir"),
        _l("Web eID proqramını və brauzer genişlənməsini quraşdırın, sonra yenidən cəhd edin."),
    ),
    "no_certificate": RefusalWords(
        _l("Sertifikat seçilmədi"), _l("Kartın və ya tokenin qoşulduğunu yoxlayın, sonra yenidən cəhd edin.")
    ),
    "wrong_password": RefusalWords(_l("İstifadəçi adı və ya şifrə düzgün deyil"), _AGAIN),
    "certificate_expired": RefusalWords(
        _l("Sertifikatınızın müddəti bitib"), _l("Sertifikatı yeniləyin və ya başqa giriş vasitəsini seçin.")
    ),
    "certificate_not_yet_valid": RefusalWords(
        _l("Sertifikatınız hələ qüvvəyə minməyib"), _l("Sertifikatın tarixini yoxlayın və ya başqa vasitə seçin.")
    ),
    "certificate_revoked": RefusalWords(
        _l("Sertifikatınız ləğv edilib"), _l("Yeni sertifikat alın və ya başqa giriş vasitəsini seçin.")
    ),
    "wrong_usage": RefusalWords(
        _l("Bu sertifikat giriş üçün deyil"), _l("Giriş (autentifikasiya) sertifikatını seçib yenidən cəhd edin.")
    ),
    "inactive_account": RefusalWords(
        _l("Bu hesab aktiv deyil"), _l("Hesabı verən quruma müraciət edin və ya başqa giriş vasitəsini seçin.")
    ),
    "wrong_person": RefusalWords(
        _l("Cavab başqa şəxsin adından gəldi"), _l("Öz nömrənizi və istifadəçi İD-nizi yazıb yenidən cəhd edin.")
    ),
    "number_of_another": RefusalWords(
        _l("Bu nömrə ilə əvvəllər başqa şəxs daxil olub"),
        _l("Nömrə indi sizindirsə, 955-ə zəng edin: yoxlamadan sonra giriş açılacaq."),
    ),
    "wrong_issuer": RefusalWords(_l("Kimliyinizi təsdiq edən mərkəz tanınmır"), _OTHER),
    "not_trusted": RefusalWords(_l("Sertifikatınız bu xidmətdə qəbul edilmir"), _OTHER),
    "bad_signature": RefusalWords(_NO_LOG_IN, _AGAIN),
    "wrong_origin": RefusalWords(_l("Giriş başqa saytda təsdiqlənib"), _FROM_HERE),
    "state_mismatch": RefusalWords(_l("Giriş başqa pəncərədə və ya başqa brauzerdə başlanıb"), _FROM_HERE),
    "nonce_mismatch": RefusalWords(_NO_LOG_IN, _FROM_HERE),
    "token_expired": RefusalWords(_l("Girişin təsdiqinin vaxtı keçib"), _FROM_HERE),
    "used_twice": RefusalWords(_l("Bu giriş artıq istifadə olunub"), _FROM_HERE),
    "unreadable_answer": RefusalWords(_l("Giriş xidmətindən aydın cavab gəlmədi"), _LATER),
    "identity_incomplete": RefusalWords(
        _l("Giriş xidməti FİN kodunuzu və ya adınızı bildirmədi"),
        _l("Başqa giriş vasitəsini seçin və ya 955-ə zəng edin."),
    ),
    "service_down": RefusalWords(_l("Bu giriş vasitəsi hazırda işləmir"), _LATER),
    "revocation_unknown": RefusalWords(_l("Sertifikatın qüvvədə olduğunu yoxlamaq hazırda mümkün deyil"), _LATER),
    "not_set_up": RefusalWords(_l("Bu giriş vasitəsi bu quraşdırmada hələ işləmir"), _OTHER),
    "not_allowed_here": RefusalWords(_l("Bu hesabla belə daxil olmaq mümkün deyil"), _OTHER),
}


def refusal(code: str) -> RefusalWords | None:
    """
    Return the words of a refusal, or None for a code that does not exist.
    """
    return REFUSALS.get(code)
