"""What `find_cohorts` is asked for, checked before anything is computed."""

from typing import Any

import pandas as pd

from iprseg._check import check_option, check_whole, shown
from iprseg._members import LEVELS
from iprseg.errors import IprsegError, TableError

# Two cohorts of the least size, ten.
_LEAST_CREATORS = 20


def check_asked(
    mp: Any,
    level: str,
    gold: Any,
    segmenter: Any,
    stability: Any,
    min_cohort_size: Any,
) -> None:
    """Refuse what makes no sense, in one sentence each; see `find_cohorts`."""
    check_option("level", level, LEVELS, "find_cohorts")
    check_whole("stability", stability, "find_cohorts", low=0)
    if min_cohort_size is not None:
        check_whole("min_cohort_size", min_cohort_size, "find_cohorts", low=2)
    if segmenter is not None and not hasattr(segmenter, "set_params"):
        raise IprsegError(
            "The 'segmenter' parameter of find_cohorts must be a Segmenter; got "
            f"{shown(segmenter)}."
        )
    if gold is not None:
        check_gold(gold, "find_cohorts")
    if level == "creator":
        _require_creators(mp, gold)
    if level == "seller":
        _require_sellers(mp)


def check_gold(gold: Any, owner: str) -> None:
    """Refuse labels that are no frame."""
    if not isinstance(gold, pd.DataFrame):
        raise IprsegError(
            f"The 'gold' parameter of {owner} must be the frame that "
            f"labeling.gold_labels returns; got {shown(gold)}."
        )


def _require_sellers(mp: Any) -> None:
    listings = mp.listings
    if "seller_id" not in listings.columns or listings["seller_id"].isna().all():
        raise TableError(
            "Sellers cannot be segmented because listings has no seller_id: map the "
            "column that says who sells each listing, or use --level listing."
        )


def _require_creators(mp: Any, gold: Any) -> None:
    for table, use in (
        ("creators", "who they are"),
        ("promotions", "what they promote"),
    ):
        if table not in mp:
            raise TableError(
                f"Creators cannot be segmented because the tables hold no {table!r}, "
                f"which say {use}: add the table, or use --level listing or seller."
            )
    if len(mp.creators) < _LEAST_CREATORS:
        raise TableError(
            f"Creators cannot be segmented because there are only {len(mp.creators)}: "
            f"two cohorts need {_LEAST_CREATORS}; look at their signals with compute_"
            "signals(mp, 'creator') instead."
        )
    if gold is not None:
        raise IprsegError(
            "Labels of listings neither shape nor rate cohorts of creators, since a "
            "listing may be promoted by several: leave gold out, or use --level seller."
        )
