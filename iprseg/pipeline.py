"""Tables to named cohorts in one call: the whole path, each step a public function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from iprseg.charts.coordinates import cohort_coordinates
from iprseg.cohorts.inputs import (
    check_find_options,
    find_markets,
    read_shaping_classes,
)
from iprseg.cohorts.outliers import list_member_reasons, rank_outliers
from iprseg.cohorts.profile import measure_centre_distance, profile_cohorts
from iprseg.cohorts.suspicion import weigh_evidence, write_run_notes
from iprseg.errors import IprsegError
from iprseg.report.results import find_result_file, save_results

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from iprseg.brands import BrandList
    from iprseg.embed import TextEmbedder
    from iprseg.segment import CohortStability, Segmenter
    from iprseg.segment.blocks import MeaningAxes, TopicMixture
    from iprseg.segment.cohort_model import CohortModel
    from iprseg.signals.compute import OwnSignal
    from iprseg.tables import Marketplace

Announce = Callable[[str], None]

_SAVED_SERIES = ("assignments", "strength", "markets", "member_reasons")
_SAVED_FRAMES = (
    "cohorts", "signals", "reasons", "features", "coordinates", "contributions",
    "outliers", *_SAVED_SERIES,
)  # fmt: skip


@dataclass(frozen=True)
class CohortResult:
    """What `find_cohorts` found, at one level.

    Attributes
    ----------
    level : str
        ``"listing"``, ``"seller"`` or ``"creator"``.
    cohorts : pandas.DataFrame
        One row per cohort, as `profile_cohorts` returns it.
    assignments : pandas.Series of int
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
    stability : CohortStability or None
        Whether cohorts are found again in half of the sellers; None where that was
        not measured.
    contributions : pandas.DataFrame or None
        Share of each block in what sets each cohort apart, see `block_contributions`.
    outliers : pandas.DataFrame or None
        Those who stand out by themselves, see `rank_outliers`.
    markets : pandas.Series or None
        Market of each entity, by entity id; None where the tables do not tell.
    member_reasons : pandas.Series of str or None
        What speaks against each entity by itself, see `list_member_reasons`.
    model : CohortModel or None
        What `predict` places new tables by.
    """

    level: str
    cohorts: pd.DataFrame
    assignments: pd.Series
    strength: pd.Series
    signals: pd.DataFrame
    reasons: pd.DataFrame
    blocks: dict[str, list[str]]
    features: pd.DataFrame
    coordinates: pd.DataFrame
    segmenter: Segmenter
    brands: BrandList
    stability: CohortStability | None = None
    contributions: pd.DataFrame | None = None
    outliers: pd.DataFrame | None = None
    markets: pd.Series | None = None
    member_reasons: pd.Series | None = None
    model: CohortModel | None = None

    def predict(
        self,
        tables: Marketplace | Mapping[str, pd.DataFrame],
        embeddings: pd.DataFrame | None = None,
    ) -> pd.Series:
        """Return the cohort of each entity of some tables, see `CohortModel.predict`.

        Of the tables that cohorts were found in, `assignments`.
        """
        if self.model is None:
            raise IprsegError(
                "This result holds no model: take one that find_cohorts returned."
            )
        return self.model.predict(tables, embeddings)

    def save(
        self, folder: str | PathLike[str], marketplace: Marketplace | None = None
    ) -> None:
        """Write all of this result to a folder, the report as well: `save_results`.

        It holds texts and prices, no raw identities: keep it where the tables are kept.

        Examples
        --------
        >>> import tempfile
        >>> from iprseg import Marketplace, TextEmbedder, find_cohorts, make_marketplace
        >>> tables = make_marketplace(300, 40, random_state=0).tables
        >>> marketplace = Marketplace.from_frames({"listings": tables["listings"]})
        >>> found = find_cohorts(marketplace, embedder=TextEmbedder("lexical"))
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     found.save(folder)
        ...     again = CohortResult.load(folder)
        >>> again.predict(marketplace).equals(found.assignments)
        True
        """
        save_results([self], Path(folder), marketplace=marketplace)

    @classmethod
    def load(
        cls,
        folder: str | PathLike[str],
        level: str | None = None,
        own: Mapping[str, OwnSignal] | None = None,
    ) -> CohortResult:
        """Read a result that `save` or ``iprseg segment`` wrote, its model included.

        Parameters
        ----------
        folder : path
            Where it was saved.
        level : {"listing", "seller", "creator"}, optional
            Which one; needed where the folder holds several.
        own : mapping of str to path or callable, optional
            The own signals that cohorts were found by (``group_by_own``).

        Raises
        ------
        IprsegError
            When it holds no such result or a damaged one, or own signals lack.
        """
        return cls.read_file(find_result_file(Path(folder), level), own)

    def write_file(self, path: Path) -> None:
        """Write this result to one file, without pickle; see `save`."""
        if self.model is None:
            raise IprsegError(
                "This result holds no model to save: take one of find_cohorts."
            )
        from iprseg.segment.cohort_model import write_model_file

        stable = self.stability
        facts = {
            "level": self.level,
            "blocks": self.blocks,
            "attrs": self.cohorts.attrs,
            "names": {
                name: getattr(getattr(self, name), "name", None)
                for name in _SAVED_SERIES
            },
            "stability": None
            if stable is None
            else [stable.ari_between, stable.unit, stable.seeded],
        }
        frames = {name: getattr(self, name) for name in _SAVED_FRAMES}
        if stable is not None:
            frames |= {"stable_cohorts": stable.cohorts, "stable_runs": stable.runs}
        write_model_file(path, self.model, frames, facts)

    @classmethod
    def read_file(
        cls, path: Path, own: Mapping[str, OwnSignal] | None = None
    ) -> CohortResult:
        """Read a result from one file that `write_file` wrote; see `load`."""
        from iprseg.segment.cohort_model import read_model_file
        from iprseg.segment.stability import CohortStability

        model, frames, facts = read_model_file(path, own)
        held: dict[str, Any] = {
            name: frames[name][name].rename(facts["names"][name])
            if name in facts["names"]
            else frames[name]
            for name in _SAVED_FRAMES
            if name in frames
        }
        held["cohorts"].attrs = facts["attrs"]
        if facts["stability"] is not None:
            found = frames["stable_cohorts"], frames["stable_runs"]
            held["stability"] = CohortStability(*found, *facts["stability"])
        return cls(
            level=facts["level"],
            blocks=facts["blocks"],
            segmenter=model.segmenter,
            brands=model.brands,
            model=model,
            **held,
        )

    def build_assignment_table(self) -> pd.DataFrame:
        """Return one row per entity: level, id, cohort, its name, strength.

        Where it was measured, `stability` is the verdict on the cohort; where it is
        known, `market` is that of the entity.
        """
        told = {"cohort_name": "name", "stability": "stability"}
        cohorts, own = self.cohorts, self.assignments
        of_cohort = {
            column: own.map(cohorts[source]).to_numpy()
            for column, source in told.items()
            if source in cohorts
        }
        return pd.DataFrame(
            {
                "level": self.level,
                "entity_id": self.assignments.index.astype(str),
                "cohort": self.assignments.to_numpy(),
                **of_cohort,
                "strength": self.strength.to_numpy(),
                **({} if self.markets is None else {"market": self.markets.to_numpy()}),
            }
        )


def find_cohorts(
    marketplace: Marketplace,
    level: str = "listing",
    *,
    brands: BrandList | None = None,
    embedder: TextEmbedder | None = None,
    embeddings: pd.DataFrame | None = None,
    segmenter: Segmenter | None = None,
    labels: pd.DataFrame | None = None,
    own: Mapping[str, OwnSignal] | None = None,
    group_by_own: bool = False,
    stability: int = 0,
    min_cohort_size: int | None = None,
    random_state: int = 0,
    step: Announce | None = None,
) -> CohortResult:
    """Segment a marketplace into named cohorts.

    Parameters
    ----------
    marketplace : Marketplace
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
    labels : pandas.DataFrame, optional
        Labels from ``labeling.read_labels``. Those of role *shape* say which
        differences matter when cohorts are found, those of role *measure* give rates
        and the order of cohorts; no label does both. Not for creators: labels are of
        listings, and a listing may be promoted by several.
    own : mapping of str to path or callable, optional
        Signals of your own by column name, as in `compute_signals`. They are kept in
        ``signals`` and shown where a cohort has them unusually high or low; they count
        for no suspicion, since nothing says which side is the risky one.
    group_by_own : bool, default False
        Whether cohorts are found by signals of your own as well: a block ``own`` that
        counts as much as any other.
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
        When a parameter is not what it must be, or labels are given for creators.
    MissingExtraError
        When titles are to become vectors and the ``text`` extra is not installed.

    Examples
    --------
    >>> from iprseg import Marketplace, TextEmbedder, find_cohorts, make_marketplace
    >>> tables = make_marketplace(300, 40, random_state=0).tables
    >>> marketplace = Marketplace.from_frames({"listings": tables["listings"]})
    >>> found = find_cohorts(marketplace, embedder=TextEmbedder("lexical"))
    >>> len(found.assignments), int(found.cohorts["size"].sum())
    (300, 300)
    """
    check_find_options(
        marketplace, level, labels, segmenter, stability, min_cohort_size
    )
    announce = step or (lambda name: None)
    computed = _compute_signals(marketplace, level, brands, own, announce)
    announce("reading titles")
    prepared = _build_blocks_of_features(
        marketplace, level, computed, embedder, embeddings, group_by_own
    )
    announce("finding cohorts")
    classes = read_shaping_classes(labels, marketplace, level, prepared.features.index)
    found = _fit_segmenter(
        _configure_segmenter(segmenter, prepared.blocks, random_state, min_cohort_size),
        prepared.features,
        classes,
    )
    stable = _measure_stability(
        found,
        prepared.features,
        classes,
        marketplace,
        level,
        stability,
        random_state,
        announce,
    )
    announce("naming cohorts")
    cohorts, outliers, member_reasons = _profile_and_rank(
        marketplace, level, computed, found, stable, labels, random_state
    )
    announce("drawing the map")
    return CohortResult(
        level=level,
        cohorts=cohorts,
        assignments=found.assignments,
        strength=found.strength,
        signals=computed.values,
        reasons=computed.reasons,
        blocks=prepared.blocks,
        brands=computed.brands,
        stability=stable,
        contributions=found.contributions,
        outliers=outliers,
        markets=find_markets(marketplace, level, found.assignments.index),
        member_reasons=member_reasons,
        features=prepared.features,
        segmenter=found.segmenter,
        coordinates=cohort_coordinates(
            found.scaled, found.assignments, random_state=random_state
        ),
        model=_build_cohort_model(
            marketplace, level, computed, prepared, found, own if group_by_own else None
        ),
    )


def _profile_and_rank(
    marketplace: Marketplace,
    level: str,
    computed: _LevelSignals,
    found: _Clustering,
    stable: CohortStability | None,
    labels: pd.DataFrame | None,
    random_state: int,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.Series]:
    """Profile cohorts, rank who stands out alone, say what speaks against each."""
    evidence = weigh_evidence(
        marketplace,
        level,
        computed.shown,
        found.assignments,
        every_signal=computed.values,
    )
    cohorts = profile_cohorts(
        marketplace,
        level,
        computed.shown,
        found.assignments,
        evidence=evidence,
        reasons=computed.reasons,
        strength=found.strength,
        distance=measure_centre_distance(found.scaled.to_numpy(), found.assignments),
        labels=labels,
        stability=stable,
        contributions=found.contributions,
        random_state=random_state,
    )
    outliers = rank_outliers(evidence, found.assignments)
    cohorts.attrs["notes"] += write_run_notes(
        cohorts["suspicion"], level, len(outliers), found.segmenter.edits
    )
    return cohorts, outliers, list_member_reasons(evidence)


def _build_cohort_model(
    marketplace: Marketplace,
    level: str,
    signals: _LevelSignals,
    prepared: _Features,
    found: _Clustering,
    own: Mapping[str, OwnSignal] | None,
) -> CohortModel:
    from iprseg.segment.cohort_model import CohortModel, select_reference

    return CohortModel(
        level=level,
        reference=select_reference(marketplace, prepared.columns, whole=bool(own)),
        brands=signals.brands,
        segmenter=found.segmenter,
        assignments=found.assignments,
        columns=tuple(prepared.columns),
        meaning=prepared.meaning,
        embedder=prepared.embedder,
        own=dict(own or {}),
    )


@dataclass(frozen=True)
class _LevelSignals:
    """All signals of a level, and which of them cohorts are found and named by."""

    values: pd.DataFrame
    reasons: pd.DataFrame
    segmenting: list[str]
    own: list[str]
    brands: BrandList

    @property
    def used(self) -> pd.DataFrame:
        """Return those that cohorts are found by."""
        return self.values[self.segmenting]

    @property
    def shown(self) -> pd.DataFrame:
        """Return those that cards may show: the user's own ones, too."""
        return self.values[[*self.segmenting, *self.own]]


def _compute_signals(
    marketplace: Marketplace,
    level: str,
    brands: BrandList | None,
    own: Mapping[str, OwnSignal] | None,
    announce: Announce,
) -> _LevelSignals:
    from iprseg.brands import learn_brands
    from iprseg.signals.compute import compute_signals_with_reasons
    from iprseg.signals.registry import choose_segmenting_columns, signal_catalogue

    announce("learning brands")
    brands = learn_brands(marketplace) if brands is None else brands
    announce("computing signals")
    signals, reasons = compute_signals_with_reasons(
        marketplace, level, brands=brands, own=own
    )
    known = signal_catalogue().index
    return _LevelSignals(
        signals,
        reasons,
        choose_segmenting_columns(signals.columns, level),
        # a query of one's own may give several columns: they are told by their ids
        [str(name) for name in signals if str(name).partition("_")[0] not in known],
        brands,
    )


@dataclass(frozen=True)
class _Features:
    """The numbers that are clustered, and how those of later rows are made."""

    features: pd.DataFrame
    blocks: dict[str, list[str]]
    columns: list[str]
    embedder: TextEmbedder | None
    meaning: MeaningAxes | TopicMixture


def _build_blocks_of_features(
    marketplace: Marketplace,
    level: str,
    signals: _LevelSignals,
    embedder: TextEmbedder | None,
    embeddings: pd.DataFrame | None,
    group_by_own: bool,
) -> _Features:
    """Build the blocks; the vectors of a million titles, 1.5 GB, end with this call."""
    from iprseg.embed import TextEmbedder, embed_listings
    from iprseg.segment import make_blocks
    from iprseg.segment.blocks import fit_meaning

    columns = [*signals.segmenting, *(signals.own if group_by_own else [])]
    if embeddings is None:
        embedder = TextEmbedder() if embedder is None else embedder
        embeddings = embed_listings(marketplace, embedder)
    meaning = fit_meaning(marketplace, level, embeddings, signals.values.index)
    features, blocks = make_blocks(
        marketplace, level, signals.values, embeddings, columns=columns, meaning=meaning
    )
    return _Features(features, blocks, columns, embedder, meaning)


@dataclass(frozen=True)
class _Clustering:
    """A fitted segmenter and what it says of every row."""

    segmenter: Segmenter
    assignments: pd.Series
    strength: pd.Series
    scaled: pd.DataFrame
    contributions: pd.DataFrame


def _fit_segmenter(
    segmenter: Segmenter, features: pd.DataFrame, classes: NDArray[np.int64] | None
) -> _Clustering:
    segmenter.fit(features, classes)
    index = features.index
    return _Clustering(
        segmenter,
        pd.Series(segmenter.labels_, index=index, name="cohort"),
        pd.Series(segmenter.strength_, index=index, name="strength"),
        pd.DataFrame(segmenter.scaled(features), index=index),
        segmenter.contributions(features, segmenter.labels_),
    )


def _measure_stability(
    found: _Clustering,
    features: pd.DataFrame,
    classes: NDArray[np.int64] | None,
    marketplace: Marketplace,
    level: str,
    n_runs: int,
    random_state: int,
    announce: Announce,
) -> CohortStability | None:
    """Measure stability; rows that are sellers themselves have none to belong to."""
    from iprseg.segment import cohort_stability

    if n_runs == 0:
        return None
    sellers = None
    if level == "listing" and "seller_id" in marketplace.listings:
        sellers = marketplace.listings["seller_id"].reindex(features.index)
    measured = cohort_stability(
        found.segmenter,
        features,
        y=classes,
        sellers=sellers,
        n_runs=n_runs,
        random_state=random_state,
        step=announce,
    )
    return measured if level == "listing" else replace(measured, unit=f"{level}s")


def _configure_segmenter(
    segmenter: Segmenter | None,
    blocks: dict[str, list[str]],
    random_state: int,
    min_cohort_size: int | None,
) -> Segmenter:
    from sklearn.base import clone

    from iprseg.segment import Segmenter

    chosen = Segmenter(random_state=random_state) if segmenter is None else segmenter
    chosen = clone(chosen).set_params(blocks=blocks)
    if min_cohort_size is not None:
        chosen.set_params(min_cohort_size=min_cohort_size)
    return chosen
