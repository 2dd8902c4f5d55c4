"""
Photographs as an act prints them: small enough for a mail, and placed so that each is whole.

The stored file stays the evidence, which the fingerprint in the act ties to it; what is printed is for the reader.
"""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass

from PIL import Image, ImageOps

#: pixels of the longer side: 200 dots an inch at the width of a column
LONGEST_SIDE = 640
_QUALITY = 72


@dataclass(frozen=True)
class Picture:
    """
    A photograph ready to be printed: an SVG around a JPEG, because Typst takes pictures as text in this way.
    """

    svg: str
    #: height divided by width
    steepness: float


def picture(content: bytes) -> Picture:
    """
    Return a photograph as it is printed. Raises ValueError if it is none.
    """
    try:
        with Image.open(io.BytesIO(content), formats=["JPEG", "PNG"]) as opened:
            opened.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
            small = ImageOps.exif_transpose(opened).convert("RGB")
            small.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    except (OSError, SyntaxError, Image.DecompressionBombError) as problem:
        raise ValueError("a photograph of the act can't be read as one") from problem
    drawn = io.BytesIO()
    small.save(drawn, "JPEG", quality=_QUALITY, optimize=True)
    coded = base64.b64encode(drawn.getvalue()).decode()
    width, height = small.size
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">'
        f'<image width="{width}" height="{height}" href="data:image/jpeg;base64,{coded}"/></svg>'
    )
    return Picture(svg, height / width)
