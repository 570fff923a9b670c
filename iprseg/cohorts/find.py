"""Tables to named cohorts in one call: the whole path, each step a public function."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import pandas as pd

from iprseg.cohorts._asked import check_asked
from iprseg.cohorts._examples import distance_from_centre
from iprseg.cohorts._leave import with_leave
from iprseg.cohorts._markets import markets_of
from iprseg.cohorts._protective import protective_score
from iprseg.cohorts._run_notes import run_notes
from iprseg.cohorts._shaping import shaping_classes
from iprseg.cohorts.coordinates import cohort_coordinates
from iprseg.cohorts.profile import catalogue_directions, profile_cohorts
from iprseg.cohorts.result import CohortResult
from iprseg.cohorts.suspects import single_suspects


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
    min_cohort_size: int | None = None,
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
    min_cohort_size : int, optional
        Least members of a cohort; by default `segmenter`'s, and its default is the
        larger of 10 and ``sqrt(n) / 2``. Less finds smaller kinds, and more that are
        chance: look at their stability.
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
        When a parameter is not what it must be, or gold is given for creators.
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
    check_asked(mp, level, gold, segmenter, stability, min_cohort_size)
    announce = step or (lambda name: None)
    brands, signals, reasons = _signals(mp, level, brands, announce)
    used = signals[_segmenting(signals.columns, level)]
    announce("reading titles")
    # held by no name: the vectors of a million titles take a gigabyte and a half
    features, blocks = _blocks(mp, level, used, _embedded(mp, embedder, embeddings))
    announce("finding cohorts")
    classes = shaping_classes(gold, mp, level, features.index)
    segmenter = _unfitted(segmenter, blocks, random_state, min_cohort_size)
    segmenter.fit(features, classes)
    labels = pd.Series(segmenter.labels_, index=features.index, name="cohort")
    strength = pd.Series(segmenter.strength_, index=labels.index, name="strength")
    how = {"y": classes, "n_runs": stability, "random_state": random_state}
    stable = _judged(segmenter, features, mp, level, announce, how)
    announce("naming cohorts")
    scaled = pd.DataFrame(segmenter.scaled(features), index=features.index)
    parts = segmenter.contributions(features, segmenter.labels_)
    told: dict[str, Any] = {"reasons": reasons, "strength": strength, "gold": gold}
    told |= {"stability": stable, "random_state": random_state, "contributions": parts}
    told["distance"] = distance_from_centre(scaled.to_numpy(), labels)
    cohorts, suspects = _told(labels, mp, signals, used, level, segmenter.edits, told)
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
        contributions=parts,
        suspects=suspects,
        markets=markets_of(mp, level, labels.index),
        features=features,
        segmenter=segmenter,
        coordinates=cohort_coordinates(scaled, labels, random_state=random_state),
    )


def _embedded(mp: Any, embedder: Any, embeddings: pd.DataFrame | None) -> pd.DataFrame:
    from iprseg.embed import embed_listings

    return embed_listings(mp, embedder) if embeddings is None else embeddings


def _blocks(
    mp: Any, level: str, signals: pd.DataFrame, embeddings: pd.DataFrame
) -> tuple[pd.DataFrame, dict[str, list[str]]]:
    from iprseg.segment import make_blocks

    return make_blocks(mp, level, signals, embeddings)


def _told(
    labels: pd.Series,
    mp: Any,
    signals: pd.DataFrame,
    used: pd.DataFrame,
    level: str,
    edits: Any,
    how: dict[str, Any],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Profile the cohorts and rank those in none who stand out, with notes on both."""
    guard = protective_score(signals)
    cohorts = profile_cohorts(labels, mp, used, level, protective=guard, **how)
    weighed, ways = with_leave(used, mp, level), catalogue_directions()
    suspects = single_suspects(weighed, labels, ways, protective=guard)
    notes = run_notes(cohorts["suspicion"], level, len(suspects), edits)
    cohorts.attrs["notes"] += notes
    return cohorts, suspects


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


def _unfitted(
    segmenter: Any,
    blocks: dict[str, list[str]],
    random_state: int,
    min_cohort_size: int | None,
) -> Any:
    from sklearn.base import clone

    from iprseg.segment import Segmenter

    chosen = Segmenter(random_state=random_state) if segmenter is None else segmenter
    chosen = clone(chosen).set_params(blocks=blocks)
    if min_cohort_size is not None:
        chosen.set_params(min_cohort_size=min_cohort_size)
    return chosen
