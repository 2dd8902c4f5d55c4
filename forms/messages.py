"""
Keep the sentences about wrong answers and wrong form files, in Azerbaijani, by error code.

Each says what to do. Values enter by `{name}`; no suffix is ever put to a value. Translating is the caller's
work.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Protocol

SENTENCES: dict[str, str] = {
    "required": "«{label}» sahəsini doldurun",
    "required_choice": "«{label}»: variantlardan birini seçin",
    "required_choices": "«{label}»: ən azı bir variant seçin",
    "required_checkbox": "Davam etmək üçün «{label}» bəndini işarələyin",
    "required_file": "«{label}»: fayl əlavə edin",
    "required_date": "«{label}»: tarixi daxil edin, məsələn, 27.11.2026",
    "appeared": "«{label}»: bu sahə seçiminizə görə əlavə olundu. Onu yoxlayın və yenidən göndərin",
    "follows_choice": "«{label}»: mətn seçiminizə görə yeniləndi. Onu yoxlayın və yenidən göndərin",
    "control": "«{label}»: mətndəki görünməyən simvollar silindi. Mətni yoxlayın və yenidən göndərin",
    "too_long": "«{label}»: ən çoxu {limit} simvol yazın. Hazırda {count} simvoldur",
    "too_short": "«{label}»: ən azı {limit} simvol yazın",
    "pattern": "«{label}»: izahda göstərilən formada yazın",
    "choice": "«{label}»: siyahıdakı variantlardan birini seçin",
    "number": "«{label}»: rəqəmlə yazın, məsələn, 12,5",
    "whole_number": "«{label}»: tam ədəd yazın, məsələn, 12",
    "reading": "«{label}»: sayğacdakı rəqəmləri yazın, məsələn, 12,345",
    "too_many_places": "«{label}»: vergüldən sonra ən çoxu {places} rəqəm yazın",
    "too_small": "«{label}»: {limit} və ya daha böyük ədəd yazın",
    "too_big": "«{label}»: {limit} və ya daha kiçik ədəd yazın",
    "date": "«{label}»: gün, ay və ili yazın, məsələn, 27.11.2026",
    "date_year": "«{label}»: ili dörd rəqəmlə yazın, məsələn, 27.11.2026",
    "date_unreal": "«{label}»: təqvimdə belə bir gün yoxdur. Tarixi yoxlayın",
    "too_early": "«{label}»: {limit} və ya ondan sonrakı tarixi yazın",
    "too_late": "«{label}»: {limit} və ya ondan əvvəlki tarixi yazın",
    "time": "«{label}»: saat və dəqiqəni yazın, məsələn, 14:30",
    "moment": "«{label}»: tarixi və vaxtı yazın, məsələn, 27.11.2026 14:30",
    "telephone": "Telefon nömrəsini operator və ya şəhər kodu ilə birlikdə yazın, məsələn, 050 123 45 67",
    "email": "Elektron poçt ünvanını tam yazın, məsələn, ad.soyad@mail.az",
    "email_several": "Yalnız bir elektron poçt ünvanı yazın",
    "subscriber_code": "Abonent kodunu qəbzdə göstərildiyi kimi bütöv və yalnız rəqəmlərlə yazın",
    "person_name": "«{label}»: adı hərflərlə, rəqəm və işarələr olmadan yazın",
    "code_letters": "«{label}»: yalnız latın hərfləri (ə, ç, ğ, ö, ş, ü olmadan) və rəqəmlərlə yazın",
    "code": "«{label}»: yalnız latın hərfləri və rəqəmlərlə yazın",
    "meter_number": "Sayğacın nömrəsini gövdəsində göstərildiyi kimi, hərf və rəqəmlərlə yazın (3–30 simvol)",
    "seal_number": "Plombun nömrəsini hərf və rəqəmlərlə yazın. Bu nömrə uyğun deyil: {number}",
    "seal_number_twice": "Eyni plomb nömrəsi iki dəfə yazılıb: {number}",
    "seal_numbers_many": "Ən çoxu {limit} plomb nömrəsi yazın",
    "file_empty": "«{name}» faylı boşdur. Başqa fayl seçin",
    "file_type": "«{name}» faylı bu formatlardan birində olmalıdır: {types}",
    "file_too_big": "«{name}» faylı {limit} MB-dan böyükdür. Daha kiçik fayl seçin",
    "files_too_many": "«{label}»: ən çoxu {limit} fayl əlavə edin",
    "file_failed": "«{name}» faylı yüklənmədi. Yenidən cəhd edin",
}

#: what the release check says to the analyst about a form file
PROBLEMS: dict[str, str] = {
    "schema": "Fayl form-js forması deyil: {reason}",
    "schema_version": "Formanın sxem versiyası ({version}) dəstəklənmir; ən yüksək versiya {highest}",
    "too_large": "Forma çox böyükdür: {what}",
    "component_unknown": "«{type}» komponenti dəstəklənmir",
    "component_id": "Komponentin «id» dəyəri yoxdur və ya təkrarlanır",
    "property_unsupported": "«{property}» xüsusiyyəti dəstəklənmir: {reason}",
    "property_unknown": "«{property}» adlı xüsusiyyət yoxdur",
    "key_missing": "Sahənin açarı (key) yoxdur və ya «{key}» açarı olmaz: latın hərfi, rəqəm və «_» yazın",
    "key_repeated": "«{key}» açarı formada artıq var",
    "label_missing": "Sahənin adı (label) yazılmayıb",
    "kind_unknown": "«{kind}» növü «{type}» komponentinə uyğun deyil",
    "expression": "«{property}» ifadəsi oxunmadı: {reason}",
    "reads_below": "«{property}» ifadəsi formada ondan əvvəl gəlməyən sahəni oxuyur: {names}",
    "text_unsupported": "Mətndə göstərilə bilməyən hissə var: {piece}",
    "bound": "«{property}» həddi oxunmadı: {value}",
    "pattern": "Nümunə (pattern) təhlükəsiz və ya düzgün deyil: {reason}",
    "choices": "Variantlar verilməyib, ya da bir neçə üsulla verilib (values, valuesKey, valuesExpression)",
    "choice_repeated": "«{value}» variantı təkrarlanır",
    "choice_empty": "Variantın dəyəri və ya adı boşdur",
    "default": "İlkin dəyər (defaultValue) sahəyə uyğun deyil: {value}",
    "columns": "Cədvəlin sütunları verilməyib",
    "data_source": "Cədvəlin məlumat mənbəyi (dataSource) verilməyib",
    "image": "Şəklin mənbəyi «/» ilə başlamalı, mətni (alt) isə yazılmalıdır",
    "file_types": "«{accept}» fayl növü tanınmır",
}


class Failing(Protocol):
    """
    Stand for an error at a field: `forms.form.FieldError`.
    """

    @property
    def code(self) -> str:
        """
        Return the stable code.
        """

    @property
    def params(self) -> Mapping[str, object]:
        """
        Return the facts of the sentence; `text` replaces the sentence itself.
        """


def sentence(error: Failing, label: str = "") -> tuple[str, dict[str, object]]:
    """
    Return the sentence to translate and the values for `fill`.

    An error with its own text (a form's `requiredText`, an operation's refusal) keeps it.
    """
    own = error.params.get("text")
    message = own if isinstance(own, str) and own else SENTENCES[error.code]
    return message, {"label": label, **error.params}


def fill(text: str, params: Mapping[str, object]) -> str:
    """
    Return the sentence with its values; a brace that names no value stays as it is.
    """
    return re.sub(r"\{(\w+)\}", lambda match: str(params.get(match[1], match[0])), text)


def texts() -> Iterator[str]:
    """
    Yield every sentence of this module, for the catalogues.
    """
    yield from SENTENCES.values()
    yield from PROBLEMS.values()
