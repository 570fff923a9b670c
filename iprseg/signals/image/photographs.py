"""C01 to C03 and C10: photographs that others showed before, compared by their hashes."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array, eye_array

from iprseg.signals.catalogue_fit.brand_rights import check_authorised_uses
from iprseg.signals.inputs import Column, Inputs, make_column, make_missing_column
from iprseg.signals.registry import signal

# PDQ's README: hashes of images of less quality say little
_MIN_QUALITY = 50
# Photographs that one is compared with: those of a stock photo are without end.
_MAX_NEAR = 200
_IMAGE_COLUMNS = ("image_id", "listing_id", "pdq_hex", "pdq_quality")


@dataclass(frozen=True)
class Photos:
    """Images with a good hash; equal hashes are one photograph.

    Attributes
    ----------
    codes : array of uint8, shape (p, 32)
        Each photograph once.
    shown : DataFrame
        ``row`` (position of a listing), ``photo``; each pair once.
    official : DataFrame
        ``photo`` and ``brand_id`` of the catalogue's images; each pair once.
    reasons : array of str, shape (n,)
        Why a listing has no photograph to compare; "" where it has one.
    """

    codes: NDArray[np.uint8]
    shown: pd.DataFrame
    official: pd.DataFrame
    reasons: NDArray[np.object_]

    @cached_property
    def near(self) -> pd.DataFrame:
        """Pairs ``photo``, ``other`` within 31 bits, each photo with itself too."""
        from iprseg.embed.image_hashes import find_near_hashes

        photo, other, _ = find_near_hashes(self.codes, self.codes, most=_MAX_NEAR)
        return pd.DataFrame({"photo": photo, "other": other})

    @cached_property
    def turned(self) -> pd.DataFrame:
        """Pairs ``photo``, ``other`` near only after mirroring or turning one."""
        from iprseg.embed.image_hashes import (
            MAX_SAME_IMAGE_DISTANCE,
            find_near_turned_hashes,
        )

        photo, other = find_near_turned_hashes(self.codes, self.codes, most=_MAX_NEAR)
        apart = np.bitwise_count(self.codes[photo] ^ self.codes[other])
        only = apart.sum(axis=1, dtype=np.int64) > MAX_SAME_IMAGE_DISTANCE
        return pd.DataFrame({"photo": photo[only], "other": other[only]})

    @cached_property
    def near_official(self) -> pd.DataFrame:
        """Pairs ``photo``, ``other`` within 31 bits, the other of the catalogue."""
        return self.near_any_of(self.official["photo"])

    def near_any_of(self, bank: ArrayLike) -> pd.DataFrame:
        """Pairs ``photo``, ``other`` within 31 bits where the other is of a bank."""
        from iprseg.embed.image_hashes import find_near_hashes

        bank = np.unique(np.asarray(bank, dtype=np.int64))
        photo, other, _ = find_near_hashes(self.codes, self.codes[bank], most=_MAX_NEAR)
        return pd.DataFrame({"photo": photo, "other": bank[other]})

    def column(self, rows: NDArray[np.int64]) -> Column:
        """Return 1 at rows, 0 at others; missing where there is nothing to compare."""
        values = np.zeros(len(self.reasons))
        values[rows] = 1.0
        return self.missing(Column(values, self.reasons))

    def missing(self, column: Column) -> Column:
        """Return a column missing where a listing has no photograph to compare."""
        nothing = self.reasons != ""
        return Column(
            np.where(nothing, np.nan, column.values),
            np.where(nothing, self.reasons, column.reasons).astype(object),
        )


def read_photos(inputs: Inputs) -> Photos | str:
    """Give the photographs of listings and catalogue, read once; or why not."""
    kept = vars(inputs)
    if "photos" not in kept:
        kept["photos"] = _build_photos(inputs)
    return kept["photos"]


def _build_photos(inputs: Inputs) -> Photos | str:
    columns = [f"images.{column}" for column in _IMAGE_COLUMNS]
    absent = next(filter(None, map(inputs.lacks, columns)), None)
    if absent is not None:
        return absent
    images = inputs.table("images").reset_index()[list(_IMAGE_COLUMNS)]  # type: ignore[union-attr]
    row = inputs.image_rows
    images = images.assign(row=row, image_id=images["image_id"].astype(object))
    catalogue = _list_official_images(inputs)
    used = (row >= 0) | images["image_id"].isin(catalogue["image_id"]).to_numpy()
    images = images[used].reset_index(drop=True)
    from iprseg.embed.image_hashes import read_hashes

    codes, hashed = read_hashes(images["pdq_hex"])
    quality = pd.to_numeric(images["pdq_quality"], errors="coerce")
    good = hashed & (quality >= _MIN_QUALITY).to_numpy(dtype=bool, na_value=False)
    reasons = _explain_missing_photos(inputs.n, images["row"].to_numpy(), hashed, good)
    images = images[good]
    # as bytes, which sort several times as fast as rows
    whole = np.ascontiguousarray(codes[good]).view("S32").ravel()
    distinct, photo = np.unique(whole, return_inverse=True)
    codes = distinct.view(np.uint8).reshape(-1, 32)
    images = images.assign(photo=photo)
    shown = images.loc[images["row"] >= 0, ["row", "photo"]].drop_duplicates()
    official = catalogue.merge(images, on="image_id")[["photo", "brand_id"]]
    return Photos(codes, shown, official.drop_duplicates(), reasons)


def _list_official_images(inputs: Inputs) -> pd.DataFrame:
    """Return ``image_id`` and ``brand_id`` of the catalogue's images."""
    catalogue = inputs.table("brand_catalogue")
    if catalogue is None or not {"image_ids", "brand_id"} <= set(catalogue.columns):
        return pd.DataFrame({"image_id": [], "brand_id": []}, dtype=object)
    listed = catalogue[["image_ids", "brand_id"]].dropna()
    ids = listed["image_ids"].astype(str).str.split(";")
    pairs = listed.assign(image_id=ids).explode("image_id")
    pairs["image_id"] = pairs["image_id"].str.strip()
    pairs = pairs.loc[pairs["image_id"] != "", ["image_id", "brand_id"]]
    return pairs.astype(object)


def _explain_missing_photos(
    n: int,
    row: NDArray[np.int64],
    hashed: NDArray[np.bool_],
    good: NDArray[np.bool_],
) -> NDArray[np.object_]:
    reasons = np.full(n, "no_images", dtype=object)
    listed = row >= 0
    # the later lines overrule: one good image is enough
    for which, reason in (
        (listed, "no_image_hash"),
        (listed & hashed, "low_image_quality"),
        (listed & good, ""),
    ):
        reasons[row[which]] = reason
    return reasons


# Listings whose pairs with sellers are held at once.
_LISTINGS_PER_BLOCK = 20_000


@signal("C01")
def pdq_dup_sellers(inputs: Inputs) -> Column:
    """C01: how many other sellers show one of the listing's photographs.

    Of a photograph with more than 200 different near copies those of 200 are counted.
    """
    photos = read_photos(inputs)
    if isinstance(photos, str):
        return make_missing_column(inputs.n, photos)
    if not inputs.has("seller_id"):
        return make_missing_column(inputs.n, "column_absent: seller_id")
    seller, unknown = _encode_sellers(inputs)
    shown, n = photos.shown, len(photos.codes)
    held = seller[shown["row"]]
    known = held >= 0
    shows = _build_incidence(shown["row"], shown["photo"], (inputs.n, n))
    near = _build_incidence(photos.near["photo"], photos.near["other"], (n, n))
    near += eye_array(n)  # of very many near copies itself may not be counted
    of = _build_incidence(
        shown["photo"][known], held[known], (n, seller.max(initial=0) + 1)
    )
    reached = [
        np.diff((shows[start : start + _LISTINGS_PER_BLOCK] @ near @ of).indptr)
        for start in range(0, max(inputs.n, 1), _LISTINGS_PER_BLOCK)
    ]
    # each listing reaches its own seller
    values = np.concatenate(reached) - 1.0
    return photos.missing(make_column(values)).missing(unknown, inputs.gap("seller_id"))


@signal("C02")
def stolen_brand_photo(inputs: Inputs) -> Column:
    """C02: 1 if an official photograph is shown without leave of the brand."""
    photos = read_photos(inputs)
    if isinstance(photos, str):
        return make_missing_column(inputs.n, photos)
    for column in ("brand_catalogue.image_ids", "brand_catalogue.brand_id"):
        if absent := inputs.lacks(column):
            return make_missing_column(inputs.n, absent)
    if photos.official.empty:
        return make_missing_column(inputs.n, "no_official_images")
    official = photos.official.rename(columns={"photo": "other"})
    near = photos.near_official.merge(official, on="other")[["photo", "brand_id"]]
    uses = photos.shown.merge(near.drop_duplicates(), on="photo")
    uses = uses[["row", "brand_id"]].drop_duplicates().reset_index(drop=True)
    allowed, why = check_authorised_uses(inputs, uses)
    result = photos.column(uses.loc[allowed == 0, "row"].to_numpy())
    doubtful = np.zeros(inputs.n, dtype=bool)
    doubtful[uses.loc[np.isnan(allowed), "row"]] = True
    return result.missing(doubtful & ~(result.values == 1), why)


@signal("C03")
def image_reuse_after_takedown(inputs: Inputs) -> Column:
    """C03: 1 if a photograph of another listing that was taken down is shown."""
    photos = read_photos(inputs)
    if isinstance(photos, str):
        return make_missing_column(inputs.n, photos)
    taken = _find_takedowns(inputs)
    if isinstance(taken, str):
        return make_missing_column(inputs.n, taken)
    removed, unsure = (_find_listings_alike(photos, rows) for rows in taken)
    doubtful = np.zeros(inputs.n, dtype=bool)
    doubtful[unsure] = True
    doubtful[removed] = False
    return photos.missing(
        photos.column(removed).missing(doubtful, "unknown_action_code")
    )


def _find_listings_alike(photos: Photos, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return listings that show a photograph of another one among these rows."""
    bank = photos.shown[photos.shown["row"].isin(rows)]
    bank = bank.rename(columns={"photo": "other", "row": "source"})
    # two sources are enough: one of them is another listing than the one that is asked
    near = photos.near_any_of(bank["other"]).merge(bank, on="other")
    near = near[["photo", "source"]].drop_duplicates()
    near = near.groupby("photo").head(2)
    uses = photos.shown.merge(near, on="photo")
    return uses.loc[uses["row"] != uses["source"], "row"].to_numpy()


@signal("C10")
def image_transform_of_known(inputs: Inputs) -> Column:
    """C10: 1 if a photograph is a known one, but only when mirrored or turned.

    Known are the catalogue's, and those of listings that another seller made before
    anybody showed the photograph as it stands: whose picture was mirrored by a thief
    may show it again.
    """
    photos = read_photos(inputs)
    if isinstance(photos, str):
        return make_missing_column(inputs.n, photos)
    official = photos.turned["other"].isin(photos.official["photo"])
    plain = photos.near_official["photo"]
    hits = photos.shown["photo"].isin(photos.turned.loc[official, "photo"])
    hits &= ~photos.shown["photo"].isin(plain)
    rows = [photos.shown.loc[hits, "row"].to_numpy()]
    if inputs.has("seller_id"):
        rows.append(_find_turned_copies(inputs, photos, plain))
    elif photos.official.empty:
        return make_missing_column(inputs.n, "column_absent: seller_id")
    return photos.column(np.concatenate(rows))


def _find_turned_copies(
    inputs: Inputs, photos: Photos, official: pd.Series
) -> NDArray[np.int64]:
    """Return listings that show another seller's earlier photograph turned."""
    seller, _ = _encode_sellers(inputs)
    made = _read_creation_times(inputs)
    shown = photos.shown.assign(
        seller=seller[photos.shown["row"]], made=made[photos.shown["row"]]
    )
    plain = _find_first_shown(photos, shown)
    shown = shown[(shown["seller"] >= 0) & ~shown["photo"].isin(official)]
    first = shown.groupby(["photo", "seller"], as_index=False)["made"].min()
    # the first two sellers are enough: one of them is another than the one asked about
    first = first.sort_values("made", kind="stable").groupby("photo").head(2)
    first = first.rename(columns={"photo": "other", "seller": "from", "made": "before"})
    pairs = shown.merge(photos.turned, on="photo").merge(first, on="other")
    later = (pairs["from"] != pairs["seller"]) & ~(pairs["before"] >= pairs["made"])
    # shown unturned by anybody before the other way round: this is the original
    later &= ~(pairs["before"] >= plain[pairs["photo"]])
    return pairs.loc[later, "row"].to_numpy()


def _find_first_shown(photos: Photos, shown: pd.DataFrame) -> NDArray[np.float64]:
    """Return when each photograph, or one near it, was first shown by anybody."""
    own = shown.groupby("photo")["made"].min().reindex(range(len(photos.codes)))
    near = photos.near.assign(made=own.to_numpy()[photos.near["other"]])
    others = near.groupby("photo")["made"].min().reindex(own.index)
    # of very many near copies itself may not be among them
    return np.fmin(own.to_numpy(), others.to_numpy())


def _encode_sellers(inputs: Inputs) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return each listing's seller as a number, -1 where unknown."""
    seller = pd.factorize(inputs.listings["seller_id"])[0].astype(np.int64)
    return seller, seller < 0


def _read_creation_times(inputs: Inputs) -> NDArray[np.float64]:
    """Return when each listing was made; NaN where unknown (then no order is asked)."""
    if not inputs.has("created_at"):
        return np.full(inputs.n, np.nan)
    listings = inputs.marketplace.listings
    times = listings["created_at"].reindex(inputs.listings.index)
    since = times.dt.tz_convert(None).to_numpy("datetime64[us]")
    return np.where(times.isna(), np.nan, since.astype(np.int64))


def _build_incidence(
    rows: ArrayLike, columns: ArrayLike, shape: tuple[int, int]
) -> csr_array:
    """Return a sparse table with something where a row meets a column."""
    rows = np.asarray(rows)
    return csr_array((np.ones(len(rows), np.float32), (rows, columns)), shape=shape)


_ACTION_COLUMNS = ("entity_type", "entity_id", "action_code", "ts")
_TAKEDOWN_QUERY = """
WITH acted AS (
    SELECT *, upper(trim(action_code)) AS code FROM actions
    WHERE entity_type = 'listing' AND ts < $now
),
removed AS (
    SELECT *, code IN ('ACT4', 'DECISION_VISIBILITY_CONTENT_REMOVED') AS gone
    FROM acted
    -- the other steps of the ladder and the other words of the law remove nothing
    WHERE gone OR code IS NULL
        OR NOT regexp_full_match(code, 'ACT\\d{{1,2}}|DECISION_.*')
)
SELECT entity_id, bool_or(coalesce(gone, FALSE)) AS gone FROM removed
WHERE true {overturned} {slight}
GROUP BY entity_id
"""
_OVERTURNED_CLAUSE = """
    -- a removal that an appeal has undone counts no more
    AND NOT EXISTS (
        SELECT 1 FROM appeals
        WHERE appeals.action_id = removed.action_id
            AND outcome = 'overturned' AND ts_decided < $now
    )"""
_SLIGHT_CLAUSE = """
    -- of a removal without a label nobody says that it was a slight one
    AND NOT EXISTS (
        SELECT 1 FROM labels
        WHERE labels.label_id = removed.label_id
            AND upper(trim(severity)) IN ('S0', 'S1', 'S2')
    )"""


def _find_takedowns(
    inputs: Inputs,
) -> tuple[NDArray[np.int64], NDArray[np.int64]] | str:
    """Return positions of listings removed before the time asked for, or a reason.

    The second array holds those acted against with a code that is not known: whether
    they were removed nobody can tell.
    """
    columns = [f"actions.{column}" for column in _ACTION_COLUMNS]
    if absent := next(filter(None, map(inputs.lacks, columns)), None):
        return absent
    appeals = ("actions.action_id", "appeals.action_id", "appeals.outcome")
    labels = ("actions.label_id", "labels.label_id", "labels.severity")
    query = _TAKEDOWN_QUERY.format(
        overturned=_OVERTURNED_CLAUSE
        if _has_columns(inputs, *appeals, "appeals.ts_decided")
        else "",
        slight=_SLIGHT_CLAUSE if _has_columns(inputs, *labels) else "",
    )
    found = inputs.sql(query, {"now": inputs.now})
    rows = inputs.listings.index.get_indexer(found["entity_id"])
    gone = found["gone"].to_numpy(dtype=bool)
    return rows[gone & (rows >= 0)], rows[~gone & (rows >= 0)]


def _has_columns(inputs: Inputs, *columns: str) -> bool:
    return not any(map(inputs.lacks, columns))
