"""Photographs that may stand in a page: judged by what they are and not by their name, without what a camera adds."""

import hashlib
import io
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

WIDTHS = (480, 800, 1200, 1600)
WIDEST = 2400  # of what is kept; more is for print shops
MEGABYTES = 20
PIXELS = 60_000_000
OPTIONS: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": 82, "optimize": True, "progressive": True},
    "PNG": {"optimize": True},
    "WEBP": {"quality": 82, "method": 4},
}
KINDS = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp"}
# what a file may say of itself and still be taken as it is; anything else (where, when, by whom) is left out
PLAIN = set(
    "jfif jfif_version jfif_unit jfif_density progressive progression dpi gamma srgb interlace transparency loop "
    "background timestamp duration".split()
)


class BadPhoto(ValueError):
    """What is wrong, in words that say what to do."""


@dataclass(frozen=True)
class Photo:
    """`data` is the picture as it is kept; `sizes` smaller ones by width. No byte of them says where it was taken."""

    kind: str
    width: int
    height: int
    data: bytes
    sizes: Mapping[int, bytes]

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.data).hexdigest()

    @property
    def size(self) -> int:
        return len(self.data) + sum(map(len, self.sizes.values()))


def ready(data: bytes, *, keep: bool = False) -> Photo:
    """The picture cleaned and in every width. `keep` takes one that is clean already byte for byte. Raises BadPhoto."""
    picture = opened(data)
    kind = str(picture.format)
    is_clean = set(picture.info) <= PLAIN and not picture.getexif() and picture.width <= WIDEST
    drawn = upright(picture)
    if drawn.width > WIDEST:
        drawn = narrowed(drawn, WIDEST)
    kept = data if keep and is_clean else written(drawn, kind)
    sizes = {wide: written(narrowed(drawn, wide), kind) for wide in WIDTHS if wide < drawn.width}
    return Photo(KINDS[kind], drawn.width, drawn.height, kept, sizes)


def opened(data: bytes) -> Image.Image:
    """Raises BadPhoto for what is no picture of ours, or would fill the memory."""
    if len(data) > MEGABYTES * 1_000_000:
        raise BadPhoto(f"The picture is larger than {MEGABYTES} MB. Save it smaller and try again.")
    if data[4:12] in {b"ftypheic", b"ftypheix", b"ftypmif1", b"ftyphevc"}:
        raise BadPhoto("This is a HEIC picture of a phone. Save it as JPEG, and it will do.")
    if data.lstrip()[:5].lower() in {b"<?xml", b"<svg "} or b"<svg" in data[:500].lower():
        raise BadPhoto("This is a drawing (SVG), or pretends to be one. Drawings have a page of their own.")
    try:
        picture = Image.open(io.BytesIO(data), formats=list(KINDS))
        if picture.width * picture.height > PIXELS:
            raise BadPhoto(f"The picture has more than {PIXELS // 1_000_000} million dots. Save it smaller.")
        if getattr(picture, "n_frames", 1) > 1:
            raise BadPhoto("The picture moves. Give one that stands still.")
        picture.load()
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        if isinstance(error, BadPhoto):
            raise
        raise BadPhoto("This is no JPEG, PNG or WebP picture, whatever its name says.") from error
    return picture


def upright(picture: Image.Image) -> Image.Image:
    """As it was held when it was taken, in the colors of the web, with no word about it."""
    turned = ImageOps.exif_transpose(picture)
    profile = picture.info.get("icc_profile")
    if profile and turned.mode in {"RGB", "RGBA"}:
        with suppress(
            ImageCms.PyCMSError, OSError, ValueError
        ):  # an unreadable profile: its colors are taken as ours
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            changed = ImageCms.profileToProfile(turned, source, ImageCms.createProfile("sRGB"))
            turned = changed or turned
    has_holes = "transparency" in turned.info or turned.mode in {"RGBA", "LA", "PA"}
    plain = turned.convert("RGBA" if has_holes and picture.format != "JPEG" else "RGB")
    plain.info = {}
    return plain


def narrowed(picture: Image.Image, width: int) -> Image.Image:
    return picture.resize(
        (width, max(round(picture.height * width / picture.width), 1)), Image.Resampling.LANCZOS
    )


def written(picture: Image.Image, kind: str) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **OPTIONS[kind])
    return out.getvalue()
