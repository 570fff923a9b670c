"""Measure PDQ on real product images: which edits it sees through, what it confuses.

Run ``python -m tests.real.images`` to print the table. The edited copies are made in a
folder that is thrown away.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image, ImageDraw, ImageEnhance
from statsmodels.stats.proportion import proportion_confint

from iprseg import hash_images
from iprseg.embed.image_hashes import find_near_hashes, read_hashes, turn_hashes

Edit = Callable[[Image.Image], Image.Image]
_TURNS = Image.Transpose


def crop(share: float) -> Edit:
    """Cut this share of width and height away, evenly on all sides."""

    def cut(image: Image.Image) -> Image.Image:
        w, h = image.size
        dx, dy = w * share / 2, h * share / 2
        return image.crop((round(dx), round(dy), round(w - dx), round(h - dy)))

    return cut


def overlay(width: float, height: float, left: float, top: float) -> Edit:
    """Stick a red box over part of the image."""

    def stick(image: Image.Image) -> Image.Image:
        w, h = image.size
        box = (left * w, top * h, (left + width) * w, (top + height) * h)
        ImageDraw.Draw(image).rectangle(box, fill=(200, 30, 30))
        return image

    return stick


def border(share: float) -> Edit:
    """Put a white frame around it."""

    def frame(image: Image.Image) -> Image.Image:
        edge = round(max(image.size) * share)
        whole = (image.width + 2 * edge, image.height + 2 * edge)
        framed = Image.new("RGB", whole, "white")
        framed.paste(image, (edge, edge))
        return framed

    return frame


def resize(factor: float) -> Edit:
    def scale(image: Image.Image) -> Image.Image:
        w, h = image.size
        return image.resize((round(w * factor), round(h * factor)))

    return scale


def turn(way: Image.Transpose) -> Edit:
    return lambda image: image.transpose(way)


def caption(image: Image.Image) -> Image.Image:
    """Write a line of text across the image, a tenth of its height."""
    font_size = image.height // 10
    ImageDraw.Draw(image).text(
        (image.width * 0.05, image.height * 0.45),
        "BEST SHOP 24/7",
        (255, 0, 0),
        font_size=font_size,
    )
    return image


# name -> (what is done, JPEG quality or None for PNG)
EDITS: dict[str, tuple[Edit, int | None]] = {
    "saved as PNG": (lambda i: i, None),
    "recompressed, JPEG quality 50": (lambda i: i, 50),
    "recompressed, JPEG quality 10": (lambda i: i, 10),
    "resized to a half": (resize(0.5), 90),
    "resized to a quarter": (resize(0.25), 90),
    "enlarged three times": (resize(3), 90),
    "stretched 4:3": (lambda i: i.resize((i.width * 4 // 3, i.height)), 90),
    "brighter by 30 %": (lambda i: ImageEnhance.Brightness(i).enhance(1.3), 90),
    "grey": (lambda i: i.convert("L").convert("RGB"), 90),
    "colours turned by 120 degrees": (lambda i: _hue(i, 85), 90),
    "line of text": (caption, 90),
    "sticker over 2 % of the area": (overlay(0.2, 0.1, 0.75, 0.05), 90),
    "sticker over 9 % in the middle": (overlay(0.3, 0.3, 0.35, 0.35), 90),
    "white border of 5 %": (border(0.05), 90),
    "cropped by 2 %": (crop(0.02), 90),
    "cropped by 5 %": (crop(0.05), 90),
    "cropped by 10 %": (crop(0.10), 90),
    "cropped by 20 %": (crop(0.20), 90),
    "rotated by 2 degrees": (lambda i: i.rotate(2, fillcolor="white"), 90),
    "mirrored": (turn(_TURNS.FLIP_LEFT_RIGHT), 90),
    "upside down": (turn(_TURNS.FLIP_TOP_BOTTOM), 90),
    "turned by 90 degrees": (turn(_TURNS.ROTATE_90), 90),
    "turned by 180 degrees": (turn(_TURNS.ROTATE_180), 90),
    "turned by 270 degrees": (turn(_TURNS.ROTATE_270), 90),
    "mirrored, JPEG quality 50": (turn(_TURNS.FLIP_LEFT_RIGHT), 50),
}


def _hue(image: Image.Image, by: int) -> Image.Image:
    hue, rest, value = image.convert("HSV").split()
    moved = hue.point([(v + by) % 256 for v in range(256)])
    return Image.merge("HSV", (moved, rest, value)).convert("RGB")


def measure(data: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return recall per edit, and the pairs of different images that match.

    Per edit: ``images``; ``plain`` and ``turned`` (copies within 31 bits of their
    original, as they are and after mirroring or quarter turns of the hash too);
    ``wrong_plain``, ``wrong_turned``: copies near some *other* image but not their own.
    """
    paths = sorted((data / "images").glob("*.jpg"))
    originals = hash_images(paths)
    codes, there = read_hashes(originals["pdq_hex"])
    assert there.all() and (originals["pdq_quality"] > 49).all()
    rows = {name: _one_edit(paths, codes, *EDITS[name]) for name in EDITS}
    one, other, far = find_near_hashes(codes, codes)
    pairs = pd.DataFrame({"one": one, "other": other, "bits": far})
    pairs = pairs[pairs["one"] < pairs["other"]].reset_index(drop=True)
    return pd.DataFrame(rows).T, pairs


def _one_edit(
    paths: list[Path], codes: np.ndarray, edit: Edit, quality: int | None
) -> dict[str, int]:
    with tempfile.TemporaryDirectory() as folder:
        copies = []
        for n, path in enumerate(paths):
            copy = Path(folder) / f"{n}.{'jpg' if quality else 'png'}"
            edited = edit(Image.open(path).convert("RGB"))
            edited.save(copy, **({"quality": quality} if quality else {}))
            copies.append(copy)
        hashed = hash_images(copies)
    edited_codes, there = read_hashes(hashed["pdq_hex"])
    there &= (hashed["pdq_quality"] > 49).to_numpy()
    plain = _found(edited_codes, codes, there)
    ways = [_found(way, codes, there) for way in turn_hashes(edited_codes)]
    turned = tuple(
        np.any([plain[k], *(way[k] for way in ways)], axis=0) for k in (0, 1)
    )
    return {
        "images": len(paths),
        "plain": int(plain[0].sum()),
        "turned": int(turned[0].sum()),
        "wrong_plain": int((plain[1] & ~plain[0]).sum()),
        "wrong_turned": int((turned[1] & ~turned[0]).sum()),
    }


def _found(
    codes: np.ndarray, originals: np.ndarray, there: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Which copies are near their own original, and near another image."""
    one, other, _ = find_near_hashes(codes, originals)
    own, foreign = np.zeros((2, len(codes)), dtype=bool)
    own[one[one == other]] = True
    foreign[one[one != other]] = True
    return own & there, foreign & there


def turned_false_matches(data: Path) -> int:
    """Count ordered pairs of different images that match only after turning one."""
    codes, _ = read_hashes(
        hash_images(sorted((data / "images").glob("*.jpg")))["pdq_hex"]
    )
    one, other, _ = find_near_hashes(codes, codes)
    plain = set(zip(one.tolist(), other.tolist(), strict=True))
    found = set()
    for way in turn_hashes(codes):
        one, other, _ = find_near_hashes(way, codes)
        found |= {
            (a, b) for a, b in zip(one.tolist(), other.tolist(), strict=True) if a != b
        }
    return len(found - plain)


def _share(k: int, n: int) -> str:
    low, high = proportion_confint(k, n, method="wilson")
    return f"{k:2d} of {n} = {k / n:4.0%} [{low:.0%}, {high:.0%}]"


if __name__ == "__main__":
    from tests.conftest import REAL_DATA

    recall, confused = measure(REAL_DATA)
    n = int(recall["images"].iloc[0])
    print(f"{n} images; recall within 31 bits, 95 % Wilson interval")
    print(f"{'edit':32}{'as it is (C01-C03)':28}{'turned too (C10)':28}wrong only")
    for name, row in recall.iterrows():
        print(
            f"{name:32}{_share(row['plain'], n):28}{_share(row['turned'], n):28}"
            f"{row['wrong_plain']}, {row['wrong_turned']}"
        )
    print(
        f"\nDifferent images within 31 bits: {len(confused)} of {n * (n - 1) // 2} pairs"
    )
    names = [p.stem for p in sorted((REAL_DATA / "images").glob("*.jpg"))]
    for a, b, bits in confused.itertuples(index=False):
        print(f"  {bits:2d}  {names[a]} / {names[b]}")
    print(
        f"Different images near only when turned: {turned_false_matches(REAL_DATA)} of {n * (n - 1)}"
    )
