"""What is kept of a segmentation so that later tables get the same cohorts.

Signals compare a listing with others: prices with those of its category, photographs
and templates with those of other sellers. So the tables that cohorts were found in are
kept as a reference, and new rows are measured among them.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from iprseg.brands import BrandList
from iprseg.embed import TextEmbedder, embed_listings
from iprseg.errors import IprsegError
from iprseg.segment.blocks import MeaningAxes, TopicMixture, make_blocks
from iprseg.segment.segmenter import Segmenter
from iprseg.signals.aggregates import list_creators_or_rights_owners, list_sellers
from iprseg.signals.compute import compute_signals
from iprseg.signals.inputs import Inputs
from iprseg.signals.registry import signal_catalogue
from iprseg.tables import Marketplace
from iprseg.tables.access import find_table, get_entity_listings
from iprseg.tables.vault import IDENTITY_TABLE, identity_columns

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from iprseg.signals.compute import OwnSignal

_FORMAT = 1
_FILE_FORMAT, _FACTS_FILE = 1, "result.json"  # of a result in one file
_KEYS = {"listings": "listing_id", "sellers": "seller_id", "creators": "creator_id"}
# what blocks and the ways from listings to entities read, beside the signals
_ALWAYS_KEPT = {
    "listings": [
        "listing_id", "seller_id", "title", "category_path", "created_at", "condition",
        "authorisation_id", "brand_field", "lang", "market", "currency",
    ],
    "sellers": ["seller_id", "created_at"],
    "creators": ["creator_id", "created_at", "followers"],
    "promotions": ["creator_id", "listing_id"],
}  # fmt: skip
# queries join by these whether the catalogue names them or not
_JOINED_BY = frozenset(
    ("listing_id", "seller_id", "brand_id", "image_id", "valid_from", "version")
)
# a table of one row: signals count ages from the last time that any table knows
_TIMES = "known_times"


@dataclass(frozen=True)
class CohortModel:
    """A fitted segmentation that places new tables in the cohorts it found.

    Attributes
    ----------
    level : {"listing", "seller", "creator"}
    reference : dict of str to DataFrame
        The columns of the training tables that signals compare with
        (`select_reference`).
    brands : BrandList
        Those that were looked for.
    segmenter : Segmenter
        Fitted.
    assignments : Series of int
        Cohort of each entity of the training tables.
    columns : tuple of str
        The signals that cohorts were found by.
    meaning : MeaningAxes or TopicMixture
        How vectors became columns.
    embedder : TextEmbedder or None
        Fitted; None where vectors were given without it.
    own : mapping of str to path or callable
        Signals of the user's own among `columns`.
    """

    level: str
    reference: Mapping[str, pd.DataFrame]
    brands: BrandList
    segmenter: Segmenter
    assignments: pd.Series
    columns: tuple[str, ...]
    meaning: MeaningAxes | TopicMixture
    embedder: TextEmbedder | None = None
    own: Mapping[str, OwnSignal] = field(default_factory=dict)

    def predict(
        self,
        tables: Marketplace | Mapping[str, pd.DataFrame],
        embeddings: pd.DataFrame | None = None,
    ) -> pd.Series:
        """Return the cohort of each listing, seller or creator of some tables.

        Parameters
        ----------
        tables : Marketplace or mapping of str to DataFrame
            New tables, of whatever size: rows are measured among those that cohorts
            were found in. A row with the id of one of those takes its place.
        embeddings : DataFrame, optional
            Vectors by listing id, where they were given to `find_cohorts` without the
            embedder that made them; of a seller known before with new listings, the
            vectors of the old ones, too.

        Returns
        -------
        Series of int, by entity id
            `NOISE` where no cohort fits. An entity that cohorts were found in keeps
            its own while its row and its listings read as they did.

        Raises
        ------
        TableError
            When the tables lack the listings or what names the entities.
        IprsegError
            When vectors are needed and neither they nor an embedder is at hand.

        Notes
        -----
        All signals of the reference are computed again: it takes about as long as
        computing them at first.
        """
        given = (
            tables
            if isinstance(tables, Marketplace)
            else Marketplace.from_frames(tables)
        )
        entities = _list_entities(given, self.brands, self.level)
        touched = self._find_new_or_changed_entities(given, entities)
        found = self.assignments.reindex(entities)
        if len(touched):
            features = self._compute_features(given, touched, embeddings)
            found.loc[touched] = self.segmenter.predict(features)
        return found.astype(np.int64).rename("cohort")

    def _find_new_or_changed_entities(
        self, given: Marketplace, entities: pd.Index
    ) -> pd.Index:
        """Find entities that are new, or do not read as they did."""
        known = entities.isin(self.assignments.index)
        listings = _find_new_or_changed_rows(self.reference, given, "listings")
        pairs = _list_listing_entity_pairs(given, self.level)
        before = _list_listing_entity_pairs(self.reference, self.level)
        other = ~pairs.isin(before) | pairs.get_level_values(0).isin(listings)
        changed = pairs.get_level_values(1)[other]
        if self.level != "listing":
            accounts = _find_new_or_changed_rows(
                self.reference, given, f"{self.level}s"
            )
            changed = changed.union(accounts, sort=False)
        return entities[~known | entities.isin(changed)]

    def _compute_features(
        self, given: Marketplace, entities: pd.Index, embeddings: pd.DataFrame | None
    ) -> pd.DataFrame:
        """Measure entities among the reference, on the axes of the fit."""
        union = join_tables(self.reference, given)
        catalogue = signal_catalogue()
        ids = [column.partition("_")[0] for column in self.columns]
        families = catalogue["family"].reindex(ids).dropna().unique().tolist()
        signals = compute_signals(
            union, self.level, brands=self.brands, own=self.own, families=families
        )
        if embeddings is None:
            embeddings = self._embed_titles(union, entities)
        lacking = [name for name in self.columns if name not in signals]
        signals[lacking] = np.nan
        features, _ = make_blocks(
            union,
            self.level,
            signals.loc[entities],
            embeddings,
            columns=self.columns,
            meaning=self.meaning,
        )
        # a fact whose column is not in these tables is missing, one more is not used
        return features.reindex(columns=list(self.segmenter.feature_names_in_))

    def _embed_titles(self, union: Marketplace, entities: pd.Index) -> pd.DataFrame:
        if self.embedder is None:
            raise IprsegError(
                "These cohorts were found with vectors given, and new titles need "
                "theirs: give 'embeddings' to predict, or 'embedder' to find_cohorts."
            )
        pairs = _list_listing_entity_pairs(union, self.level)
        wanted = pairs.get_level_values(0)[pairs.get_level_values(1).isin(entities)]
        listings = union.listings
        return embed_listings(listings[listings.index.isin(wanted)], self.embedder)

    def save(self, folder: str | PathLike[str]) -> None:
        """Write the model to a folder, without pickle.

        The folder holds texts and prices of the training listings, no raw identities:
        keep it where the tables are kept. Functions among `own` are not written.

        Raises
        ------
        IprsegError
            When something cannot be written.
        """
        place = Path(folder)
        names = list(self.reference)
        facts = {
            "format": _FORMAT,
            "level": self.level,
            "columns": list(self.columns),
            "tables": names,
            "own": sorted(self.own),
            "embedder": self.embedder is not None,
        }
        try:
            place.mkdir(parents=True, exist_ok=True)
            for number, name in enumerate(names):
                self.reference[name].to_parquet(place / f"table_{number:02d}.parquet")
            cohorts = self.assignments.rename("cohort").to_frame()
            cohorts.to_parquet(place / "assignments.parquet")
            self.brands.save(place / "brands.csv")
            if self.embedder is not None:
                self.embedder.save(place / "embedder.npz")
            _write_meaning(place / "meaning.npz", self.meaning)
        except (OSError, ValueError, TypeError) as error:
            raise IprsegError(
                f"The cohorts cannot be saved to {str(place)!r} ({error})."
            ) from error
        self.segmenter.save(place / "segmenter.zip")
        (place / "model.json").write_text(json.dumps(facts), encoding="utf-8")

    @classmethod
    def load(
        cls, folder: str | PathLike[str], own: Mapping[str, OwnSignal] | None = None
    ) -> CohortModel:
        """Read a model that ``save`` wrote.

        Parameters
        ----------
        folder : path
        own : mapping of str to path or callable, optional
            The signals of the user's own that cohorts were found by.

        Raises
        ------
        IprsegError
            When the folder holds no whole model, or own signals are not given.
        """
        place = Path(folder)
        segmenter = Segmenter.load(place / "segmenter.zip")
        try:
            facts = json.loads((place / "model.json").read_text(encoding="utf-8"))
            if facts["format"] != _FORMAT:
                raise ValueError(f"format {facts['format']}")
            reference = {
                name: pd.read_parquet(place / f"table_{number:02d}.parquet")
                for number, name in enumerate(facts["tables"])
            }
            cohorts = pd.read_parquet(place / "assignments.parquet")["cohort"]
            meaning = _read_meaning(place / "meaning.npz", facts["level"])
            missing = sorted(set(facts["own"]) - set(own or {}))
        except Exception as error:  # what is damaged makes its reader raise anything
            raise IprsegError(
                f"{str(place)!r} holds no whole saved cohorts of this version "
                f"({type(error).__name__}): save them again."
            ) from error
        if missing:
            raise IprsegError(
                f"These cohorts were found by signals of your own, {', '.join(missing)}"
                ": give them as 'own', by the same names."
            )
        return cls(
            level=facts["level"],
            reference=reference,
            brands=BrandList.load(place / "brands.csv"),
            segmenter=segmenter,
            assignments=cohorts,
            columns=tuple(facts["columns"]),
            meaning=meaning,
            embedder=TextEmbedder.load(place / "embedder.npz")
            if facts["embedder"]
            else None,
            own={name: (own or {})[name] for name in facts["own"]},
        )


def write_model_file(
    path: Path,
    model: CohortModel,
    frames: Mapping[str, pd.DataFrame | pd.Series | None],
    facts: Mapping[str, Any],
) -> None:
    """Write a model, frames and facts beside it to one file, without pickle.

    Parameters
    ----------
    path : pathlib.Path
    model : CohortModel
    frames : mapping of str to DataFrame, Series or None
        None is left out.
    facts : mapping
        What JSON can hold; numbers of numpy are made plain.

    Raises
    ------
    IprsegError
        When something cannot be written.
    """
    with TemporaryDirectory() as made:
        place = Path(made)
        model.save(place / "model")
        objects: dict[str, list[str]] = {}
        for name, values in frames.items():
            if values is not None:
                frame = (
                    values.to_frame(name) if isinstance(values, pd.Series) else values
                )
                frame = frame.copy()
                frame.attrs = {}
                frame.to_parquet(place / f"{name}.parquet")
                objects[name] = list(frame.columns[_find_object_columns(frame)])
        told = {"format": _FILE_FORMAT, "objects": objects, **facts}
        text = json.dumps(told, default=_make_plain, ensure_ascii=False)
        (place / _FACTS_FILE).write_text(text, encoding="utf-8")
        try:
            with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as packed:
                for one in sorted(place.rglob("*")):
                    if one.is_file():  # always of one time: equal results, equal files
                        name = one.relative_to(place).as_posix()
                        packed.writestr(zipfile.ZipInfo(name), one.read_bytes())
        except OSError as error:
            raise IprsegError(
                f"The result cannot be saved to {str(path)!r} ({error})."
            ) from error


def read_model_file(
    path: Path, own: Mapping[str, OwnSignal] | None = None
) -> tuple[CohortModel, dict[str, pd.DataFrame], dict[str, Any]]:
    """Read what `write_model_file` wrote.

    Raises
    ------
    IprsegError
        When the file is damaged, foreign or of another version, or own signals are not
        given.
    """
    with TemporaryDirectory() as made:
        place = Path(made)
        try:
            with zipfile.ZipFile(path) as packed:
                _refuse_unsafe_zip_parts(packed)
                packed.extractall(place)
            facts = json.loads((place / _FACTS_FILE).read_text(encoding="utf-8"))
            if facts["format"] != _FILE_FORMAT:
                raise ValueError(f"format {facts['format']}")
            frames = {
                one.stem: _restore_objects(
                    pd.read_parquet(one), facts["objects"][one.stem]
                )
                for one in place.glob("*.parquet")
            }
        except Exception as error:  # what is damaged makes its reader raise anything
            raise IprsegError(
                f"{str(path)!r} holds no whole saved result of this version "
                f"({type(error).__name__}): save it again."
            ) from error
        return CohortModel.load(place / "model", own), frames, facts


def _refuse_unsafe_zip_parts(packed: zipfile.ZipFile) -> None:
    """Refuse parts that lead out of the folder, or that would grow when unpacked."""
    for part in packed.infolist():
        plain = re.fullmatch(r"(model/)?[a-z_0-9]+\.[a-z]+", part.filename)
        if plain is None or part.compress_type != zipfile.ZIP_STORED:
            raise ValueError(f"part {part.filename!r}")


def _make_plain(value: Any) -> Any:
    """Return what JSON holds for a number or an array of numpy."""
    return value.tolist() if hasattr(value, "tolist") else str(value)


def _find_object_columns(frame: pd.DataFrame) -> NDArray[np.bool_]:
    return np.array([pd.api.types.is_object_dtype(kind) for kind in frame.dtypes], bool)


def _restore_objects(frame: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Give columns of objects their type, None and lists again: Parquet has others."""
    for column in columns:
        known = frame[column].notna()
        values = [
            _turn_to_list(value) if there else None
            for value, there in zip(frame[column], known, strict=True)
        ]
        frame[column] = pd.Series(values, index=frame.index, dtype=object)
    return frame


def _turn_to_list(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return [_turn_to_list(one) for one in value]
    return value


def select_reference(
    marketplace: Marketplace, columns: Iterable[str], whole: bool = False
) -> dict[str, pd.DataFrame]:
    """Take the columns of tables that signals are computed from.

    Parameters
    ----------
    marketplace : Marketplace
    columns : iterable of str
        Names of signals, such as ``B02_price_ratio_brand_cat_mean``.
    whole : bool, default False
        Every column of every table, for signals of which nobody knows what they read.

    Returns
    -------
    dict of str to DataFrame
        Without raw identities. One more table holds the last time that is known.
    """
    wanted = {name: set(kept) for name, kept in _ALWAYS_KEPT.items()}
    catalogue = signal_catalogue()
    ids = {column.partition("_")[0] for column in columns} & set(catalogue.index)
    for source in ";".join(catalogue.loc[sorted(ids), "columns"]).split(";"):
        table, _, column = source.strip().rstrip("?").rpartition(".")
        if not table and column in marketplace:
            wanted.setdefault(column, set()).update(getattr(marketplace, column))
        else:
            wanted.setdefault(table or "listings", set()).add(column)
    kept: dict[str, pd.DataFrame] = {}
    for name in marketplace.tables:
        if name == IDENTITY_TABLE or (name not in wanted and not whole):
            continue
        frame = _read_plain_table(marketplace, name)
        frame = frame.drop(columns=identity_columns(frame, name))
        # registers are small, and signals read of them more than they are named by
        every = whole or ("listing_id" not in frame and name not in _ALWAYS_KEPT)
        keep = [c for c in frame if every or c in wanted[name] or c in _JOINED_BY]
        if keep:
            kept[name] = frame[keep]
    now = Inputs(marketplace, BrandList.from_names([]), marketplace.as_known).now
    return kept | {_TIMES: pd.DataFrame({"ts": [now - pd.Timedelta(microseconds=1)]})}


def join_tables(
    reference: Mapping[str, pd.DataFrame], given: Marketplace
) -> Marketplace:
    """Join new rows to a reference: what both hold is taken from the new ones.

    Tables and columns that the reference lacks are left out: nothing was measured by
    them.
    """
    replaced = {
        name: set(_read_plain_table(given, name)[key])
        for name, key in _KEYS.items()
        if name in given
    }
    replaced.setdefault("listings", set())
    joined = {}
    for name, old in reference.items():
        if name not in given:
            joined[name] = old
            continue
        frame = _read_plain_table(given, name)
        new = frame[[column for column in frame if column in old]]
        key = _KEYS.get(name, "listing_id")
        if key in old:
            owner = name if name in _KEYS else "listings"
            if name not in _KEYS:  # official photographs are of no listing
                new = _drop_known_rows(new, old, new[key].isin(replaced["listings"]))
            both = pd.concat([old[~old[key].isin(replaced.get(owner, ()))], new])
        else:  # registers and the like, of which both may hold the same rows
            both = pd.concat([old, new])
            both = both[~both.astype(str).duplicated().to_numpy()]
        joined[name] = both.reset_index(drop=True)
    return Marketplace.from_frames(joined, as_known=given.as_known)


def _drop_known_rows(
    new: pd.DataFrame, old: pd.DataFrame, replacing: pd.Series
) -> pd.DataFrame:
    """Drop rows that replace none and stand in the reference already."""
    loose = new[~replacing]
    both = pd.concat([old, loose]).reindex(columns=new.columns)
    again = both.astype(str).duplicated().to_numpy()[len(old) :] if len(loose) else []
    return pd.concat([new[replacing], loose[~np.asarray(again, dtype=bool)]])


def _read_plain_table(tables: Marketplace, name: str) -> pd.DataFrame:
    """Read a table with its id among its columns."""
    frame: pd.DataFrame = getattr(tables, name)
    return frame.reset_index() if name in ("listings", "sellers") else frame


def _list_entities(given: Marketplace, brands: BrandList, level: str) -> pd.Index:
    inputs = Inputs(given, brands)
    if level == "listing":
        return inputs.listings.index
    if level == "seller":
        return list_sellers(inputs).rename("seller_id")
    return list_creators_or_rights_owners(inputs, level).rename("creator_id")


def _list_listing_entity_pairs(
    tables: Marketplace | Mapping[str, pd.DataFrame], level: str
) -> pd.MultiIndex:
    """List the pairs of a listing and whom it speaks for."""
    listings = get_entity_listings(tables, level)
    if listings is None:
        return pd.MultiIndex.from_arrays([[], []])
    known = listings["entity"].dropna()
    return pd.MultiIndex.from_arrays([known.index, known.to_numpy()])


def _find_new_or_changed_rows(
    reference: Mapping[str, pd.DataFrame], given: Marketplace, name: str
) -> pd.Index:
    """Find the ids of rows that are new or differ from those of the reference."""
    new, old = find_table(given, name), reference.get(name)
    if new is None or old is None:
        return pd.Index([])
    key = _KEYS[name]
    new = new.set_index(key) if key in new else new
    old = old.drop_duplicates(key).set_index(key).reindex(new.index)
    differs = ~new.index.isin(reference[name][key])
    for column in [column for column in new if column in old]:
        ours, theirs = new[column].astype(object), old[column].astype(object)
        same = (ours == theirs) | (ours.isna() & theirs.isna())
        differs |= ~same.to_numpy(dtype=bool)
    return new.index[differs]


def _write_meaning(path: Path, meaning: MeaningAxes | TopicMixture) -> None:
    if isinstance(meaning, MeaningAxes):
        np.savez(path, centre=meaning.centre, axes=meaning.axes)
    else:
        np.savez(path, centres=meaning.centres, average=meaning.average)


def _read_meaning(path: Path, level: str) -> MeaningAxes | TopicMixture:
    with np.load(path, allow_pickle=False) as held:
        if level == "listing":
            return MeaningAxes(held["centre"], held["axes"])
        return TopicMixture(level, held["centres"], held["average"])
