"""iprseg in the same place: vectors or titles to labels and strengths."""

import numpy as np


def from_vectors(vectors: np.ndarray, n_classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Segment with the defaults."""
    from iprseg import Segmenter

    found = Segmenter().fit(vectors)
    return found.labels_, found.strength_


def from_titles(titles: list[str], n_classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Default vectors (no cache), then the default segmentation, then names."""
    import pandas as pd

    from iprseg import Segmenter, TextEmbedder
    from iprseg.cohorts.terms import distinctive_terms

    found = Segmenter().fit(TextEmbedder(cache=False).fit_transform(titles))
    distinctive_terms(pd.Series(titles), pd.Series(found.labels_))
    return found.labels_, found.strength_
