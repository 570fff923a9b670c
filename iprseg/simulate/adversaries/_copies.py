"""Listings and their pictures copied under new ids."""

import numpy as np
import pandas as pd

from iprseg.simulate.adversaries._draft import Draft


def copy_listings(draft: Draft, sources: list[str], changes: pd.DataFrame) -> list[str]:
    """Add a copy of each source listing, live, with the given columns written over it.

    Parameters
    ----------
    draft : Draft
    sources : list of str, length n
        Listings to copy; the same one may come several times.
    changes : DataFrame, n rows
        Columns of ``listings`` to write; ``created_at`` must be among them.

    Returns
    -------
    list of str, length n
        Ids of the new listings.
    """
    ids = draft.new_ids("listings", "listing_id", "L", len(sources))
    rows = draft.table("listings").set_index("listing_id").loc[sources].reset_index()
    for column in changes.columns:
        rows[column] = changes[column].to_numpy()
    rows["listing_id"] = ids
    rows["created_at"] = pd.DatetimeIndex(rows["created_at"]).as_unit("us")
    rows["first_live_at"] = rows["created_at"] + pd.Timedelta(minutes=30)
    if "removed_at" not in changes:
        rows["removed_at"], rows["status"] = pd.NaT, "live"
    # a page is another page although it says the same
    marks = draft.rng.integers(0, 2**63, len(ids)).tolist()
    rows["snapshot_hash"] = [f"{mark:016x}" for mark in marks]
    draft.append("listings", rows)
    planted = draft.truth["listings"].set_index("listing_id").loc[sources].reset_index()
    planted["listing_id"], planted["seller_id"] = ids, rows["seller_id"].to_numpy()
    draft.append_truth("listings", planted)
    draft.used.setdefault("listing", set()).update(ids)
    return ids


def copy_images(
    draft: Draft, sources: list[str], ids: list[str], bits: int = 8
) -> None:
    """Show the pictures of the sources on the new listings, saved once more.

    Saving again moves up to ``bits`` of the 256 bits of a PDQ hash.
    """
    images = draft.table("images")
    pairs = pd.DataFrame({"listing_id": sources, "copy": ids})
    rows = images.merge(pairs, on="listing_id").sort_values(["copy", "image_id"])
    rows = rows.reset_index(drop=True)
    owner = draft.table("listings").set_index("listing_id")["seller_id"]
    rows["listing_id"] = rows.pop("copy")
    rows["seller_id"] = owner[rows["listing_id"]].to_numpy()
    rows["pdq_hex"] = [_saved_again(h, bits, draft.rng) for h in rows["pdq_hex"]]
    rows["phash"] = rows["pdq_hex"].str[:16]
    rows["image_id"] = draft.new_ids("images", "image_id", "I", len(rows))
    draft.append("images", rows)


def _saved_again(pdq_hex: object, bits: int, rng: np.random.Generator) -> object:
    if not isinstance(pdq_hex, str):
        return pdq_hex
    code = np.unpackbits(np.frombuffer(bytes.fromhex(pdq_hex), np.uint8))
    moved = rng.permutation(len(code))[: int(rng.integers(0, bits + 1))]
    code[moved] ^= 1
    return np.packbits(code).tobytes().hex()
