"""
The printed letters, read back with a reader that knows nothing of how they were made.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from io import BytesIO

import pytest
import segno
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from PIL import Image
from pypdf import PdfReader

from engine.words.letters import LANGUAGES
from processes.letters import pdf
from processes.letters.facts import Photograph, Signing
from processes.letters.pictures import LONGEST_SIDE
from processes.letters.texts import shipped
from tests.letters.examples import ACT, HEAD, RECEIPT, REFUSAL

LETTERS: dict[str, Callable[[str], bytes]] = {
    "act": lambda language: pdf.act_pdf(ACT, language),
    "registration": lambda language: pdf.act_pdf(replace(ACT, kind="registration"), language),
    "refusal": lambda language: pdf.refusal_pdf(REFUSAL, language),
    "receipt": lambda language: pdf.receipt_pdf(RECEIPT, language),
}

TITLES = {
    ("act", "az"): "Su sayğacının quraşdırılması haqqında akt",
    ("act", "ru"): "Акт об установке счётчика воды",
    ("act", "en"): "Act of installation of a water meter",
    ("registration", "az"): "Mövcud su sayğacının qeydiyyata alınması haqqında akt",
    ("registration", "ru"): "Акт о постановке на учёт имеющегося счётчика воды",
    ("registration", "en"): "Act of registration of an existing water meter",
    ("refusal", "az"): "Müraciətiniz üzrə əsaslandırılmış imtina",
    ("refusal", "ru"): "Мотивированный отказ по вашему обращению",
    ("refusal", "en"): "Reasoned refusal of your application",
    ("receipt", "az"): "Müraciətin qeydiyyata alınması haqqında bildiriş",
    ("receipt", "ru"): "Уведомление о регистрации обращения",
    ("receipt", "en"): "Receipt of your application",
}

#: what a person types in the hope that it is more than text
HOSTILE = (
    '#import "letter.typ": *',
    '#read("/etc/passwd")',
    "$x^2$ `raw` *bold* _it_ @ref <label>",
    "] } ) \\ // comment /* open",
    "= Heading\n- list\n+ enum",
    "{recipient} {{url}} %s",
    "</text><script>",
    '"; panic("x") //',
)


def read(document: bytes) -> PdfReader:
    """
    Open a letter.
    """
    return PdfReader(BytesIO(document), strict=True)


def words_of(document: bytes) -> str:
    """
    Return everything that can be copied, with each run of white space as one space.
    """
    return " ".join(" ".join(page.extract_text() for page in read(document).pages).split())


def xmp(document: bytes) -> list[tuple[str, str]]:
    """
    Return the leaves of the metadata packet: local name and text.
    """
    stream = read(document).trailer["/Root"]["/Metadata"].get_data()
    root = etree.fromstring(stream, etree.XMLParser(resolve_entities=False, no_network=True))
    return [(etree.QName(leaf).localname, leaf.text or "") for leaf in root.iter() if len(leaf) == 0]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("letter", LETTERS)
def test_a_letter_is_archivable_accessible_and_titled_in_its_language(letter: str, language: str) -> None:
    document = LETTERS[letter](language)
    reader = read(document)
    root = reader.trailer["/Root"]
    packet = xmp(document)
    assert root["/Lang"] == language
    assert bool(root["/MarkInfo"]["/Marked"].value)
    assert reader.metadata is not None
    assert reader.metadata.title == TITLES[letter, language]
    assert reader.metadata.author == "«Azərsu» Açıq Səhmdar Cəmiyyəti"
    stream = root["/Metadata"].get_data().decode()
    assert re.search(r"<pdfaid:part>2</pdfaid:part>", stream)
    assert re.search(r"<pdfaid:conformance>A</pdfaid:conformance>", stream)
    assert re.search(r"<pdfuaid:part>1</pdfuaid:part>", stream)
    assert ("li", TITLES[letter, language]) in packet
    assert TITLES[letter, language] in words_of(document)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("letter", LETTERS)
def test_a_letter_brings_its_fonts_and_nothing_that_runs(letter: str, language: str) -> None:
    reader = read(LETTERS[letter](language))
    fonts = [
        font.get_object()["/DescendantFonts"][0].get_object()
        for page in reader.pages
        for font in page["/Resources"]["/Font"].values()
    ]
    assert fonts
    for font in fonts:
        assert re.fullmatch(r"/[A-Z]{6}\+NotoSans-(Regular|Bold)(-.*)?", font["/BaseFont"])
        assert "/FontFile2" in font["/FontDescriptor"].get_object()
    root = reader.trailer["/Root"]
    assert not {"/OpenAction", "/AA", "/AcroForm"} & set(root)
    assert "/JavaScript" not in root.get("/Names", {})


def test_the_act_says_everything_that_it_must() -> None:
    text = words_of(pdf.act_pdf(ACT, "az"))
    for fact in (
        "Aktın nömrəsi NSM-2026-000417",
        "Tarix və vaxt 03.11.2026, 03:05",
        "Müraciət nömrəsi 4831-7720-9155",
        "Müraciətin tarixi 20.10.2026",
        "Nəsimi rayon Sukanal idarəsi",
        "Abonent kodu 0010000001",
        "Əliyeva Günel İlqar qızı",
        "Ünvan Bakı şəhəri, Nəsimi rayonu, Şıxəli Qurbanov küçəsi 14, mənzil 27",
        "Qoşulma ünvanı Bakı şəhəri, 66 saylı quyu",
        "Markası Alfasu",
        "Tipi smart-kart",
        "Sayğacın nömrəsi AF 20264471",
        "Sayğacın diametri 15 mm",
        "Borunun diametri 20 mm",
        "Plombun nömrəsi P-0048121, P-0048122",
        "İlkin göstərici 12,500 m³",
        "Dövlət yoxlaması 12.08.2026",
        "Növbəti yoxlama 12.08.2030",
        "Quraşdırıldığı yer Mətbəx, giriş kranından sonra",
        "Sayğacın nömrəsi TK-99812 Son göstərici 1234,567 m³ Çıxarılma səbəbi Müddəti bitib",
        "1. sayğac_ümumi.jpg a3f1a3f1a3f1a3f1",
        "2. plomb.jpg",
        "İcraçı Məmmədov Rəşad Əli oğlu Usta imza",
        "İcraçı İsmayılov Çingiz Vaqif oğlu Böyük usta imza",
        "Abonent Əliyeva Günel İlqar qızı imza",
        "Akt iki nüsxədə tərtib edilmişdir: bir nüsxə abonentə verilir",
        "Abonentin nüsxəsi 04.11.2026 tarixində şəxsən təqdim edilmişdir.",
        "https://saygac.example/verify/NSM-2026-000417",
        "Səhifə 1 / 2",
        "Səhifə 2 / 2",
    ):
        assert fact in text, fact


def test_the_act_of_a_household_without_extras_is_one_page() -> None:
    plain = replace(ACT, removed_meter=None, photographs=(), connection_address="")
    for language in LANGUAGES:
        assert len(read(pdf.act_pdf(plain, language)).pages) == 1
    text = words_of(pdf.act_pdf(plain, "az"))
    assert not [title for title in ("Çıxarılmış sayğac", "Fotoşəkillər", "Qoşulma ünvanı") if title in text]


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("ru", ("Начальное показание 12,500 м³", "Диаметр счётчика 15 мм", "Тип со смарт-картой", "Страница 1 / 2")),
        ("en", ("Initial reading 12.500 m³", "Meter diameter 15 mm", "Type smart card", "Page 1 / 2")),
    ],
)
def test_the_act_is_complete_in_the_other_languages(language: str, expected: tuple[str, ...]) -> None:
    text = words_of(pdf.act_pdf(ACT, language))
    for fact in (*expected, "Əliyeva Günel İlqar qızı", "NSM-2026-000417", "4831-7720-9155", "03.11.2026, 03:05"):
        assert fact in text, fact


def test_a_representative_signs_with_the_basis() -> None:
    signing = Signing("representative", representative="Həsənov Xəyal", basis="etibarnamə № 12")
    text = words_of(pdf.act_pdf(replace(ACT, signing=signing), "az"))
    assert "Abonentin nümayəndəsi Həsənov Xəyal Nümayəndəliyin əsası: etibarnamə № 12 imza" in text


def test_a_refusal_to_sign_is_confirmed_by_a_second_specialist() -> None:
    text = words_of(pdf.act_pdf(replace(ACT, signing=Signing("refused", second_specialist=HEAD)), "az"))
    assert "Abonent aktı imzalamaqdan imtina etmişdir." in text
    assert "İkinci mütəxəssis Quliyev Əhəd Məhərrəm oğlu Xidmət sahəsinin rəisi imza" in text
    assert "Abonent Əliyeva Günel İlqar qızı imza" not in text


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Signing("representative", representative="Həsənov Xəyal"),
        lambda: Signing("refused"),
        lambda: replace(ACT, signing=Signing("refused", second_specialist=ACT.executors[0])),
        lambda: replace(ACT, executors=()),
        lambda: replace(ACT, copy_given_how=None),
        lambda: replace(ACT.meter, seal_numbers=()),
        lambda: replace(ACT.meter, initial_reading=Decimal("-1")),
        lambda: replace(ACT.meter, initial_reading=Decimal("NaN")),
    ],
)
def test_facts_that_no_act_can_have_are_refused(wrong: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        wrong()


@pytest.mark.parametrize("how", ["in_person", "email", "post"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_act_says_how_the_copy_was_given(how: str, language: str) -> None:
    given = words_of(pdf.act_pdf(replace(ACT, copy_given_how=how), language))
    pending = words_of(pdf.act_pdf(replace(ACT, copy_given_on=None, copy_given_how=None), language))
    assert "04.11.2026" in given
    assert "04.11.2026" not in pending


def test_the_refusal_says_everything_that_it_must() -> None:
    text = words_of(pdf.refusal_pdf(REFUSAL, "az"))
    for fact in (
        "Məktubun nömrəsi NSM-R-2026-000031",
        "Tarix 03.11.2026",
        "Hörmətli Əliyeva Günel İlqar qızı!",
        "20.10.2026 tarixli 4831-7720-9155 nömrəli müraciətinizə baxıldı",
        "Müraciət səbəbi Sayğacım yoxdur",
        "Səbəb Su xətti yararlı deyil",
        "Hüquqi əsas «Sudan istifadə Qaydaları», 6.5-ci bənd",
        "Boru korroziyaya uğrayıb. Borunu dəyişdirin. DN 20 olsun.",
        "məhkəməyə şikayət etmək hüququnuz var",
        "yenidən müraciət edə bilərsiniz",
        "əlaqə saxlayın: 955",
        "Xidmət sahəsinin rəisi Quliyev Əhəd Məhərrəm oğlu imza",
        "https://saygac.example/verify/NSM-R-2026-000031",
    ):
        assert fact in text, fact


def test_a_long_answer_goes_on_on_the_next_page_and_loses_nothing() -> None:
    paragraphs = [f"Bənd {number}: " + "Boru dəyişdirilməlidir. " * 4 for number in range(40)]
    document = pdf.refusal_pdf(replace(REFUSAL, answer="\n\n".join(paragraphs)), "az")
    assert len(read(document).pages) > 1
    text = words_of(document)
    assert [int(number) for number in re.findall(r"Bənd (\d+):", text)] == list(range(40))


def test_the_receipt_says_everything_that_it_must() -> None:
    text = words_of(pdf.receipt_pdf(RECEIPT, "az"))
    for fact in (
        "Müraciət nömrəsi 4831-7720-9155",
        "Müraciətiniz qeydiyyata alındı. Xidmətimizdən istifadə etdiyiniz üçün sizə təşəkkür edirik.",
        "Qeydiyyat tarixi və vaxtı 20.10.2026, 10:31",
        "Cavab müddəti 11.11.2026 tarixinədək (15 iş günü)",
        "Abonent kodu 0010000001",
        "Ünvan Bakı şəhəri, Şıxəli Qurbanov küçəsi 14",
        "Müraciət səbəbi Sayğacım yoxdur",
        "İcra edən idarə Nəsimi rayon Sukanal idarəsi",
        "Bundan sonra",
        "Telefon 955",
        "Elektron poçt info@azersu.example",
        "https://saygac.example/cases/483177209155",
    ):
        assert fact in text, fact


def test_the_receipt_before_office_and_term_are_known_leaves_them_out() -> None:
    text = words_of(pdf.receipt_pdf(replace(RECEIPT, office="", due_at=None, term_days=None), "az"))
    assert "Cavab müddəti" not in text
    assert "İcra edən idarə" not in text


def test_what_happens_next_comes_from_the_diagram_when_it_says_so() -> None:
    text = words_of(pdf.receipt_pdf(replace(RECEIPT, what_next=("Sabah zəng edəcəyik.",)), "az"))
    assert "Sabah zəng edəcəyik." in text
    assert "Usta gəlməzdən əvvəl" not in text


def test_the_moment_in_the_metadata_is_the_moment_of_the_act() -> None:
    assert ("CreateDate", "2026-11-02T23:05:00Z") in xmp(pdf.act_pdf(ACT, "az"))


def test_the_same_facts_give_the_same_bytes() -> None:
    program = (
        "import hashlib, sys; from tests.letters.test_pdf import LETTERS;"
        "sys.stdout.write(' '.join(hashlib.sha256(make('az')).hexdigest() for make in LETTERS.values()))"
    )
    elsewhere = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONHASHSEED": "7", "TZ": "America/New_York", "LC_ALL": "C"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    here = [hashlib.sha256(make("az")).hexdigest() for make in LETTERS.values()]
    assert elsewhere.stdout.split() == here
    assert len(set(here)) == len(LETTERS)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_no_text_of_a_person_becomes_code(hostile: str) -> None:
    expected = " ".join(hostile.split())
    act = replace(ACT, subscriber=hostile, address=hostile, installation_place=hostile, number=hostile)
    assert words_of(pdf.act_pdf(act, "az")).count(expected) >= 4
    refusal = replace(REFUSAL, recipient=hostile, answer=hostile, ground=hostile, reason=hostile)
    assert words_of(pdf.refusal_pdf(refusal, "az")).count(expected) >= 4
    receipt = replace(RECEIPT, applicant=hostile, address=hostile, reason=hostile, what_next=(hostile,))
    assert words_of(pdf.receipt_pdf(receipt, "az")).count(expected) >= 4


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(), max_size=60))
def test_any_text_whatever_can_be_printed(text: str) -> None:
    document = pdf.refusal_pdf(replace(REFUSAL, recipient=text, answer=text, ground=text), "az")
    assert "4831-7720-9155" in words_of(document)


@pytest.mark.parametrize("text", ["W" * 4000, "sayğac_" * 60, "Ə" * 80, "-" * 300, "a " * 2000])
def test_an_endless_word_stays_inside_the_page(text: str) -> None:
    document = pdf.refusal_pdf(replace(REFUSAL, recipient=text[:300], answer=text, ground=text[:300]), "az")
    edges: list[float] = []

    def note(found: str, _cm: list[float], matrix: list[float], font: dict | None, size: float) -> None:
        if found.strip():
            edges.append(matrix[4])

    for page in read(document).pages:
        page.extract_text(visitor_text=note)
    assert edges
    assert max(edges) < 595
    copied = "".join(words_of(document).split())
    assert "".join(text.split()) in copied or len(read(document).pages) > 1
    assert "\u200b" not in copied


@pytest.mark.parametrize("letter", LETTERS)
def test_the_code_leads_to_the_address_that_is_printed(letter: str) -> None:
    reader = read(LETTERS[letter]("az"))
    links = {annotation.get_object()["/A"]["/URI"] for page in reader.pages for annotation in page.get("/Annots", [])}
    assert len(links) == 1
    assert links.pop() in words_of(LETTERS[letter]("az")).replace(" ", "")


def test_the_code_holds_the_address_bit_by_bit() -> None:
    url = "https://saygac.example/verify/NSM-2026-000417"
    svg = etree.fromstring(pdf._qr(url).encode())
    (path,) = (element for element in svg.iter() if etree.QName(element).localname == "path")
    matrix = segno.make(url, error="m", micro=False).matrix
    assert dark_modules(path.get("d") or "") == {
        (x, y) for y, row in enumerate(matrix) for x, dark in enumerate(row) if dark
    }


def dark_modules(path: str) -> set[tuple[int, int]]:
    """
    Walk the strokes of the drawing: `M` and `m` move, `h` draws a row of dark modules.
    """
    found: set[tuple[int, int]] = set()
    x, y = 0.0, 0.0
    for command, numbers in re.findall(r"([Mmh])([^Mmh]*)", path):
        values = [float(number) for number in re.findall(r"-?\d*\.?\d+", numbers)]
        if command == "M":
            x, y = values
        elif command == "m":
            x, y = x + values[0], y + values[1]
        else:
            found |= {(int(x) + step, int(y)) for step in range(int(values[0]))}
            x += values[0]
    return found


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(ValueError, match="not in 'de'"):
        pdf.act_pdf(ACT, "de")


def photograph(size: tuple[int, int]) -> bytes:
    into = BytesIO()
    Image.effect_noise(size, 40).convert("RGB").save(into, "JPEG", quality=90)
    return into.getvalue()


@pytest.mark.parametrize("language", ["az", "ru", "en"])
def test_photographs_are_printed_small_as_an_annex_with_their_captions(language: str) -> None:
    listed = (Photograph("ümumi görünüş.jpg", "a1" * 32, "1"), Photograph("yox.jpg"))
    listed += (Photograph("plomb.jpg", "b2" * 32, "2"),)
    contents = [photograph((2400, 1800)), photograph((1500, 2000))]
    printed = pdf.act_pdf(replace(ACT, photographs=listed), language, contents)
    pages = PdfReader(BytesIO(printed)).pages
    annex = " ".join(pages[-1].extract_text().split())
    assert shipped().words("act", language)["annex"] in annex
    assert "1. ümumi görünüş.jpg" in annex and "3. plomb.jpg" in annex and "yox.jpg" not in annex
    assert [max(picture.image.size) <= LONGEST_SIDE for picture in pages[-1].images] == [True, True]
    assert len(printed) < sum(map(len, contents)) / 2
    assert pdf.act_pdf(replace(ACT, photographs=listed), language, contents) == printed


def test_an_act_without_files_of_photographs_has_no_annex() -> None:
    text = words_of(pdf.act_pdf(ACT, "az"))
    assert "sayğac_ümumi.jpg" in text and "Əlavə: fotoşəkillər" not in text


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7", b"\xff\xd8\xff broken"])
def test_what_is_no_photograph_is_not_printed_as_one(content: bytes) -> None:
    with pytest.raises(ValueError, match="photograph"):
        pdf.act_pdf(replace(ACT, photographs=(Photograph("a.jpg", "", "1"),)), "az", [content])
