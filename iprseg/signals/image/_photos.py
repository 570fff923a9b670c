"""The photographs of listings as hashes: which are good, whose, and which are near."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from iprseg.embed.near_hashes import (
    SAME_IMAGE,
    near_hashes,
    near_when_turned,
    read_hashes,
)
from iprseg.signals._inputs import Inputs
from iprseg.signals._result import Column

# PDQ's README: hashes of images of less quality say little
_MIN_QUALITY = 50
# Photographs that one is compared with: those of a stock photo are without end.
_MOST = 200
_NEEDED = ("image_id", "listing_id", "pdq_hex", "pdq_quality")


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
        photo, other, _ = near_hashes(self.codes, self.codes, most=_MOST)
        return pd.DataFrame({"photo": photo, "other": other})

    @cached_property
    def turned(self) -> pd.DataFrame:
        """Pairs ``photo``, ``other`` near only after mirroring or turning one."""
        photo, other = near_when_turned(self.codes, self.codes, most=_MOST)
        apart = np.bitwise_count(self.codes[photo] ^ self.codes[other])
        only = apart.sum(axis=1, dtype=np.int64) > SAME_IMAGE
        return pd.DataFrame({"photo": photo[only], "other": other[only]})

    @cached_property
    def near_official(self) -> pd.DataFrame:
        """Pairs ``photo``, ``other`` within 31 bits, the other of the catalogue."""
        return self.near_any_of(self.official["photo"])

    def near_any_of(self, bank: ArrayLike) -> pd.DataFrame:
        """Pairs ``photo``, ``other`` within 31 bits where the other is of a bank."""
        bank = np.unique(np.asarray(bank, dtype=np.int64))
        photo, other, _ = near_hashes(self.codes, self.codes[bank], most=_MOST)
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


def photos_of(inputs: Inputs) -> Photos | str:
    """Give the photographs of listings and catalogue, read once; or why not."""
    kept = vars(inputs)
    if "photos" not in kept:
        kept["photos"] = _read(inputs)
    return kept["photos"]


def _read(inputs: Inputs) -> Photos | str:
    columns = [f"images.{column}" for column in _NEEDED]
    absent = next(filter(None, map(inputs.lacks, columns)), None)
    if absent is not None:
        return absent
    images = inputs.table("images").reset_index()[list(_NEEDED)]  # type: ignore[union-attr]
    row = inputs.image_rows
    images = images.assign(row=row, image_id=images["image_id"].astype(object))
    catalogue = official_images(inputs)
    used = (row >= 0) | images["image_id"].isin(catalogue["image_id"]).to_numpy()
    images = images[used].reset_index(drop=True)
    codes, hashed = read_hashes(images["pdq_hex"])
    quality = pd.to_numeric(images["pdq_quality"], errors="coerce")
    good = hashed & (quality >= _MIN_QUALITY).to_numpy(dtype=bool, na_value=False)
    reasons = _reasons(inputs.n, images["row"].to_numpy(), hashed, good)
    images = images[good]
    # as bytes, which sort several times as fast as rows
    whole = np.ascontiguousarray(codes[good]).view("S32").ravel()
    distinct, photo = np.unique(whole, return_inverse=True)
    codes = distinct.view(np.uint8).reshape(-1, 32)
    images = images.assign(photo=photo)
    shown = images.loc[images["row"] >= 0, ["row", "photo"]].drop_duplicates()
    official = catalogue.merge(images, on="image_id")[["photo", "brand_id"]]
    return Photos(codes, shown, official.drop_duplicates(), reasons)


def official_images(inputs: Inputs) -> pd.DataFrame:
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


def _reasons(
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
