"""
Turn what a person typed into a value, one class per kind of field, and the value back into text.

A kind knows nothing of forms, labels or sentences: it says what is wrong by a code (`messages` has the
words).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Protocol

import email_validator
import phonenumbers

from forms import display

#: country in which a telephone number without a country code is read
REGION = "AZ"
#: years that a date may have; others are slips of the finger
YEARS = range(1900, 2101)
#: seals on one meter
SEALS = 10

Value = str | int | Decimal | bool | list | dict | None


class Refused(Exception):
    """
    Say by a code, and the facts for its sentence, why a text is not accepted.
    """

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


@dataclass(frozen=True)
class Limits:
    """
    Hold the limits of one field, worked out for the case at hand.
    """

    min_length: int = 0
    max_length: int = 200
    pattern: re.Pattern[str] | None = None
    #: smallest and largest number, or first and last day
    least: Decimal | date | None = None
    most: Decimal | date | None = None
    #: digits after the comma; None: as many as `Number.PLACES`
    places: int | None = None


class Kind(Protocol):
    """
    Stand for one kind of field with one text: parse, show in the field, say to a reader.
    """

    def parse(self, text: str, limits: Limits) -> Value:
        """
        Return the value of a cleaned, non-empty text. Raises: Refused.
        """

    def show(self, value: object) -> str:
        """
        Return the text that stands in the field for a value; `parse` reads it back to the same value.
        """

    def say(self, value: object) -> str:
        """
        Return the text by which a reader knows the value.
        """


_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufffe\uffff]")
_EDGES = " \t\n\r\f\v\u00a0\u2007\u202f\u200b\u200c\u200d\u2060\ufeff"
_BLANKS = re.compile(r"[\s\u200b\u2060\ufeff]+")


def clean(text: str, *, multiline: bool = False) -> str:
    """
    Return the text in NFC, without blanks at its ends, with plain line ends.

    Raises: Refused("control"), if characters remain that nobody sees: control characters, half surrogate
    pairs, signs that turn the direction of writing, and a line end where one line is asked for.
    """
    plain = text.replace("\r\n", "\n").replace("\r", "\n").strip(_EDGES)
    if _CONTROL.search(plain) or (not multiline and "\n" in plain):
        raise Refused("control")
    return unicodedata.normalize("NFC", plain if multiline else plain.replace("\t", " "))


def displayable(text: str) -> str:
    """
    Return what was typed without the characters that `clean` refuses, for showing it once more.
    """
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def _check_length(text: str, limits: Limits) -> None:
    if len(text) > limits.max_length:
        raise Refused("too_long", limit=limits.max_length, count=len(text))
    if len(text) < limits.min_length:
        raise Refused("too_short", limit=limits.min_length)


def _check_pattern(text: str, pattern: re.Pattern[str] | None, code: str = "pattern") -> None:
    if pattern is not None and not pattern.fullmatch(text):
        raise Refused(code)


class Text:
    """
    Read free text.
    """

    def parse(self, text: str, limits: Limits) -> str:
        """
        Return the text, of an allowed length and shape.
        """
        _check_length(text, limits)
        _check_pattern(text, limits.pattern)
        return text

    def show(self, value: object) -> str:
        """
        Return the text.
        """
        return value if isinstance(value, str) else display.say(value)

    def say(self, value: object) -> str:
        """
        Return the text.
        """
        return self.show(value)


class Number:
    """
    Read a number with a decimal comma or point.

    Grouping by points is refused: 1.234 would be two different numbers.
    """

    #: digits after the comma where a form sets no limit
    PLACES = 9

    _SHAPE = re.compile(r"([-\u2212\u2013]?)([0-9]{1,15})(?:[.,]([0-9]{1,9}))?")
    _code = "number"

    def parse(self, text: str, limits: Limits) -> int | Decimal:
        """
        Return an int where no decimals are allowed, else a Decimal.
        """
        match = self._SHAPE.fullmatch(_BLANKS.sub("", text))
        if match is None:
            raise Refused("whole_number" if limits.places == 0 else self._code)
        places = self.PLACES if limits.places is None else limits.places
        if len(match[3] or "") > places:
            if places == 0:
                raise Refused("whole_number")
            raise Refused("too_many_places", places=places)
        number = Decimal(match[2] + ("." + match[3] if match[3] else ""))
        if match[1] and number:
            number = -number
        if limits.least is not None and number < limits.least:
            raise Refused("too_small", limit=display.say(limits.least))
        if limits.most is not None and number > limits.most:
            raise Refused("too_big", limit=display.say(limits.most))
        return int(number) if limits.places == 0 else number

    def show(self, value: object) -> str:
        """
        Return the number with a decimal comma.
        """
        return display.say(value)

    def say(self, value: object) -> str:
        """
        Return the number with a decimal comma.
        """
        return display.say(value)


class Reading(Number):
    """
    Read what a meter shows: cubic metres, nought or more, by default with three decimals.
    """

    PLACES = 3
    _SHAPE = re.compile(r"()([0-9]{1,9})(?:[.,]([0-9]{1,9}))?")
    _code = "reading"


class Day:
    """
    Read a date as people write it: 27.11.2026, with / or - or a blank for the point, 27112026, or 2026-11-27.
    """

    _SHAPE = re.compile(r"([0-9]{1,2})[.,/ -]([0-9]{1,2})[.,/ -]([0-9]{4}|[0-9]{2})")
    # telephones with a keyboard of digits alone
    _BARE = re.compile(r"([0-9]{2})([0-9]{2})([0-9]{4})")
    _ISO = re.compile(r"([0-9]{4})[./-]([0-9]{1,2})[./-]([0-9]{1,2})")

    def read(self, text: str, limits: Limits) -> date:
        """
        Return the day. Raises: Refused.
        """
        squeezed = re.sub(r"\s*([.,/-])\s*", r"\1", " ".join(text.split())).rstrip(".")
        if match := self._BARE.fullmatch(squeezed):
            day, month, year = match.groups()
        elif match := self._ISO.fullmatch(squeezed):
            year, month, day = match.groups()
        elif match := self._SHAPE.fullmatch(squeezed):
            day, month, year = match.groups()
        else:
            raise Refused("date")
        if len(year) != 4 or int(year) not in YEARS:
            raise Refused("date_year")
        try:
            read = date(int(year), int(month), int(day))
        except ValueError as error:
            raise Refused("date_unreal") from error
        if isinstance(limits.least, date) and read < limits.least:
            raise Refused("too_early", limit=display.say_date(limits.least))
        if isinstance(limits.most, date) and read > limits.most:
            raise Refused("too_late", limit=display.say_date(limits.most))
        return read

    def parse(self, text: str, limits: Limits) -> str:
        """
        Return the date in ISO form.
        """
        return self.read(text, limits).isoformat()

    def show(self, value: object) -> str:
        """
        Return the date as dd.MM.yyyy.
        """
        day = display.date_of(value)
        return display.say(value) if day is None else display.say_date(day)

    def say(self, value: object) -> str:
        """
        Return the date as dd.MM.yyyy.
        """
        return self.show(value)


class TimeOfDay:
    """
    Read a time of day: 14:30, 9.05, 9-05.
    """

    _SHAPE = re.compile(r"([0-9]{1,2})\s?[:.,-]\s?([0-9]{2})")

    def read(self, text: str) -> time:
        """
        Return the time of day. Raises: Refused.
        """
        match = self._SHAPE.fullmatch(text)
        if match is None or int(match[1]) > 23 or int(match[2]) > 59:
            raise Refused("time")
        return time(int(match[1]), int(match[2]))

    def parse(self, text: str, limits: Limits) -> str:
        """
        Return the time as HH:mm.
        """
        return self.show(self.read(text))

    def show(self, value: object) -> str:
        """
        Return the time as HH:mm.
        """
        return display.say(value)[:5]

    def say(self, value: object) -> str:
        """
        Return the time as HH:mm.
        """
        return self.show(value)


class Moment:
    """
    Read a day and a time of day, with a blank between them.
    """

    def parse(self, text: str, limits: Limits) -> str:
        """
        Return local date and time as YYYY-MM-DDTHH:mm, without a time zone.
        """
        day, blank, hour = text.replace("T", " ").rpartition(" ")
        if not blank:
            raise Refused("moment")
        at = datetime.combine(Day().read(day.rstrip(" ,"), limits), TimeOfDay().read(hour))
        return at.isoformat(timespec="minutes")

    def show(self, value: object) -> str:
        """
        Return the moment as dd.MM.yyyy HH:mm.
        """
        return display.say(value)

    def say(self, value: object) -> str:
        """
        Return the moment as dd.MM.yyyy HH:mm.
        """
        return display.say(value)


class Telephone:
    """
    Read a telephone number in any format; without a country code it is one of Azerbaijan.
    """

    _LONGEST = 40
    _SHAPE = re.compile(r"\+?[0-9\s()./\-\u2010-\u2015]+")

    def parse(self, text: str, limits: Limits) -> str:
        """
        Return the number in E.164 form, such as +994501234567.
        """
        if len(text) > self._LONGEST or not self._SHAPE.fullmatch(text):
            raise Refused("telephone")
        digits = re.sub(r"[^0-9]", "", text)
        candidates = [text] if text.startswith("+") else [text, "+" + digits.removeprefix("00")]
        for candidate in candidates:
            try:
                number = phonenumbers.parse(candidate, REGION)
            except phonenumbers.NumberParseException:
                continue
            if phonenumbers.is_valid_number(number):
                return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        raise Refused("telephone")

    def show(self, value: object) -> str:
        """
        Return the number in national format.
        """
        return display.say_telephone(value) if isinstance(value, str) else ""

    def say(self, value: object) -> str:
        """
        Return the number in national format.
        """
        return self.show(value)


class Email(Text):
    """
    Read one e-mail address; whether mail arrives there is not asked.
    """

    _LONGEST = 254  # RFC 5321 §4.5.3.1.3

    def parse(self, text: str, limits: Limits) -> str:
        """
        Return the address with its domain in ASCII and small letters.
        """
        if re.search(r"[,;]|\s\S*@\S*\s|@.*@", text):
            raise Refused("email_several")
        if len(text) > self._LONGEST or not text.isascii() and not text.rpartition("@")[0].isascii():
            raise Refused("email")
        try:
            address = email_validator.validate_email(text, check_deliverability=False, allow_smtputf8=False)
        except email_validator.EmailNotValidError as error:
            raise Refused("email") from error
        if address.ascii_email is None:
            raise Refused("email")
        return address.ascii_email


class SubscriberCode(Text):
    """
    Read a subscriber code: digits, whose leading noughts count; blanks and hyphens between them do not.

    Source: assumed, no format is public; a form's `validate.pattern` replaces `USUAL`.
    """

    USUAL = re.compile(r"^[0-9]{4,20}$", re.ASCII)

    def parse(self, text: str, limits: Limits) -> str:
        """
        Return the digits.
        """
        code = re.sub(r"[\s\-\u2010-\u2015]", "", text)
        _check_pattern(code, limits.pattern or self.USUAL, "subscriber_code")
        return code


class PersonName(Text):
    """
    Read a person's name in whatever alphabet: letters, blanks, hyphens, apostrophes and points.
    """

    def parse(self, text: str, limits: Limits) -> str:
        """
        Return the name with single blanks.
        """
        name = " ".join(text.split())
        _check_length(name, limits)
        letters = re.sub(r"[ .'’ʼ`\-]", "", name)
        if len(letters) < 2 or not all(unicodedata.category(letter)[0] in "LM" for letter in letters):
            raise Refused("person_name")
        return name


def _code_signs(text: str) -> str:
    """
    Return a machine's code in ASCII capitals.

    The Azerbaijani keyboard gives İ where a Latin capital I is meant, and ı for its small letter.
    """
    signs = text.replace("İ", "I").replace("ı", "I")
    if not signs.isascii():
        raise Refused("code_letters")
    return signs.upper()


class MeterNumber(Text):
    """
    Read the number on a meter's body: Latin letters and digits, with - / . between them.
    """

    _SHAPE = re.compile(r"[0-9A-Z](?:[0-9A-Z./-]{1,28})[0-9A-Z]")

    def parse(self, text: str, limits: Limits) -> str:
        """
        Return the number in capitals, without blanks.
        """
        number = _code_signs(_BLANKS.sub("", text))
        _check_pattern(number, limits.pattern or self._SHAPE, "meter_number")
        return number


class UppercaseCode(Text):
    """
    Read a code of Latin letters and digits; blanks and hyphens do not count.
    """

    _SHAPE = re.compile(r"[0-9A-Z]{1,40}")

    def parse(self, text: str, limits: Limits) -> str:
        """
        Return the code in capitals.
        """
        code = _code_signs(re.sub(r"[\s\-\u2010-\u2015]", "", text))
        _check_pattern(code, limits.pattern or self._SHAPE, "code")
        return code


class SealNumbers:
    """
    Read the numbers of one seal or several, parted by commas, semicolons or line ends.
    """

    _SHAPE = re.compile(r"[0-9A-Z](?:[0-9A-Z./-]{0,18}[0-9A-Z])?")

    def parse(self, text: str, limits: Limits) -> list[str]:
        """
        Return the numbers in capitals, in the order typed.
        """
        _check_length(text, limits)
        numbers = [_code_signs(_BLANKS.sub("", part)) for part in re.split(r"[,;\n]", text)]
        numbers = [number for number in numbers if number]
        if not numbers:
            raise Refused("seal_number", number=text)
        if len(numbers) > SEALS:
            raise Refused("seal_numbers_many", limit=SEALS)
        for number in numbers:
            if not self._SHAPE.fullmatch(number):
                raise Refused("seal_number", number=number)
            if numbers.count(number) > 1:
                raise Refused("seal_number_twice", number=number)
        return numbers

    def show(self, value: object) -> str:
        """
        Return the numbers with commas between them.
        """
        return display.say(value)

    def say(self, value: object) -> str:
        """
        Return the numbers with commas between them.
        """
        return display.say(value)


#: every kind of field with one text, by the name that forms use
KINDS: dict[str, Callable[[], Kind]] = {
    "text": Text,
    "number": Number,
    "date": Day,
    "time": TimeOfDay,
    "datetime": Moment,
    "email": Email,
    "telephone": Telephone,
    "decimal": Reading,
    "subscriber_code": SubscriberCode,
    "person_name": PersonName,
    "meter_number": MeterNumber,
    "seal_numbers": SealNumbers,
    "uppercase_code": UppercaseCode,
}
