"""PDQ hashes of image files: hostile input, one bad file never stops a run."""

import os
import stat
import warnings
from collections.abc import Iterable
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd

from iprseg._optional import import_optional

_PURPOSE = "hash images"
# Formats that photographs come in; no others are tried (some run other programs).
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")
_MAX_BYTES = 64 * 2**20
_MAX_PIXELS = 64_000_000
_MAX_SIDE = 20_000
# PDQ looks at 64 x 64 points and calls less than 5 pixels unhashable
_MIN_SIDE = 5
# a larger image is made smaller first: the hash stays, memory and time do not
_WORK_SIDE = 1024
# Pillow's transpositions (Image.Transpose) by EXIF orientation
_TURNS = {2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}
_SIDEWAYS = 5
_COLUMNS = ("pdq_hex", "pdq_quality", "width", "height", "reason")


def hash_images(paths: Iterable[str | os.PathLike[str] | None]) -> pd.DataFrame:
    """Hash image files with PDQ.

    Parameters
    ----------
    paths : iterable of n paths
        Files on this machine; nothing is fetched.

    Returns
    -------
    DataFrame
        One row per path, in their order, indexed by ``path``: ``pdq_hex`` (64 digits),
        ``pdq_quality`` (0 to 100; at 49 or below hashes say little), ``width`` and
        ``height`` in pixels as shown, ``reason``: ``""``, or why there is no hash:
        ``no_path``, ``no_file``, ``not_a_file``, ``empty_file``, ``file_too_large``
        (over 64 MiB), ``not_an_image``, ``too_many_pixels`` (over 64 million, or a
        side over 20,000), ``too_small`` (a side under 5) or ``damaged``.

    Raises
    ------
    MissingExtraError
        When the ``image`` extra is not installed.

    Notes
    -----
    Orientation of EXIF is applied, transparent parts are shown on white, and of an
    animation the first frame counts. PDQ is Facebook's (ThreatExchange).

    Examples
    --------
    >>> hash_images(["no-such-file.jpg"])["reason"].tolist()
    ['no_file']
    """
    pdqhash = import_optional("pdqhash", "image", _PURPOSE)
    pillow = import_optional("PIL.Image", "image", _PURPOSE)
    listed = list(paths)
    rows = [_hash_one(path, pdqhash, pillow) for path in listed]
    index = pd.Index(listed, name="path", dtype=object)
    frame = pd.DataFrame(rows, columns=list(_COLUMNS), index=index)
    counts = ("pdq_quality", "width", "height")
    return frame.astype({"pdq_hex": object, "reason": object}).astype(
        dict.fromkeys(counts, "Int64")
    )


def _hash_one(path: Any, pdqhash: ModuleType, pillow: ModuleType) -> tuple[Any, ...]:
    """Return one row; whatever is wrong with the file is its reason."""
    reason = _unfit(path)
    if reason:
        return None, None, None, None, reason
    size: tuple[int | None, int | None] = (None, None)
    try:
        with warnings.catch_warnings():
            # Pillow warns of large images; this file sets its own bounds
            warnings.simplefilter("ignore")
            with pillow.open(path, formats=_FORMATS) as image:
                size, reason = image.size, _unfit_size(*image.size)
                if reason:
                    return None, None, *size, reason
                pixels, size = _pixels(image)
        bits, quality = pdqhash.compute(pixels)
    except pillow.DecompressionBombError:
        return None, None, *size, "too_many_pixels"
    except pillow.UnidentifiedImageError:
        return None, None, *size, "not_an_image"
    except Exception:
        # decoders of damaged files raise nearly anything
        return None, None, *size, "damaged"
    code = np.packbits(np.asarray(bits, dtype=np.uint8))
    return code.tobytes().hex(), int(quality), *size, ""


def _unfit(path: Any) -> str:
    """Say why a file is not even opened, or "" if it may be."""
    if not isinstance(path, str | os.PathLike) or not os.fspath(path):
        return "no_path"
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return "no_file"
    if not stat.S_ISREG(status.st_mode):
        return "not_a_file"
    if status.st_size == 0:
        return "empty_file"
    return "file_too_large" if status.st_size > _MAX_BYTES else ""


def _unfit_size(width: int, height: int) -> str:
    if max(width, height) > _MAX_SIDE or width * height > _MAX_PIXELS:
        return "too_many_pixels"
    return "too_small" if min(width, height) < _MIN_SIDE else ""


def _pixels(image: Any) -> tuple[np.ndarray, tuple[int, int]]:
    """Return the image as shown, RGB of shape (h, w, 3), and its size as shown."""
    width, height = image.size
    turned = _orientation(image)
    image.draft("RGB", (_WORK_SIDE, _WORK_SIDE))  # JPEG alone: decodes fewer pixels
    clear = image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info
    shown = image.convert("RGBA" if clear else "RGB")
    # a long narrow image keeps the 64 points that PDQ looks at on its short side
    by = [max(1, min(max(shown.size) // _WORK_SIDE, side // 64)) for side in shown.size]
    shown = shown.reduce((by[0], by[1]))
    if turned in _TURNS:
        shown = shown.transpose(_TURNS[turned])
    size = (height, width) if turned >= _SIDEWAYS else (width, height)
    pixels = np.asarray(shown, dtype=np.uint8)
    if clear:
        ink = pixels[..., 3:] / 255
        pixels = (pixels[..., :3] * ink + 255 * (1 - ink)).round().astype(np.uint8)
    return np.ascontiguousarray(pixels), size


def _orientation(image: Any) -> int:
    """Return the EXIF orientation, 1 (upright) where it cannot be read."""
    try:
        turned = image.getexif().get(274, 1)
    except Exception:
        return 1
    return turned if isinstance(turned, int) and 1 <= turned <= 8 else 1
