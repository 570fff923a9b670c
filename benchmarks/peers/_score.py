"""Agreement with known classes, over all rows and at an equal share of noise."""

import numpy as np
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

NOISE = -1


def agreement(truth: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """Give NMI and adjusted Rand index; noise is one cohort."""
    return (
        float(normalized_mutual_info_score(truth, labels)),
        float(adjusted_rand_score(truth, labels)),
    )


def surest(labels: np.ndarray, strength: np.ndarray, share: float) -> np.ndarray:
    """Give the rows that a method is surest of: so large a share of all rows.

    Rows are ranked by the method's own strength, noise last; ties, which hdbscan has
    by the thousand at strength 1, break at random with a fixed seed.
    """
    order = np.random.default_rng(0).permutation(len(labels))
    rank = np.where(labels == NOISE, -np.inf, strength)[order]
    return order[np.argsort(-rank, kind="stable")[: round(share * len(labels))]]


def scores(
    truth: np.ndarray, found: dict[str, tuple[np.ndarray, np.ndarray]], ours: str
) -> dict[str, dict[str, float]]:
    """Score every method, and beside each ours at the same share of rows.

    The share is what the stricter of the two keeps: neither is made to label rows
    that it calls noise.
    """
    table = {}
    kept = {
        name: float((labels != NOISE).mean()) for name, (labels, _) in found.items()
    }
    for name, (labels, strength) in found.items():
        nmi, ari = agreement(truth, labels)
        share = min(kept[name], kept[ours])
        rows, own = surest(labels, strength, share), surest(*found[ours], share)
        table[name] = {
            "cohorts": len(np.unique(labels[labels != NOISE])),
            "noise": 1 - kept[name],
            "NMI": nmi,
            "ARI": ari,
            "share": share,
            "NMI there": agreement(truth[rows], labels[rows])[0],
            "ARI there": agreement(truth[rows], labels[rows])[1],
            "ours there": agreement(truth[own], found[ours][0][own])[0],
            "our ARI there": agreement(truth[own], found[ours][0][own])[1],
        }
    return table
