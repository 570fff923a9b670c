"""Small pictures of goods that never were, what is done to them, and their hashes."""

from collections.abc import Callable
from typing import Any

import numpy as np

from iprseg._optional import import_optional

_SIDE = 256
_PURPOSE = "draw and hash the pictures of AD09"


def draw_picture(rng: np.random.Generator) -> Any:
    """Draw a picture: a room in two colours, a thing of a few shapes, light and grain.

    Returns
    -------
    PIL.Image.Image
        RGB, 256 pixels square.
    """
    pillow = import_optional("PIL.Image", "image", _PURPOSE)
    draw = import_optional("PIL.ImageDraw", "image", _PURPOSE)
    blur = import_optional("PIL.ImageFilter", "image", _PURPOSE)
    high, low = rng.integers(60, 256, (2, 3))
    slope = np.linspace(0, 1, _SIDE)[:, None, None]
    lean = np.linspace(0, rng.uniform(-0.6, 0.6), _SIDE)[None, :, None]
    room = np.clip(high + (low - high) * slope + 80 * lean, 0, 255)
    image = pillow.fromarray(np.broadcast_to(room, (_SIDE, _SIDE, 3)).astype(np.uint8))
    pen = draw.Draw(image)
    for _ in range(int(rng.integers(9, 16))):
        x, y = rng.uniform(0, 0.75, 2) * _SIDE
        w, h = rng.uniform(0.08, 0.5, 2) * _SIDE
        color = tuple(int(c) for c in rng.integers(0, 256, 3))
        shape = [pen.rectangle, pen.ellipse, _triangle(pen)][rng.integers(3)]
        shape((x, y, x + w, y + h), fill=color)
    image = image.filter(blur.GaussianBlur(float(rng.uniform(0.4, 1.2))))
    grain = rng.normal(0, 5, (_SIDE, _SIDE, 3))
    pixels = np.clip(np.asarray(image, float) + grain, 0, 255).astype(np.uint8)
    return pillow.fromarray(pixels)


def _triangle(pen: Any) -> Callable[..., None]:
    def fill(box: tuple[float, ...], fill: tuple[int, ...]) -> None:
        """Draw half of a box, below its diagonal."""
        left, top, right, bottom = box
        pen.polygon([(left, bottom), (right, bottom), (left, top)], fill=fill)

    return fill


def hash_picture(image: Any) -> tuple[str, int]:
    """Give the PDQ hash of a picture, 64 hexadecimal digits, and its quality."""
    pdqhash = import_optional("pdqhash", "image", _PURPOSE)
    bits, quality = pdqhash.compute(np.asarray(image.convert("RGB"), np.uint8))
    return np.packbits(np.asarray(bits, np.uint8)).tobytes().hex(), int(quality)


def edit_picture(image: Any, kind: str) -> Any:
    """Do to a picture what a thief does; ``kind`` is one of ``EDITS``."""
    return EDITS[kind](image)


def _turn(name: str) -> Callable[[Any], Any]:
    def make(image: Any) -> Any:
        """Turn or mirror a picture."""
        pillow = import_optional("PIL.Image", "image", _PURPOSE)
        return image.transpose(getattr(pillow.Transpose, name))

    return make


def _crop(share: float) -> Callable[[Any], Any]:
    def make(image: Any) -> Any:
        """Cut a share of the width and the height off, half on each side."""
        cut = share / 2 * _SIDE
        box = (round(cut), round(cut), round(_SIDE - cut), round(_SIDE - cut))
        return image.crop(box).resize((_SIDE, _SIDE))

    return make


def _levels(change: Callable[[np.ndarray], np.ndarray]) -> Callable[[Any], Any]:
    """Change the values of all points, an array of floats of shape (h, w, 3)."""

    def make(image: Any) -> Any:
        """Change the points of a picture."""
        pillow = import_optional("PIL.Image", "image", _PURPOSE)
        pixels = change(np.asarray(image, float))
        return pillow.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))

    return make


def _saved(quality: int) -> Callable[[Any], Any]:
    def make(image: Any) -> Any:
        """Save a picture as JPEG and open it again."""
        from io import BytesIO

        pillow = import_optional("PIL.Image", "image", _PURPOSE)
        store = BytesIO()
        image.save(store, "JPEG", quality=quality)
        store.seek(0)
        return pillow.open(store).convert("RGB")

    return make


def _stuck(left: float, side: float) -> Callable[[Any], Any]:
    """Put a round sticker on, ``side`` of the width across."""

    def make(image: Any) -> Any:
        """Put the sticker on a copy."""
        draw = import_optional("PIL.ImageDraw", "image", _PURPOSE)
        image = image.copy()
        box = (left * _SIDE, 0.1 * _SIDE, (left + side) * _SIDE, (0.1 + side) * _SIDE)
        draw.Draw(image).ellipse(box, fill=(250, 200, 20))
        return image

    return make


def _tilted(image: Any) -> Any:
    return image.rotate(3, fillcolor=(255, 255, 255))


def _rendered_anew(image: Any) -> Any:
    """Stand in for a picture made anew: flat colours, soft edges, other light.

    A generative model is not at hand here; the real thing moves shapes as well.
    """
    flat = image.quantize(12).convert("RGB").resize((96, 96)).resize((_SIDE, _SIDE))
    return _levels(lambda p: 255 * (p / 255) ** 0.7)(flat)


EDITS: dict[str, Callable[[Any], Any]] = {
    "mirror": _turn("FLIP_LEFT_RIGHT"),
    "upside_down": _turn("FLIP_TOP_BOTTOM"),
    "rotate_90": _turn("ROTATE_90"),
    "rotate_180": _turn("ROTATE_180"),
    "rotate_270": _turn("ROTATE_270"),
    "crop_2": _crop(0.02),
    "crop_5": _crop(0.05),
    "crop_10": _crop(0.10),
    "crop_20": _crop(0.20),
    "tilt_3": _tilted,
    "recolour": _levels(lambda p: p[..., [1, 2, 0]]),
    "grey": _levels(lambda p: np.repeat(p.mean(axis=2, keepdims=True), 3, axis=2)),
    "brighter": _levels(lambda p: p * 1.35),
    "negative": _levels(lambda p: 255 - p),
    "save_q30": _saved(30),
    "sticker_small": _stuck(0.7, 0.15),
    "sticker_large": _stuck(0.3, 0.4),
    "render_anew": _rendered_anew,
}
