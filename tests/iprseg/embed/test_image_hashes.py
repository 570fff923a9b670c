"""Hashing image files: what is read, and what only gets a reason."""

import struct
import sys
import zlib

import numpy as np
import pdqhash
import pytest
from PIL import Image

from iprseg import MissingExtraError, hash_images
from iprseg.embed import image_hashes
from iprseg.embed.image_hashes import read_hashes


def picture(width=300, height=200, seed=0):
    """Soft shapes: random colours on a coarse grid, blurred."""
    coarse = np.random.default_rng(seed).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)


def far(one, other):
    (a, b), there = read_hashes([one, other])
    assert there.all()
    return int(np.unpackbits(a ^ b).sum())


def png_that_claims(width, height):
    """A PNG of a few bytes whose header says that it is huge."""
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = [(b"IHDR", head), (b"IDAT", zlib.compress(b"\0" * 1000)), (b"IEND", b"")]
    chunks = [
        struct.pack(">I", len(data))
        + name
        + data
        + struct.pack(">I", zlib.crc32(name + data))
        for name, data in parts
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def test_a_hash_is_what_the_pdq_package_gives(tmp_path):
    path = tmp_path / "a.png"
    picture().save(path)
    bits, quality = pdqhash.compute(np.asarray(picture()))
    row = hash_images([path]).iloc[0]
    # the bits in the order of the package, eight to a byte
    number = int("".join(str(int(b)) for b in bits), 2)
    assert row["pdq_hex"] == f"{number:064x}"
    assert row["pdq_quality"] == quality > 49
    assert (row["width"], row["height"], row["reason"]) == (300, 200, "")


def test_no_bad_file_stops_a_run(tmp_path):
    good = tmp_path / "good.jpg"
    picture().save(good)
    whole = good.read_bytes()
    bad = {
        "cut.jpg": (whole[: len(whole) // 2], "damaged"),
        "empty.jpg": (b"", "empty_file"),
        "text.jpg": (b"<html>not found</html>", "not_an_image"),
        # an EPS file runs another program when opened; it is not
        "page.jpg": (
            b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
            "not_an_image",
        ),
        "bomb.png": (png_that_claims(60_000, 60_000), "too_many_pixels"),
        "wide.png": (png_that_claims(40_000, 10), "too_many_pixels"),
        "many.png": (png_that_claims(10_000, 10_000), "too_many_pixels"),
        "thin.png": (png_that_claims(300, 4), "too_small"),
        "lies.png": (png_that_claims(300, 300), "damaged"),
    }
    for name, (content, _) in bad.items():
        (tmp_path / name).write_bytes(content)
    odd = [None, float("nan"), "", "a\0b", tmp_path, tmp_path / "nowhere.png"]
    reasons = ["no_path", "no_path", "no_path", "no_file", "not_a_file", "no_file"]
    found = hash_images([*(tmp_path / name for name in bad), *odd, good])
    assert found["reason"].tolist() == [*(why for _, why in bad.values()), *reasons, ""]
    assert found["pdq_hex"].notna().tolist() == [False] * (len(bad) + len(odd)) + [True]
    assert found["pdq_quality"].isna().tolist() == found["pdq_hex"].isna().tolist()
    wide = found.iloc[list(bad).index("wide.png")]
    assert (wide["width"], wide["height"]) == (40_000, 10)


def test_a_real_image_40000_pixels_wide_is_refused(tmp_path):
    path = tmp_path / "wide.png"
    Image.new("L", (40_000, 20), 128).save(path)
    assert hash_images([path])["reason"].tolist() == ["too_many_pixels"]


def test_a_large_file_is_not_read(tmp_path, monkeypatch):
    path = tmp_path / "a.png"
    picture().save(path)
    monkeypatch.setattr(image_hashes, "_MAX_BYTES", 100)
    assert hash_images([path])["reason"].tolist() == ["file_too_large"]


def test_an_image_is_hashed_as_it_is_shown(tmp_path):
    upright, turned = tmp_path / "a.png", tmp_path / "b.png"
    picture().save(upright)
    exif = Image.Exif()
    exif[274] = 6  # shown after a quarter turn to the right
    picture().transpose(Image.Transpose.ROTATE_90).save(turned, exif=exif)
    found = hash_images([upright, turned])
    assert far(*found["pdq_hex"]) == 0
    assert found["width"].tolist() == [300, 300]


def test_transparent_parts_are_white(tmp_path):
    white, clear = tmp_path / "white.png", tmp_path / "clear.png"
    small = picture(100, 100)
    on_white = Image.new("RGB", (200, 200), "white")
    on_white.paste(small, (50, 50))
    on_nothing = Image.new("RGBA", (200, 200), (0, 0, 0, 0))
    on_nothing.paste(small, (50, 50))
    on_white.save(white)
    on_nothing.save(clear)
    assert far(*hash_images([white, clear])["pdq_hex"]) == 0


def test_size_and_colour_modes_hardly_change_a_hash(tmp_path):
    base = tmp_path / "a.png"
    picture().save(base)
    others = [tmp_path / name for name in ("big.png", "cmyk.jpg", "palette.gif")]
    picture(3000, 2000).save(others[0])
    picture().convert("CMYK").save(others[1])
    picture().convert("P").save(others[2])
    hashes = hash_images([base, *others])["pdq_hex"].tolist()
    assert max(far(hashes[0], other) for other in hashes[1:]) <= 16


def test_a_blank_image_has_no_quality(tmp_path):
    path = tmp_path / "blank.png"
    Image.new("RGB", (200, 200), "grey").save(path)
    assert hash_images([path])["pdq_quality"].tolist() == [0]


def test_no_paths_give_no_rows():
    assert hash_images([]).shape == (0, 5)


def test_without_the_extra_one_clear_error(monkeypatch):
    monkeypatch.setitem(sys.modules, "pdqhash", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'iprseg\[image\]'"):
        hash_images(["a.png"])
