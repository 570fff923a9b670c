"""Tables to named cohorts in one call: the whole path, each step a public function."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import pandas as pd

from iprseg._check import check_interval, check_option
from iprseg._labels import NOISE
from iprseg._members import LEVELS
from iprseg.cohorts._examples import distance_from_centre
from iprseg.cohorts._shaping import shaping_classes
from iprseg.cohorts.coordinates import cohort_coordinates
from iprseg.cohorts.profile import profile_cohorts
from iprseg.cohorts.result import CohortResult
from iprseg.errors import IprsegError, TableError

# Two cohorts of the least size, ten.
_LEAST_CREATORS = 20
# A suspicion of one standard deviation is worth a word.
_LEANS = 1.0
_EDITED = "Some cohorts are as an analyst merged or split them, not as they were found."


def find_cohorts(
    mp: Any,
    level: str = "listing",
    *,
    brands: Any = None,
    embedder: Any = None,
    embeddings: pd.DataFrame | None = None,
    segmenter: Any = None,
    gold: pd.DataFrame | None = None,
    stability: int = 0,
    random_state: int = 0,
    step: Callable[[str], None] | None = None,
) -> CohortResult:
    """Segment a marketplace into named cohorts.

    Parameters
    ----------
    mp : Marketplace
        The tables.
    level : {"listing", "seller", "creator"}
        What to segment; sellers need a ``seller_id`` in listings, creators the tables
        ``creators`` and ``promotions``, and 20 of them. Creators are told apart by
        their own signals and by the listings that they promote.
    brands : BrandList, optional
        Brands to look for; learned from the listings when not given.
    embedder : TextEmbedder, optional
        How titles become vectors; the default needs the ``text`` extra.
    embeddings : pandas.DataFrame, optional
        Vectors by listing id, when they are at hand already.
    segmenter : Segmenter, optional
        An unfitted segmenter; the default one for the level otherwise.
    gold : pandas.DataFrame, optional
        Labels from ``labeling.gold_labels``. Those of role *shape* say which
        differences matter when cohorts are found, those of role *measure* give rates
        and the order of cohorts; no label does both. Not for creators: labels are of
        listings, and a listing may be promoted by several.
    stability : int, default 0
        So many times cohorts are found anew in half of the sellers, for a verdict on
        each (`cohort_stability`); ten are enough to tell, and take about seven times
        as long as finding them once. 0 leaves it unmeasured, and results say so.
    random_state : int, default 0
        Seed of everything that involves chance.
    step : callable, optional
        Called with the name of each step as it begins, for progress bars.

    Returns
    -------
    CohortResult
        Cohorts, assignments, signals and the fitted segmenter.

    Raises
    ------
    TableError
        When sellers are asked for and no seller is known, or creators and there are
        fewer than 20, or nobody knows what they promote.
    IprsegError
        When gold is given for creators.
    MissingExtraError
        When titles are to become vectors and the ``text`` extra is not installed.

    Examples
    --------
    >>> from iprseg import Marketplace, TextEmbedder, find_cohorts, make_marketplace
    >>> tables = make_marketplace(300, 40, random_state=0).tables
    >>> mp = Marketplace.from_frames({"listings": tables["listings"]})
    >>> found = find_cohorts(mp, embedder=TextEmbedder("lexical"))
    >>> len(found.labels), int(found.cohorts["size"].sum())
    (300, 300)
    """
    check_option("level", level, LEVELS, "find_cohorts")
    check_interval("stability", stability, "find_cohorts", low=0)
    _require_entities(mp, level, gold)
    announce = step or (lambda name: None)
    brands, signals, reasons = _signals(mp, level, brands, announce)
    used = signals[_segmenting(signals.columns, level)]
    announce("reading titles")
    embeddings = _embedded(mp, embedder) if embeddings is None else embeddings
    announce("finding cohorts")
    features, blocks = _blocks(mp, level, used, embeddings)
    classes = shaping_classes(gold, mp, level, features.index)
    segmenter = _unfitted(segmenter, blocks, random_state).fit(features, classes)
    labels = pd.Series(segmenter.labels_, index=features.index, name="cohort")
    strength = pd.Series(segmenter.strength_, index=labels.index, name="strength")
    judge = {"y": classes, "n_runs": stability, "random_state": random_state}
    stable = _judged(segmenter, features, mp, level, announce, judge)
    announce("naming cohorts")
    scaled = pd.DataFrame(segmenter.scaled(features), index=features.index)
    how: dict[str, Any] = {"reasons": reasons, "strength": strength, "gold": gold}
    how |= {"stability": stable, "random_state": random_state}
    how["contributions"] = segmenter.contributions(features, segmenter.labels_)
    how["distance"] = distance_from_centre(scaled.to_numpy(), labels)
    cohorts = profile_cohorts(labels, mp, used, level, **how)
    cohorts.attrs["notes"] += _notes(cohorts["suspicion"], level, segmenter.edits)
    announce("drawing the map")
    return CohortResult(
        level=level,
        cohorts=cohorts,
        labels=labels,
        strength=strength,
        signals=signals,
        reasons=reasons,
        blocks=blocks,
        brands=brands,
        stability=stable,
        contributions=how["contributions"],
        features=features,
        segmenter=segmenter,
        coordinates=cohort_coordinates(scaled, labels, random_state=random_state),
    )


def _embedded(mp: Any, embedder: Any) -> pd.DataFrame:
    from iprseg.embed import embed_listings

    return embed_listings(mp, embedder)


def _blocks(
    mp: Any, level: str, signals: pd.DataFrame, embeddings: pd.DataFrame
) -> tuple[pd.DataFrame, dict[str, list[str]]]:
    from iprseg.segment import make_blocks

    return make_blocks(mp, level, signals, embeddings)


def _judged(
    segmenter: Any,
    features: pd.DataFrame,
    mp: Any,
    level: str,
    announce: Callable[[str], None],
    how: dict[str, Any],
) -> Any:
    """Measure stability; rows that are sellers themselves have none to belong to."""
    from iprseg.segment import cohort_stability

    if how["n_runs"] == 0:
        return None
    sellers = None
    if level == "listing" and "seller_id" in mp.listings:
        sellers = mp.listings["seller_id"].reindex(features.index)
    found = cohort_stability(segmenter, features, sellers=sellers, step=announce, **how)
    return found if level == "listing" else replace(found, unit=f"{level}s")


def _signals(
    mp: Any, level: str, brands: Any, announce: Callable[[str], None]
) -> tuple[Any, pd.DataFrame, pd.DataFrame]:
    from iprseg.signals import compute_signals, learn_brands

    announce("learning brands")
    brands = learn_brands(mp) if brands is None else brands
    announce("computing signals")
    both = compute_signals(mp, level, brands=brands, return_reasons=True)
    signals, reasons = cast(tuple[pd.DataFrame, pd.DataFrame], both)
    return brands, signals, reasons


def _segmenting(columns: pd.Index, level: str = "listing") -> list[str]:
    """Columns that cohorts are found and named by: those on which that was measured.

    The signals of creators themselves were not: all count but those that are made of
    past decisions.
    """
    from iprseg.signals import signal_catalogue

    catalogue = signal_catalogue()
    chosen = catalogue["segments"] == "yes"
    if level == "creator":
        own = (catalogue["level"] == "creator") & catalogue["direction"].isin(
            ["+", "-"]
        )
        chosen |= own & (catalogue["leak_risk"].fillna("") == "")
    ids = catalogue.index[chosen]
    bases = {f"{key}_{catalogue.at[key, 'name']}" for key in ids}
    return [
        str(column)
        for column in columns
        if str(column).removesuffix("_mean").removesuffix("_share") in bases
    ]


def _unfitted(segmenter: Any, blocks: dict[str, list[str]], random_state: int) -> Any:
    from sklearn.base import clone

    from iprseg.segment import Segmenter

    if segmenter is None:
        return Segmenter(blocks=blocks, random_state=random_state)
    return clone(segmenter).set_params(blocks=blocks)


def _require_entities(mp: Any, level: str, gold: Any) -> None:
    if level == "creator":
        _require_creators(mp, gold)
    if level != "seller":
        return
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


def _notes(suspicion: pd.Series, level: str, edits: Any) -> list[str]:
    return _on_noise(suspicion, level) + ([] if edits is None else [_EDITED])


def _on_noise(suspicion: pd.Series, level: str) -> list[str]:
    """Say where those in no cohort lean to the risky side: no rank tells it.

    Examples
    --------
    >>> _on_noise(pd.Series({-1: 4.0, 0: 0.1, 1: 2.0}), "seller")[0][:42]
    'The sellers in no cohort lean further to t'
    >>> _on_noise(pd.Series({-1: 0.2, 0: 0.1}), "seller")
    []
    """
    lean, rest = suspicion.get(NOISE, 0.0), suspicion.drop(NOISE, errors="ignore")
    below = int((rest < lean).sum())
    if lean < _LEANS or 2 * below <= len(rest):
        return []
    return [
        f"The {level}s in no cohort lean further to the risky side (suspicion "
        f"{lean:.1f}) than {below} of the {len(rest)} cohorts. They are unlike each "
        "other and have no rank as a group: look at them one by one."
    ]
