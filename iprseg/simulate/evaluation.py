"""An annotator of known error, and agreement of found cohorts with the planted ones."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pandas as pd

from iprseg.errors import IprsegError
from iprseg.validation import NOISE, check_columns, check_interval

if TYPE_CHECKING:
    from iprseg.pipeline import CohortResult


_OWNER = "SimulatedLabeler"
_TRUTH_COLUMNS = ("listing_id", "violation_type", "ni_reason", "severity")
_HEADLINE_SEVERITIES = (
    "S2",
    "S3",
    "S4",
)  # what the headline of estimate_prevalence counts
# The two mistakes, always the same: a fake taken for genuine goods, and honest goods
# taken for a look-alike. S2, so that a false alarm moves the headline rate.
_MISSED_ANSWER = {
    "primary": "NO_INFRINGEMENT",
    "ni_reason": "NI_GENUINE_NEW",
    "severity": "S0",
}
_FALSE_ALARM_ANSWER = {"primary": "TM_CONFUSABLE", "severity": "S2"}
# It reads the listing and no more, and is as sure of a mistake as of the rest.
_FIXED_ANSWERS = {"evidence_level": "E1", "confidence": "80"}


class SimulatedLabeler:
    """Answer for listings of a synthetic marketplace, with mistakes of a known rate.

    The answer for a listing depends on its id and the seed alone: it is the same in
    whatever order, and however often, listings are asked. Labelers of different seeds
    err independently.

    Parameters
    ----------
    truth : dict of str to pandas.DataFrame
        The truth of `make_marketplace`; its ``listings`` are used.
    sensitivity : float, default 0.9
        Chance that a violative listing is called so; otherwise it is called
        NO_INFRINGEMENT.
    specificity : float, default 0.98
        Chance that an honest listing is called so; otherwise it is called
        TM_CONFUSABLE, severity S2.
    nonresponse : float, default 0.02
        Chance that a listing is skipped, whatever it is; below 1.
    random_state : int, default 0
        Seed.

    Raises
    ------
    IprsegError, TableError
        A probability or seed out of range; truth without the columns needed.

    Examples
    --------
    >>> from iprseg import make_marketplace
    >>> truth = make_marketplace(300, 40).truth
    >>> labeler = SimulatedLabeler(truth, sensitivity=1, specificity=1, nonresponse=0)
    >>> labeler.answer("L00000001")["ni_reason"]
    'NI_NO_IP_REFERENCE'
    >>> ids = truth["listings"]["listing_id"]
    >>> hasty = SimulatedLabeler(truth, sensitivity=0.8, specificity=0.95)
    >>> round(labeler.apparent_rate(ids), 3), round(hasty.apparent_rate(ids), 3)
    (0.033, 0.08)
    """

    def __init__(
        self,
        truth: dict[str, pd.DataFrame],
        sensitivity: float = 0.9,
        specificity: float = 0.98,
        nonresponse: float = 0.02,
        random_state: int = 0,
    ) -> None:
        check_interval("sensitivity", sensitivity, _OWNER, low=0, high=1)
        check_interval("specificity", specificity, _OWNER, low=0, high=1)
        check_interval(
            "nonresponse", nonresponse, _OWNER, low=0, high=1, high_open=True
        )
        check_interval("random_state", random_state, _OWNER, low=0)
        if int(random_state) != random_state:
            raise IprsegError(
                f"The 'random_state' parameter of {_OWNER} must be a whole number; "
                f"got {random_state!r}."
            )
        self.sensitivity: float = float(sensitivity)
        self.specificity: float = float(specificity)
        self.nonresponse: float = float(nonresponse)
        self.random_state: int = int(random_state)
        self._planted = _index_right_answers(truth)

    def answer(self, listing_id: str) -> dict[str, str] | None:
        """Give the answer for one listing, or None where it is skipped.

        Returns
        -------
        dict of str to str, or None
            Codes of the codebook ``ipr_listing``, as a label queue takes them.

        Raises
        ------
        IprsegError
            A listing that the truth does not hold.
        """
        said = self._judge_listing(listing_id)
        skipped = self._hash_to_chance("skip", listing_id) < self.nonresponse
        return None if skipped else {**said, **_FIXED_ANSWERS}

    def apparent_rate(self, listing_ids: Iterable[str]) -> float:
        """Give the rate that its labels of all these listings would show.

        It counts severity S2 and above, as the headline of `estimate_prevalence` does:
        an interval from its labels is about this rate and not the planted one. What it
        skips is counted as it would have called it.

        Parameters
        ----------
        listing_ids : iterable of str
            The frame, each listing once.

        Raises
        ------
        IprsegError
            No listing, or one that the truth does not hold.
        """
        severe = [
            self._judge_listing(one)["severity"] in _HEADLINE_SEVERITIES
            for one in listing_ids
        ]
        if not severe:
            raise IprsegError(
                f"{_OWNER}.apparent_rate needs at least one listing id; got none."
            )
        return sum(severe) / len(severe)

    def _judge_listing(self, listing_id: str) -> dict[str, str]:
        planted = self._planted.get(listing_id)
        if planted is None:
            raise IprsegError(
                f"The truth holds no listing {listing_id!r}, so {_OWNER} cannot answer "
                "for it; give the truth of the marketplace that is labeled."
            )
        luck = self._hash_to_chance("call", listing_id)
        if planted["primary"] == _MISSED_ANSWER["primary"]:
            return planted if luck < self.specificity else _FALSE_ALARM_ANSWER
        return planted if luck < self.sensitivity else _MISSED_ANSWER

    def _hash_to_chance(self, question: str, listing_id: str) -> float:
        """Turn seed, question and listing, nothing else, into a number in [0, 1)."""
        text = f"{self.random_state}/{question}/{listing_id}"
        digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
        return int.from_bytes(digest, "big") / 2**64


def _index_right_answers(truth: dict[str, pd.DataFrame]) -> dict[str, dict[str, str]]:
    """Give the planted codes of each listing, by its id."""
    if not isinstance(truth, dict) or "listings" not in truth:
        raise IprsegError(
            f"{_OWNER} needs the truth of make_marketplace, a dict with 'listings'; "
            f"got {type(truth).__name__}."
        )
    check_columns(truth["listings"], _TRUTH_COLUMNS, f"The truth given to {_OWNER}")
    rows = truth["listings"][list(_TRUTH_COLUMNS)].itertuples(index=False, name=None)
    answers = {}
    for listing_id, primary, reason, severity in rows:
        answers[listing_id] = {"primary": primary, "severity": severity}
        if primary == _MISSED_ANSWER["primary"]:
            answers[listing_id]["ni_reason"] = reason
    return answers


def planted_agreement(
    results: list[CohortResult],
    truth: dict[str, pd.DataFrame],
    random_state: int = 0,
) -> pd.DataFrame:
    """Measure agreement with the planted cohorts, beside k-means on the same blocks.

    Parameters
    ----------
    results : list of CohortResult
        One per level, from `find_cohorts`.
    truth : dict of str to pandas.DataFrame
        ``listings`` and ``sellers``, each with an id and a ``cohort`` column.
    random_state : int, default 0
        Seed of k-means.

    Returns
    -------
    pandas.DataFrame
        Columns level, method, cohorts, noise_share, adjusted_rand_index; noise
        counts as one cohort. k-means is told the planted number of cohorts, which
        the segmenter is not.

    Examples
    --------
    >>> from iprseg import Marketplace, TextEmbedder, find_cohorts, make_marketplace
    >>> simulated = make_marketplace(300, 40)
    >>> marketplace = Marketplace.from_frames({"listings": simulated.tables["listings"]})
    >>> found = find_cohorts(marketplace, embedder=TextEmbedder("lexical"))
    >>> planted_agreement([found], simulated.truth)["level"].tolist()
    ['listing', 'listing']
    """
    from sklearn.cluster import KMeans

    rows = []
    for result in results:
        planted = _align_planted_labels(result, truth)
        n_planted = planted.nunique()
        kmeans = KMeans(n_planted, n_init=10, random_state=random_state)
        peer = kmeans.fit_predict(result.segmenter.scaled(result.features))
        rows.append(_score_method(result.level, "iprseg", planted, result.assignments))
        rows.append(
            _score_method(result.level, f"k-means, k={n_planted}", planted, peer)
        )
    return pd.DataFrame(rows)


def _align_planted_labels(
    result: CohortResult, truth: dict[str, pd.DataFrame]
) -> pd.Series:
    key = f"{result.level}_id"
    planted = truth[f"{result.level}s"].set_index(key)["cohort"]
    return planted.reindex(result.assignments.index)


def _score_method(
    level: str, method: str, planted: pd.Series, found: Any
) -> dict[str, Any]:
    from sklearn.metrics import adjusted_rand_score

    labels = pd.Series(found)
    return {
        "level": level,
        "method": method,
        "cohorts": int(labels[labels != NOISE].nunique()),
        "noise_share": round(float((labels == NOISE).mean()), 3),
        "adjusted_rand_index": round(float(adjusted_rand_score(planted, labels)), 3),
    }
