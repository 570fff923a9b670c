"""PDQ hashes of image files, and the search for hashes near each other.

Image files are hostile input: one bad file never stops a run. Near hashes are found by
an index, never by comparing all pairs.
"""

import os
import stat
import warnings
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from iprseg.errors import import_optional
from iprseg.validation import check_interval

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
_TRANSPOSITIONS = {2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}
_FIRST_SIDEWAYS = 5
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
    rows = [_hash_file(path, pdqhash, pillow) for path in listed]
    index = pd.Index(listed, name="path", dtype=object)
    frame = pd.DataFrame(rows, columns=list(_COLUMNS), index=index)
    counts = ("pdq_quality", "width", "height")
    return frame.astype({"pdq_hex": object, "reason": object}).astype(
        dict.fromkeys(counts, "Int64")
    )


def _hash_file(path: Any, pdqhash: ModuleType, pillow: ModuleType) -> tuple[Any, ...]:
    """Return one row; whatever is wrong with the file is its reason."""
    reason = _find_file_problem(path)
    if reason:
        return None, None, None, None, reason
    size: tuple[int | None, int | None] = (None, None)
    try:
        with warnings.catch_warnings():
            # Pillow warns of large images; this file sets its own bounds
            warnings.simplefilter("ignore")
            with pillow.open(path, formats=_FORMATS) as image:
                size, reason = image.size, _find_size_problem(*image.size)
                if reason:
                    return None, None, *size, reason
                pixels, size = _decode_pixels(image)
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


def _find_file_problem(path: Any) -> str:
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


def _find_size_problem(width: int, height: int) -> str:
    if max(width, height) > _MAX_SIDE or width * height > _MAX_PIXELS:
        return "too_many_pixels"
    return "too_small" if min(width, height) < _MIN_SIDE else ""


def _decode_pixels(image: Any) -> tuple[np.ndarray, tuple[int, int]]:
    """Return the image as shown, RGB of shape (h, w, 3), and its size as shown."""
    width, height = image.size
    turned = _read_orientation(image)
    image.draft("RGB", (_WORK_SIDE, _WORK_SIDE))  # JPEG alone: decodes fewer pixels
    clear = image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info
    shown = image.convert("RGBA" if clear else "RGB")
    # a long narrow image keeps the 64 points that PDQ looks at on its short side
    by = [max(1, min(max(shown.size) // _WORK_SIDE, side // 64)) for side in shown.size]
    shown = shown.reduce((by[0], by[1]))
    if turned in _TRANSPOSITIONS:
        shown = shown.transpose(_TRANSPOSITIONS[turned])
    size = (height, width) if turned >= _FIRST_SIDEWAYS else (width, height)
    pixels = np.asarray(shown, dtype=np.uint8)
    if clear:
        ink = pixels[..., 3:] / 255
        pixels = (pixels[..., :3] * ink + 255 * (1 - ink)).round().astype(np.uint8)
    return np.ascontiguousarray(pixels), size


def _read_orientation(image: Any) -> int:
    """Return the EXIF orientation, 1 (upright) where it cannot be read."""
    try:
        turned = image.getexif().get(274, 1)
    except Exception:
        return 1
    return turned if isinstance(turned, int) and 1 <= turned <= 8 else 1


Codes = NDArray[np.uint8]
Ints = NDArray[np.int64]
Positions = NDArray[np.int32]
Words = NDArray[np.uint64]

# PDQ's README: two hashes within 31 of 256 bits are of the same image
MAX_SAME_IMAGE_DISTANCE = 31
_N_PARTS, _N_PART_VALUES = 16, 1 << 16
# Hashes whose bits are held at once.
_BLOCK_HASHES = 100_000
_HEX_DIGITS = 64


def read_hashes(texts: Iterable[object]) -> tuple[Codes, NDArray[np.bool_]]:
    """Read hashes of 64 hexadecimal digits.

    Parameters
    ----------
    texts : iterable of n str or missing

    Returns
    -------
    codes : array of uint8, shape (n, 32)
        Zero where there is no hash.
    there : array of bool, shape (n,)

    Examples
    --------
    >>> codes, there = read_hashes(["0f" * 32, "no hash", None])
    >>> codes[0, 0].item(), there.tolist()
    (15, [True, False, False])
    """
    raw = [_parse_hex(text) for text in texts]
    there = np.fromiter((one is not None for one in raw), bool, len(raw))
    joined = b"".join(one or bytes(32) for one in raw)
    return np.frombuffer(joined, dtype=np.uint8).reshape(-1, 32), there


def _parse_hex(text: object) -> bytes | None:
    if not isinstance(text, str) or len(text) != _HEX_DIGITS:
        return None
    try:
        code = bytes.fromhex(text)
    except ValueError:
        return None
    return code if len(code) == 32 else None  # fromhex skips blanks


def find_near_hashes(
    codes: Codes,
    others: Codes,
    distance: int = MAX_SAME_IMAGE_DISTANCE,
    most: int | None = None,
) -> tuple[Positions, Positions, Positions]:
    """Find all pairs of hashes within a Hamming distance.

    Parameters
    ----------
    codes : array of uint8, shape (n, 32)
    others : array of uint8, shape (m, 32)
    distance : int, default 31
        0 to 31.
    most : int, optional
        At most so many pairs of each hash, whichever are found first: what is shown
        everywhere would otherwise have pairs without end. None: all.

    Returns
    -------
    position, other, distance : arrays of int, shape (k,)
        Each pair once, a hash with itself too where it is in both; in no order.

    Notes
    -----
    Exact (multi-index hashing: Norouzi, Punjani, Fleet, CVPR 2012). Of sixteen parts of
    16 bits at least one differs by at most one bit when no more than 31 differ in all,
    so only hashes that share a part, or nearly, are compared: of a million random
    hashes 4,000 each. Images far more alike than chance cost more.

    Examples
    --------
    >>> codes, _ = read_hashes(["00" * 32, "ff" * 32, "00" * 31 + "07"])
    >>> [part.tolist() for part in find_near_hashes(codes[:1], codes)]
    [[0, 0], [0, 2], [0, 3]]
    """
    check_interval(
        "distance", distance, "find_near_hashes", low=0, high=MAX_SAME_IMAGE_DISTANCE
    )
    pairs = _search_near_pairs(
        _group_bits_by_quarter(codes),
        _group_bits_by_quarter(others),
        (True, False),
        distance,
        most,
    )
    return pairs[:, 0], pairs[:, 1], pairs[:, 2]


def find_near_turned_hashes(
    codes: Codes,
    others: Codes,
    distance: int = MAX_SAME_IMAGE_DISTANCE,
    most: int | None = None,
) -> tuple[Positions, Positions]:
    """Find pairs of hashes near each other when one is mirrored or turned.

    Parameters
    ----------
    codes : array of uint8, shape (n, 32)
    others : array of uint8, shape (m, 32)
    distance : int, default 31
        0 to 31.
    most : int, optional
        At most so many pairs of each hash that mirroring alone makes near, and as many
        of those that are flipped over a diagonal. None: all.

    Returns
    -------
    position, other : arrays of int, shape (k,)
        Each pair once, also where the two are near as they are; sorted.

    Notes
    -----
    Exact, as :func:`find_near_hashes`. Two searches serve all seven ways of
    :func:`turn_hashes`: a mirror changes none or all bits of each quarter of a hash,
    so a part and its opposite stand in the index as one.

    Examples
    --------
    >>> codes = np.random.default_rng(0).integers(0, 256, (2, 32), dtype=np.uint8)
    >>> mirrored = next(turn_hashes(codes))
    >>> [part.tolist() for part in find_near_turned_hashes(codes, mirrored)]
    [[0, 1], [0, 1]]
    """
    check_interval(
        "distance",
        distance,
        "find_near_turned_hashes",
        low=0,
        high=MAX_SAME_IMAGE_DISTANCE,
    )
    bank = _group_bits_by_quarter(others)
    mirrored = _search_near_pairs(
        _group_bits_by_quarter(codes), bank, (False, True), distance, most
    )
    flipped = _search_near_pairs(
        _group_bits_by_quarter(codes, True), bank, (True, True), distance, most
    )
    pairs = np.unique(np.concatenate([mirrored, flipped])[:, :2], axis=0)
    return pairs[:, 0], pairs[:, 1]


def _group_bits_by_quarter(codes: Codes, flipped: bool = False) -> Words:
    """Bring the bits that mirrors change together into one word each.

    The first word's bits lie in odd rows and columns of the grid and stay as they are,
    the second's only in odd rows, the third's only in odd columns, the last's in
    neither. Distances do not depend on where a bit lies.
    """
    place = np.arange(256)[::-1].reshape(16, 16)
    if flipped:
        place = place.T
    quarters = [place[1::2, 1::2], place[1::2, ::2], place[::2, 1::2], place[::2, ::2]]
    order = np.concatenate([quarter.ravel() for quarter in quarters])
    words = np.empty((len(codes), 4), np.uint64)
    for start in range(0, len(codes), _BLOCK_HASHES):
        block = slice(start, start + _BLOCK_HASHES)
        bits = np.unpackbits(codes[block], axis=1).take(order, axis=1)
        words[block] = np.packbits(bits, axis=1).view(np.uint64)
    return words


def _search_near_pairs(
    words: Words,
    others: Words,
    ways: tuple[bool, bool],
    distance: int,
    most: int | None,
) -> Positions:
    """Return position, other position and distance of pairs."""
    from iprseg.embed._multi_index import join_by_part

    if not len(words) or not len(others):
        return np.empty((0, 3), np.int32)
    room = np.full(len(words), len(others) if most is None else most, np.int64)
    found, n_threads = [], os.cpu_count() or 1
    with ThreadPoolExecutor(n_threads) as threads:  # the kernel lets go of the GIL
        for which in range(_N_PARTS):
            order, starts = _sort_codes_by_part(words, which, ways[1])
            other_order, other_starts = _sort_codes_by_part(others, which, ways[1])
            given = (others[other_order], other_order, other_starts, distance, room)
            # as many hashes to each thread, all with one value of the part to the same
            keys = np.flatnonzero(np.diff(starts))
            quota = np.linspace(0, len(words), n_threads + 1)[1:-1]
            jobs = [
                threads.submit(
                    join_by_part, which, ways, words, order, starts, some, *given
                )
                for some in np.split(keys, np.searchsorted(starts[keys], quota))
            ]
            found += [job.result() for job in jobs]
    return np.concatenate(found)


def _sort_codes_by_part(words: Words, which: int, mirrored: bool) -> tuple[Ints, Ints]:
    """Return the order by a part, and where in it each of 65,536 values begins."""
    part = np.ascontiguousarray(words).view(np.uint16)[:, which]
    if mirrored and which >= _N_PARTS // 4:  # the first quarter no mirror changes
        part = np.minimum(part, ~part)
    ends = np.cumsum(np.bincount(part, minlength=_N_PART_VALUES))
    return np.argsort(part, kind="stable"), np.concatenate([[0], ends])


def turn_hashes(codes: Codes) -> Iterator[Codes]:
    """Give the hashes of each image mirrored and turned by quarters, seven ways.

    Mirroring changes the sign of every other frequency of the cosine transform whose
    signs a PDQ hash holds, and turning swaps rows and columns besides; so a hash tells
    the others but for a few bits, without the image.

    Parameters
    ----------
    codes : array of uint8, shape (n, 32)

    Yields
    ------
    array of uint8, shape (n, 32)
        Mirrored left to right, top to bottom, both (half a turn); then the image
        flipped over its diagonal, and the same three of that.
    """
    grid = np.unpackbits(codes, axis=1)[:, ::-1].reshape(-1, 16, 16)
    even = (np.arange(16) % 2 == 0).astype(np.uint8)
    across, down = even[None, :], even[:, None]
    changes = (across, down, across ^ down)
    for base in (grid, grid.transpose(0, 2, 1)):
        if base is not grid:
            yield _pack_bits(base)
        for change in changes:
            yield _pack_bits(base ^ change)


def _pack_bits(grid: NDArray[np.uint8]) -> Codes:
    return np.packbits(grid.reshape(len(grid), 256)[:, ::-1], axis=1)
