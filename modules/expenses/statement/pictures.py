"""Photos of receipts for print: upright, small, and as JPEG, whatever they came as."""

from __future__ import annotations

import io
import warnings

from PIL import Image, ImageOps, UnidentifiedImageError

MOST_READ = 32 * 2**20  # bytes of a photo; a larger one is named, not shown
MOST_POINTS = 100_000_000  # of a photo, before anything of it is decoded
LONG_SIDE = 1_200  # points: 10 cm at 300 dpi
QUALITY = 70
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")


def for_print(content: bytes) -> bytes | None:
    """The photo as a small JPEG; None where it cannot be read, or is larger than may be."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # a file that says it is huge, or lies about itself
            with Image.open(io.BytesIO(content), formats=FORMATS) as photo:
                if photo.width * photo.height > MOST_POINTS:
                    return None
                photo.draft("RGB", (LONG_SIDE, LONG_SIDE))  # a JPEG is decoded at its size only
                return _jpeg(ImageOps.exif_transpose(photo))
    except (OSError, ValueError, SyntaxError, EOFError, UnidentifiedImageError, Warning):
        return None  # what the library says of damaged files
    except Image.DecompressionBombError:
        return None


def _jpeg(photo: Image.Image) -> bytes:
    photo.thumbnail((LONG_SIDE, LONG_SIDE))
    shown = photo.convert("RGBA")
    paper = Image.new("RGB", shown.size, "white")
    paper.paste(shown, mask=shown.getchannel("A"))
    made = io.BytesIO()
    paper.save(made, "JPEG", quality=QUALITY)
    return made.getvalue()
