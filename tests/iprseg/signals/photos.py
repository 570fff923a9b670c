"""Images as hashes, and tables of them, that tests of the image signals use."""

import numpy as np
import pandas as pd

from iprseg.embed.image_hashes import turn_hashes

RNG = np.random.default_rng(11)
A, B, C, D = RNG.integers(0, 256, (4, 32), dtype=np.uint8)


def bits_off(code, n):
    """The hash with n bits flipped, spread over all of it."""
    bits = np.unpackbits(code)
    bits[np.linspace(0, 255, n).astype(int)] ^= 1
    return np.packbits(bits)


def mirrored(code):
    return next(turn_hashes(code[None]))[0]


def images(*rows):
    """Rows of (listing, hash, quality): quality 100 unless said."""
    return pd.DataFrame(
        {
            "image_id": [f"i{n}" for n in range(len(rows))],
            "listing_id": [row[0] for row in rows],
            "pdq_hex": [
                row[1].tobytes().hex() if row[1] is not None else None for row in rows
            ],
            "pdq_quality": [row[2] if len(row) > 2 else 100 for row in rows],
        }
    )


def listed(sellers, **columns):
    return {"title": ["bag"] * len(sellers), "seller_id": sellers, **columns}


CATALOGUE = pd.DataFrame(
    {"brand_id": ["b1", "b2"], "model_name": ["m", "n"], "image_ids": ["k1;k2", " k3 "]}
)


def official(*codes):
    frame = images(*[(None, code) for code in codes])
    return frame.assign(image_id=[f"k{n + 1}" for n in range(len(codes))])
