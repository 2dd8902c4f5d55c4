"""
Files: told apart by content, pictures drawn anew, names without tricks.
"""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from web import uploads


def _picture(kind: str, mode: str = "RGB", size: tuple[int, int] = (40, 30), **options: object) -> bytes:
    into = io.BytesIO()
    Image.new(mode, size).save(into, kind, **options)
    return into.getvalue()


@pytest.mark.parametrize(
    "content, kind",
    [
        (_picture("JPEG"), "image/jpeg"),
        (_picture("PNG"), "image/png"),
        (b"%PDF-1.7\n", "application/pdf"),
        (b"\n\n%PDF-1.4", "application/pdf"),
        (_picture("GIF", "P"), None),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", None),
        (b"PK\x03\x04", None),
        (b"", None),
    ],
)
def test_the_first_bytes_tell_the_kind(content: bytes, kind: str | None) -> None:
    assert uploads.kind_of(content) == kind


def test_a_picture_loses_where_and_with_what_it_was_taken_and_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90°
    exif[0x010F] = "SECRET CAMERA"
    exif.get_ifd(0x8825)[2] = (40.0, 22.0, 33.0)
    content = uploads.clean(_picture("JPEG", exif=exif.tobytes()), "image/jpeg")
    assert b"SECRET" not in content and b"Exif" not in content
    with Image.open(io.BytesIO(content)) as picture:
        assert picture.size == (30, 40)
        assert not picture.getexif()


def test_what_hangs_behind_a_picture_is_dropped() -> None:
    for kind, media in (("JPEG", "image/jpeg"), ("PNG", "image/png")):
        assert b"<script>" not in uploads.clean(_picture(kind) + b"<script>", media)


def test_a_large_picture_is_made_smaller() -> None:
    content = uploads.clean(_picture("PNG", "L", (5000, 100)), "image/png")
    with Image.open(io.BytesIO(content)) as picture:
        assert max(picture.size) == uploads.LONGEST_SIDE


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "I;16"])
def test_every_kind_of_png_is_taken(mode: str) -> None:
    assert uploads.clean(_picture("PNG", mode), "image/png")


def test_a_picture_that_would_fill_the_memory_is_refused() -> None:
    with pytest.raises(ValueError):
        uploads.clean(_picture("PNG", "1", (9000, 9000)), "image/png")


@given(st.binary(max_size=200))
def test_torn_pictures_are_refused_and_nothing_else_happens(tail: bytes) -> None:
    for start, media in ((b"\xff\xd8\xff", "image/jpeg"), (b"\x89PNG\r\n\x1a\n", "image/png")):
        with pytest.raises(ValueError):
            uploads.clean(start + tail, media)


@pytest.mark.parametrize(
    "name, shown",
    [
        ("Əqd İş.jpg", "Əqd İş.jpg"),
        ("../../etc/passwd", "passwd.jpg"),
        ("C:\\Users\\x\\şəkil.png", "şəkil.jpg"),
        ("a.php.jpg", "a.php.jpg"),
        ("virus.exe", "virus.jpg"),
        ("a\x00b\n.jpg", "ab.jpg"),
        ("", "fayl.jpg"),
        (None, "fayl.jpg"),
        ("...", "fayl.jpg"),
        ("x" * 400 + ".jpg", "x" * 116 + ".jpg"),
    ],
)
def test_names_stay_readable_and_carry_no_path(name: str | None, shown: str) -> None:
    assert uploads.shown_name(name, "image/jpeg") == shown


@given(st.text(max_size=300))
def test_no_name_leads_out_of_its_folder(name: str) -> None:
    shown = uploads.shown_name(name, "application/pdf")
    assert shown.endswith(".pdf") and "/" not in shown and "\\" not in shown and len(shown) <= uploads.LONGEST_NAME
    assert shown.isprintable()
