"""Tables to named cohorts in one call: the whole path, each step a public function."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from iprseg._check import check_option
from iprseg.errors import TableError

STEPS = ("brands", "signals", "vectors", "cohorts", "profile", "map")


@dataclass(frozen=True)
class CohortResult:
    """What `find_cohorts` found, at one level.

    Attributes
    ----------
    level : str
        ``"listing"`` or ``"seller"``.
    cohorts : pandas.DataFrame
        One row per cohort, as `profile_cohorts` returns it.
    labels : pandas.Series of int
        Cohort of each entity, by entity id; `NOISE` where none fits.
    strength : pandas.Series of float
        How firmly each entity belongs to its cohort, 0 to 1.
    signals, reasons : pandas.DataFrame
        Signals by entity id, and why each missing one is missing.
    blocks : dict of str to list of str
        The columns of `features` that each block holds.
    features : pandas.DataFrame
        The numbers that were clustered.
    coordinates : pandas.DataFrame
        Two map coordinates per entity.
    segmenter : Segmenter
        The fitted estimator.
    brands : BrandList
        The brands that signals were computed with.
    """

    level: str
    cohorts: pd.DataFrame
    labels: pd.Series
    strength: pd.Series
    signals: pd.DataFrame
    reasons: pd.DataFrame
    blocks: dict[str, list[str]]
    features: pd.DataFrame
    coordinates: pd.DataFrame
    segmenter: Any
    brands: Any

    def assignments(self) -> pd.DataFrame:
        """Return one row per entity: level, id, cohort, its name, strength."""
        return pd.DataFrame(
            {
                "level": self.level,
                "entity_id": self.labels.index.astype(str),
                "cohort": self.labels.to_numpy(),
                "cohort_name": self.labels.map(self.cohorts["name"]).to_numpy(),
                "strength": self.strength.to_numpy(),
            }
        )


def find_cohorts(
    mp: Any,
    level: str = "listing",
    *,
    brands: Any = None,
    embedder: Any = None,
    embeddings: pd.DataFrame | None = None,
    segmenter: Any = None,
    random_state: int = 0,
    step: Callable[[str], None] | None = None,
) -> CohortResult:
    """Segment a marketplace into named cohorts.

    Parameters
    ----------
    mp : Marketplace
        The tables.
    level : {"listing", "seller"}
        What to segment; sellers need a ``seller_id`` in listings.
    brands : BrandList, optional
        Brands to look for; learned from the listings when not given.
    embedder : TextEmbedder, optional
        How titles become vectors; the default needs the ``text`` extra.
    embeddings : pandas.DataFrame, optional
        Vectors by listing id, when they are at hand already.
    segmenter : Segmenter, optional
        An unfitted segmenter; the default one for the level otherwise.
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
        When sellers are asked for and no seller is known.
    """
    from sklearn.base import clone

    from iprseg import cohorts as room
    from iprseg.embed import embed_listings
    from iprseg.segment import Segmenter, make_blocks
    from iprseg.signals import compute_signals, learn_brands

    check_option("level", level, ("listing", "seller"), "find_cohorts")
    announce = step or (lambda name: None)
    if level == "seller":
        _require_sellers(mp)
    announce("learning brands")
    brands = learn_brands(mp) if brands is None else brands
    announce("computing signals")
    signals, reasons = compute_signals(mp, level, brands=brands, return_reasons=True)
    announce("reading titles")
    if embeddings is None:
        embeddings = embed_listings(mp, embedder)
    announce("finding cohorts")
    features, blocks = make_blocks(mp, level, signals, embeddings)
    segmenter = (
        Segmenter(blocks=blocks, random_state=random_state)
        if segmenter is None
        else clone(segmenter).set_params(blocks=blocks)
    )
    segmenter.fit(features)
    labels = pd.Series(segmenter.labels_, index=features.index, name="cohort")
    strength = pd.Series(segmenter.strength_, index=features.index, name="strength")
    announce("naming cohorts")
    cohorts = room.profile_cohorts(
        labels,
        mp,
        signals,
        level=level,
        reasons=reasons,
        strength=strength,
        random_state=random_state,
    )
    announce("drawing the map")
    # the map shows the distances that cohorts were found by
    scaled = pd.DataFrame(segmenter.scaled(features), index=features.index)
    coordinates = room.cohort_coordinates(scaled, labels, random_state=random_state)
    return CohortResult(
        level,
        cohorts,
        labels,
        strength,
        signals,
        reasons,
        blocks,
        features,
        coordinates,
        segmenter,
        brands,
    )


def _require_sellers(mp: Any) -> None:
    listings = mp.listings
    if "seller_id" not in listings.columns or listings["seller_id"].isna().all():
        raise TableError(
            "Sellers cannot be segmented because listings has no seller_id: map the "
            "column that says who sells each listing, or use --level listing."
        )


def write_results(results: list[CohortResult], out: Path) -> None:
    """Write cohorts, assignments and signals of all levels as Parquet files.

    Parameters
    ----------
    results : list of CohortResult
        One per level; each file has a ``level`` column.
    out : pathlib.Path
        An existing folder.
    """
    cohorts = [
        result.cohorts.rename_axis("cohort").reset_index().assign(level=result.level)
        for result in results
    ]
    signals = [
        result.signals.rename_axis("entity_id").reset_index().assign(level=result.level)
        for result in results
    ]
    pd.concat(cohorts, ignore_index=True).to_parquet(out / "cohorts.parquet")
    pd.concat(signals, ignore_index=True).to_parquet(out / "signals.parquet")
    pd.concat(
        [result.assignments() for result in results], ignore_index=True
    ).to_parquet(out / "assignments.parquet")
