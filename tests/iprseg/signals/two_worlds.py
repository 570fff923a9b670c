"""A marketplace with every table, and the same one as a later world would have it."""

from pathlib import Path

import numpy as np
import pandas as pd

import iprseg.tables
from iprseg import make_marketplace
from iprseg.tables.as_of import find_row_rule, find_value_rule

_COLUMNS = pd.read_csv(
    Path(iprseg.tables.__file__).with_name("columns.csv"), keep_default_na=False
)

DAY = pd.Timedelta(days=1)
KEYS = {
    "listings": "listing_id",
    "sellers": "seller_id",
    "creators": "creator_id",
    "notices": "notice_id",
    "reviews": "review_id",
    "images": "image_id",
    "actions": "action_id",
    "appeals": "appeal_id",
    "promotions": "promo_id",
    "authorisations": "authorisation_id",
    "labels": "label_id",
    "incidents": "incident_id",
    "annotators": "annotator_pid",
}
VERSIONED = ["title", "description", "brand_field", "price"]
WORDS = ["AAA replica 1:1 Velmora", "fake!", "TM_COUNTERFEIT", "suspended", "", None]


def whole_marketplace(seed, moment):
    """Return a simulated marketplace with all tables, identities as tokens."""
    tables = dict(make_marketplace(300, 50, random_state=seed).tables)
    rng = np.random.default_rng(seed)
    identity = tables["seller_identity"]
    tokens = {"ip": "ip24_pid", "doc": "doc_hash_pid"}
    names = {c: tokens.get(c, f"{c}_pid") for c in identity if c != "seller_id"}
    domain = identity["email"].str.partition("@")[2]
    tables["seller_identity"] = identity.rename(columns=names).assign(
        email_domain=domain
    )
    tables["reviews"] = tables["reviews"].rename(columns={"buyer": "buyer_pid"})
    tables["images"]["exif_pid"] = rng.choice(["x", "y", None], len(tables["images"]))
    tables["listings"] = _thick(tables["listings"])
    few = tables["promotions"].sample(80, replace=True, random_state=seed)
    tables["promotions"] = few.assign(
        promo_id=[f"promo-{i}" for i in range(len(few))],
        listing_id=rng.choice(tables["listings"]["listing_id"], len(few)),
        ts=moment + rng.integers(-300, 100, len(few)) * DAY,
    )
    for table in _COLUMNS["table"].unique():
        if table not in tables:
            tables[table] = _invented(table, tables, moment, rng)
    _say_more(tables, rng)
    return tables


def _say_more(tables, rng):
    """Add columns that the simulator does not write."""
    images, orders, said = (tables[t] for t in ("images", "orders_daily", "promotions"))
    images["photo_kind"] = rng.choice(["stock", "hand", None], len(images))
    orders["dispatched_at"] = orders["date"] + rng.integers(0, 9, len(orders)) * DAY
    said["duration_s"] = rng.choice([600.0, np.nan], len(said))
    gone = said["ts"] + rng.integers(0, 40, len(said)) * pd.Timedelta(minutes=20)
    said["replay_deleted_at"] = gone.where(rng.random(len(said)) < 0.7)
    scores = tables["model_scores"]
    scores["model_id"] = rng.choice(["C04", "C09", "J01", "C11", "I02"], len(scores))
    for model, table in (("C11", "sellers"), ("I02", "creators")):
        rows = scores["model_id"] == model
        ids = tables[table][KEYS[table]]
        scores.loc[rows, "entity_id"] = rng.choice(ids, rows.sum())


def _thick(listings):
    """Put listings into few groups, so that hardly any is too small to compare."""
    half = np.arange(len(listings)) % 2 == 0
    return listings.assign(
        market="US",
        currency="USD",
        condition="new",
        category_path=listings["category_path"].str.partition(" > ")[0],
        brand_field=listings["brand_field"].mask(half, "Velmora"),
    )


def _invented(table, tables, moment, rng, n=300):
    """Return rows of a table that the simulator does not write."""
    own, columns = _COLUMNS[_COLUMNS["table"] == table], {}
    for column, dtype in zip(own["column"], own["dtype"], strict=True):
        kind = "key" if column == KEYS.get(table) else column
        kind = kind if kind in _SPECIAL else dtype
        columns[column] = _SPECIAL[kind](n, rng, tables, moment)
    return pd.DataFrame(columns)


_SPECIAL = {
    "key": lambda n, rng, tables, moment: [f"row-{i}" for i in range(n)],
    "entity_id": lambda n, rng, tables, moment: rng.choice(
        tables["listings"]["listing_id"], n
    ),
    "brand_id": lambda n, rng, tables, moment: rng.choice(
        tables["brands"]["brand_id"], n
    ),
    "entity_type": lambda n, rng, tables, moment: ["listing"] * n,
    "round": lambda n, rng, tables, moment: ["gold"] * n,
    "violation_primary": lambda n, rng, tables, moment: rng.choice(
        ["TM_COUNTERFEIT", "NO_VIOLATION"], n
    ),
    "date": lambda n, rng, tables, moment: moment + rng.integers(-400, 200, n) * DAY,
    "boolean": lambda n, rng, tables, moment: rng.random(n) < 0.5,
    "text": lambda n, rng, tables, moment: rng.choice(["a", "b", "c"], n),
    "number": lambda n, rng, tables, moment: rng.random(n),
    "integer": lambda n, rng, tables, moment: rng.integers(0, 9, n),
    "price": lambda n, rng, tables, moment: rng.random(n),
}


def later_world(tables, moment, seed):
    """Return the marketplace as it may be once time has gone on.

    Rows at or after the moment are dropped, changed and added; every value that became
    known at or after it is another one; a third of the listings has been edited.
    """
    rng = np.random.default_rng(seed)
    world = {}
    for table, frame in tables.items():
        frame = frame.reset_index(drop=True)
        early = _early(table, tables, moment)
        past = _mutated(table, frame[early].copy(), moment, rng)
        late = frame[~early]
        late = _scrambled(table, late.sample(frac=0.5, random_state=seed), rng)
        parts = [past, late, *_added(table, frame, early, tables, moment, rng)]
        world[table] = pd.concat(
            [part for part in parts if len(part)] or [frame], ignore_index=True
        ).sample(frac=1, random_state=seed)
    _edit(world, tables, moment, rng)
    return world


def _early(table, tables, moment):
    frame, rule = tables[table].reset_index(drop=True), find_row_rule(table)
    if rule is None or rule[1] == "timeless":
        return pd.Series(True, index=frame.index)
    column, when = rule
    if when.startswith("row_of:"):
        parent = when.partition(":")[2]
        held = tables[parent].reset_index(drop=True)[_early(parent, tables, moment)]
        return frame[column].isin(held[column]) | frame[column].isna()
    times = frame[column]
    if when == "row_day":
        return times.dt.floor("D") + DAY <= moment
    return times < moment


def _mutated(table, frame, moment, rng):
    """Change what of early rows became known later."""
    before = frame.copy()
    for column in frame:
        when = find_value_rule(table, column)
        source = column if when == "self" else when
        if when == "current":
            frame[column] = _other(frame[column], rng)
        elif source in before:
            unknown = ~(before[source] < moment)
            other = (
                _later(len(frame), moment, rng)
                if when == "self"
                else _other(frame[column], rng)
            )
            frame[column] = (
                frame[column]
                .astype(other.dtype)
                .where(~unknown, other.set_axis(frame.index))
            )
    return frame


def _added(table, frame, early, tables, moment, rng, n=30):
    """Add rows after the moment, like early ones, one of them at the moment itself."""
    rule = find_row_rule(table)
    if rule is None or rule[1] == "timeless" or not early.any():
        return []
    rows = frame[early].sample(n, replace=True, random_state=7)
    column, when = rule
    if when.startswith("row_of:"):
        # new rows of what came later, alike to early ones in all else
        rows[column] = [f"late-{i}" for i in range(n)]
    else:
        rows = _scrambled(table, rows, rng)
        times = _later(n, moment, rng, never=False)
        times.iloc[0] = moment
        rows[column] = times.to_numpy()
        rows[column] = pd.to_datetime(rows[column], utc=True)
    if (key := KEYS.get(table)) in rows:
        rows[key] = [f"late-{i}" for i in range(n)]
    return [rows]


def _scrambled(table, rows, rng):
    """Change all that is no key, no time and no name of another row."""
    rows = rows.copy()
    for column in rows:
        fixed = column.endswith(("_id", "_pid")) or column in ("event", "entity_type")
        if not fixed and not pd.api.types.is_datetime64_any_dtype(rows[column]):
            rows[column] = _other(rows[column], rng)
    return rows


def _other(values, rng):
    n, index = len(values), values.index
    if pd.api.types.is_bool_dtype(values):
        return ~values
    if pd.api.types.is_datetime64_any_dtype(values):
        return pd.Series(pd.NaT, index=index, dtype=values.dtype)
    if pd.api.types.is_numeric_dtype(values):
        return pd.Series(rng.choice([0.0, 1e6, 3.0, np.nan], n), index=index)
    own = values.sample(frac=1, random_state=3).to_numpy(dtype=object)
    words = np.array(WORDS, dtype=object)[rng.integers(0, len(WORDS), n)]
    return pd.Series(np.where(rng.random(n) < 0.3, own, words), index=index).astype(
        object
    )


def _later(n, moment, rng, never=True):
    times = pd.Series(moment + rng.integers(0, 200, n) * DAY)
    return times.where(rng.random(n) < 0.5) if never else times


def _edit(world, tables, moment, rng):
    """Edit a third of the early listings after the moment; keep all they said."""
    listings, versions = world["listings"], world["listing_versions"]
    early = listings["created_at"] < moment
    edited = early & (rng.random(len(listings)) < 0.33)
    new = listings.loc[
        edited & ~listings["listing_id"].isin(tables["listing_versions"]["listing_id"])
    ]
    first = new[["listing_id", *VERSIONED]].assign(
        version=1, valid_from=new["created_at"]
    )
    later = listings.loc[edited, ["listing_id"]].assign(
        version=99, valid_from=moment + 3 * DAY
    )
    for column in VERSIONED:
        listings[column] = listings[column].where(
            ~edited, _other(listings[column], rng)
        )
        later[column] = listings.loc[edited, column]
    first["valid_to"] = moment + 3 * DAY
    # what a listing showed at first, and pictures swapped in by the edit
    shown = tables["images"].groupby("listing_id")["image_id"].agg(";".join)
    first["image_ids"] = first["listing_id"].map(shown)
    swapped = tables["images"].sample(len(later), replace=True, random_state=5)
    swapped["listing_id"] = later["listing_id"].to_numpy()
    swapped["image_id"] = later["image_ids"] = [f"swap-{i}" for i in range(len(later))]
    world["images"] = pd.concat([world["images"], swapped], ignore_index=True)
    world["listing_versions"] = pd.concat([versions, first, later], ignore_index=True)
