"""The static vectors against model2vec's own encoder.

Exact (to float32 rounding) for text without emoji and symbols, which `iprseg` leaves
out so that decoration cannot make a title unknown.
"""

import numpy as np
import pytest

from iprseg.embed import TextEmbedder
from iprseg.embed.pretrained import distil

TITLES = [
    "Black leather handbag, 30 cm",
    "INK cartridge (for printers)",
    "sac à main",
    "",
    "an ink, ink (INK) and handbag handbag",
    "q " * 600 + "leather " * 80,  # cut by the tokenizer before the leather
]


@pytest.mark.text
def test_static_vectors_equal_model2vec():
    model2vec = pytest.importorskip("model2vec")
    reference = model2vec.StaticModel.from_pretrained(distil()).encode(TITLES)
    ours = TextEmbedder("static").fit_transform(TITLES)
    np.testing.assert_allclose(ours, reference, atol=1e-6)
