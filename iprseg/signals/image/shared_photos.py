"""C01, C02, C03, C10: photographs that others showed before."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array, eye_array

from iprseg.signals._inputs import Inputs
from iprseg.signals._result import Column, empty, full
from iprseg.signals.image._authorised import authorised
from iprseg.signals.image._photos import Photos, photos_of
from iprseg.signals.image._takedowns import taken_down

# Listings whose pairs with sellers are held at once.
_BLOCK = 20_000


def pdq_dup_sellers(inputs: Inputs) -> Column:
    """C01: how many other sellers show one of the listing's photographs.

    Of a photograph with more than 200 different near copies those of 200 are counted.
    """
    photos = photos_of(inputs)
    if isinstance(photos, str):
        return empty(inputs.n, photos)
    if not inputs.has("seller_id"):
        return empty(inputs.n, "column_absent: seller_id")
    seller, unknown = _sellers(inputs)
    shown, n = photos.shown, len(photos.codes)
    held = seller[shown["row"]]
    known = held >= 0
    shows = _table(shown["row"], shown["photo"], (inputs.n, n))
    near = _table(photos.near["photo"], photos.near["other"], (n, n))
    near += eye_array(n)  # of very many near copies itself may not be counted
    of = _table(shown["photo"][known], held[known], (n, seller.max(initial=0) + 1))
    reached = [
        np.diff((shows[start : start + _BLOCK] @ near @ of).indptr)
        for start in range(0, max(inputs.n, 1), _BLOCK)
    ]
    # each listing reaches its own seller
    values = np.concatenate(reached) - 1.0
    return photos.missing(full(values)).missing(unknown, inputs.gap("seller_id"))


def stolen_brand_photo(inputs: Inputs) -> Column:
    """C02: 1 if an official photograph is shown without leave of the brand."""
    photos = photos_of(inputs)
    if isinstance(photos, str):
        return empty(inputs.n, photos)
    for column in ("brand_catalogue.image_ids", "brand_catalogue.brand_id"):
        if absent := inputs.lacks(column):
            return empty(inputs.n, absent)
    if photos.official.empty:
        return empty(inputs.n, "no_official_images")
    official = photos.official.rename(columns={"photo": "other"})
    near = photos.near_official.merge(official, on="other")[["photo", "brand_id"]]
    uses = photos.shown.merge(near.drop_duplicates(), on="photo")
    uses = uses[["row", "brand_id"]].drop_duplicates().reset_index(drop=True)
    allowed, why = authorised(inputs, uses)
    result = photos.column(uses.loc[allowed == 0, "row"].to_numpy())
    doubtful = np.zeros(inputs.n, dtype=bool)
    doubtful[uses.loc[np.isnan(allowed), "row"]] = True
    return result.missing(doubtful & ~(result.values == 1), why)


def image_reuse_after_takedown(inputs: Inputs) -> Column:
    """C03: 1 if a photograph of another listing that was taken down is shown."""
    photos = photos_of(inputs)
    if isinstance(photos, str):
        return empty(inputs.n, photos)
    taken = taken_down(inputs)
    if isinstance(taken, str):
        return empty(inputs.n, taken)
    removed, unsure = (_like_those_of(photos, rows) for rows in taken)
    doubtful = np.zeros(inputs.n, dtype=bool)
    doubtful[unsure] = True
    doubtful[removed] = False
    return photos.missing(
        photos.column(removed).missing(doubtful, "unknown_action_code")
    )


def _like_those_of(photos: Photos, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return listings that show a photograph of another one among these rows."""
    bank = photos.shown[photos.shown["row"].isin(rows)]
    bank = bank.rename(columns={"photo": "other", "row": "source"})
    # two sources are enough: one of them is another listing than the one that is asked
    near = photos.near_any_of(bank["other"]).merge(bank, on="other")
    near = near[["photo", "source"]].drop_duplicates()
    near = near.groupby("photo").head(2)
    uses = photos.shown.merge(near, on="photo")
    return uses.loc[uses["row"] != uses["source"], "row"].to_numpy()


def image_transform_of_known(inputs: Inputs) -> Column:
    """C10: 1 if a photograph is a known one, but only when mirrored or turned.

    Known are the catalogue's, and those of listings that another seller made before
    anybody showed the photograph as it stands: whose picture was mirrored by a thief
    may show it again.
    """
    photos = photos_of(inputs)
    if isinstance(photos, str):
        return empty(inputs.n, photos)
    official = photos.turned["other"].isin(photos.official["photo"])
    plain = photos.near_official["photo"]
    hits = photos.shown["photo"].isin(photos.turned.loc[official, "photo"])
    hits &= ~photos.shown["photo"].isin(plain)
    rows = [photos.shown.loc[hits, "row"].to_numpy()]
    if inputs.has("seller_id"):
        rows.append(_turned_of_earlier(inputs, photos, plain))
    elif photos.official.empty:
        return empty(inputs.n, "column_absent: seller_id")
    return photos.column(np.concatenate(rows))


def _turned_of_earlier(
    inputs: Inputs, photos: Photos, official: pd.Series
) -> NDArray[np.int64]:
    """Return listings that show another seller's earlier photograph turned."""
    seller, _ = _sellers(inputs)
    made = _made(inputs)
    shown = photos.shown.assign(
        seller=seller[photos.shown["row"]], made=made[photos.shown["row"]]
    )
    plain = _first_as_it_is(photos, shown)
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


def _first_as_it_is(photos: Photos, shown: pd.DataFrame) -> NDArray[np.float64]:
    """Return when each photograph, or one near it, was first shown by anybody."""
    own = shown.groupby("photo")["made"].min().reindex(range(len(photos.codes)))
    near = photos.near.assign(made=own.to_numpy()[photos.near["other"]])
    others = near.groupby("photo")["made"].min().reindex(own.index)
    # of very many near copies itself may not be among them
    return np.fmin(own.to_numpy(), others.to_numpy())


def _sellers(inputs: Inputs) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return each listing's seller as a number, -1 where unknown."""
    seller = pd.factorize(inputs.listings["seller_id"])[0].astype(np.int64)
    return seller, seller < 0


def _made(inputs: Inputs) -> NDArray[np.float64]:
    """Return when each listing was made; NaN where unknown (then no order is asked)."""
    if not inputs.has("created_at"):
        return np.full(inputs.n, np.nan)
    listings = inputs.marketplace.listings
    times = listings["created_at"].reindex(inputs.listings.index)
    since = times.dt.tz_convert(None).to_numpy("datetime64[us]")
    return np.where(times.isna(), np.nan, since.astype(np.int64))


def _table(rows: ArrayLike, columns: ArrayLike, shape: tuple[int, int]) -> csr_array:
    """Return a sparse table with something where a row meets a column."""
    rows = np.asarray(rows)
    return csr_array((np.ones(len(rows), np.float32), (rows, columns)), shape=shape)
