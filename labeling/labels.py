"""Labels as a frame: one row per drawn item, checked against store and tables."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pandas as pd
import sqlalchemy as sa

from iprseg.errors import IprsegError
from iprseg.survey.design import FIRST_WAVE, FIXED_SETTINGS, DrawSettings, fill_settings
from labeling.errors import LabelingError
from labeling.store import LabelStore, schema
from labeling.store.decisions import COUNTED_AS

if TYPE_CHECKING:
    from iprseg.survey import SampleDesign
    from labeling.store import LabelStore
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from iprseg.errors import TableError
from iprseg.survey.design import count_stratum_listings, name_frame
from labeling.store.label_store import open_store

if TYPE_CHECKING:
    from iprseg.survey import SampleDesign


COLUMNS = [
    "seller_id",
    "design_id",
    "stratum",
    "arm",
    "wave",
    "inclusion_prob",
    "serve_order",
    "status",
    "state",
    "primary",
    "severity",
    "violative",
    "role",
    "labeled_at",
    "labels",
]


def read_labels(
    store: LabelStore, design_id: str | None = None, annotator: str | None = None
) -> pd.DataFrame:
    """Give every drawn item with its label, or with why it has none.

    Parameters
    ----------
    store : LabelStore
        The store.
    design_id : str, optional
        Only this design.
    annotator : str, optional
        Only this annotator's labels, as where two readers judge independently.

    Returns
    -------
    DataFrame, shape (items drawn, 15)
        Index `listing_id`. Design columns `seller_id, design_id, stratum, arm, wave,
        inclusion_prob, serve_order`; `status`: ``labeled``, ``insufficient`` (the
        code is neither yes nor no), ``disagreement`` (readers differ in what the
        headline counts: lawful, S1, S2 and above, or undecided; a lead's answer
        decides), ``skipped``, ``expired`` (leased, never answered, or gone after the
        draw) or ``unserved``; `state`: the status in words where it needs some;
        `primary`: where readers agree on it; `severity`: the lowest that was given;
        `violative`: 1.0, 0.0 or NaN; `role`: ``shape`` or ``measure``, fixed per
        seller; `labeled_at` (UTC); `labels`: annotators whose label counts.
        ``attrs["designs"]`` holds the designs as JSON, for `iprseg.survey.SampleDesign.all_of`.

    Raises
    ------
    LabelingError
        An unknown design, or an annotator who has answered nothing.
    """
    if design_id is not None:
        store.design(design_id)
    with store.reading() as connection:
        items = _read_items(connection, design_id)
        answers = _read_answers(connection, annotator)
        gone = {
            row.item_id: row.why for row in connection.execute(sa.select(schema.gone))
        }
        leased = _read_lease_ends(connection, annotator)
        types = _read_id_types(connection)
    if annotator is not None and not answers:
        raise LabelingError(f"The annotator {annotator!r} has answered nothing.")
    now = store.clock()
    rows = []
    for item in items:
        said = answers.get(item["item_id"], [])
        verdict = _combine_labels(said) or _classify_nonresponse(
            item["item_id"], said, gone, leased, now
        )
        integer = types[item["design_id"]]
        rows.append(
            {
                "state": "",
                "labels": 0,
                **_build_design_columns(item, integer),
                **verdict,
            }
        )
    frame = _build_label_frame(rows)
    frame.attrs["designs"] = [store.design(one) for one in frame["design_id"].unique()]
    return frame


def _read_items(connection: sa.Connection, design_id: str | None) -> list[Any]:
    table = schema.items
    query = sa.select(table).order_by(table.c.item_id)
    if design_id is not None:
        query = query.where(table.c.design_id == design_id)
    return list(connection.execute(query).mappings())


def _read_answers(
    connection: sa.Connection, annotator: str | None
) -> dict[int, list[dict[str, Any]]]:
    table, events = schema.answers, schema.events
    counted: sa.ColumnElement[str] = sa.literal_column(COUNTED_AS).label("counted_as")
    query = sa.select(
        table.c.item_id, table.c.kind, events.c.at, events.c.data, counted
    ).join(events, events.c.seq == table.c.seq)
    if annotator is not None:
        query = query.where(table.c.annotator == annotator)
    found: dict[int, list[dict[str, Any]]] = {}
    for row in connection.execute(query.order_by(table.c.seq)):
        said = json.loads(row.data)
        said |= {"kind": row.kind, "at": row.at, "counted_as": row.counted_as}
        found.setdefault(row.item_id, []).append(said)
    return found


def _read_lease_ends(
    connection: sa.Connection, annotator: str | None
) -> dict[int, float]:
    table = schema.leases
    query = sa.select(table.c.item_id, sa.func.max(table.c.expires).label("until"))
    if annotator is not None:
        query = query.where(table.c.annotator == annotator)
    rows = connection.execute(query.group_by(table.c.item_id))
    return {row.item_id: row.until for row in rows}


def _read_id_types(connection: sa.Connection) -> dict[str, dict[str, bool]]:
    events = schema.events
    texts = sa.select(events.c.data).where(events.c.kind == "design")
    data = [json.loads(text) for text in connection.scalars(texts)]
    return {one["design_id"]: one["integer_ids"] for one in data}


def _combine_labels(said: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Give the label that the answers to an item come to; None where there is none."""
    labels = [one for one in said if one["kind"] == "submit"]
    decision = [one for one in labels if one.get("decides")][-1:]
    labels = decision or labels
    if not labels:
        return None
    answers = [one["answer"] for one in labels]
    verdict = {"labeled_at": labels[-1]["at"], "labels": len(labels)}
    classes = sorted({one["counted_as"] for one in labels})
    if len(classes) > 1:
        state = f"readers disagree: {', '.join(classes)}"
        return {**verdict, "status": "disagreement", "state": state}
    known = labels[0]["violative"] is not None
    severities = [one["severity"] for one in answers if one.get("severity")]
    return {
        **verdict,
        "status": "labeled" if known else "insufficient",
        "state": "decided by a lead" if decision else "",
        "violative": labels[0]["violative"],
        "primary": _find_agreed_code(one.get("primary") for one in answers),
        # of S2 and S3 the first is what both readers hold
        "severity": min(severities, default=None),
    }


def _find_agreed_code(codes: Any) -> str | None:
    different = set(codes)
    return different.pop() if len(different) == 1 else None


def _classify_nonresponse(
    item_id: int,
    said: list[dict[str, Any]],
    gone: dict[int, str],
    leased: dict[int, float],
    now: float,
) -> dict[str, Any]:
    if item_id in gone:
        return {"status": "expired", "state": gone[item_id]}
    if said:
        return {"status": "skipped"}
    if leased.get(item_id, now) < now:
        return {"status": "expired", "state": "lease ran out"}
    return {"status": "unserved"}


def _build_design_columns(item: Any, integer: dict[str, bool]) -> dict[str, Any]:
    """Give the design columns, with ids of the type that the frame had."""
    row = {name: item[name] for name in ("listing_id", *COLUMNS[:7], "role")}
    for name, is_integer in integer.items():
        if is_integer and row[name] is not None:
            row[name] = int(row[name])
    return row


def _build_label_frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["listing_id", *COLUMNS]).set_index("listing_id")
    frame["violative"] = frame["violative"].astype(float)
    sellers = [row["seller_id"] for row in rows]
    if any(isinstance(one, int) for one in sellers) and all(
        one is None or isinstance(one, int) for one in sellers
    ):
        # a gap would turn whole numbers into floats
        kind = "Int64" if None in sellers else "int64"
        frame["seller_id"] = pd.array(sellers, dtype=kind)
    frame["labeled_at"] = pd.to_datetime(
        frame["labeled_at"], utc=True, format="ISO8601"
    )
    return frame


def read_survey_labels(
    store: LabelStore, design: str | None = None, annotator: str | None = None
) -> tuple[pd.DataFrame, list[SampleDesign]]:
    """Read the labels of all waves of one survey, from a store that is intact.

    Parameters
    ----------
    store : LabelStore
    design : str, optional
        Up to the wave of this design; all waves otherwise.
    annotator : str, optional
        Labels of this person only.

    Returns
    -------
    labels : DataFrame
        What `read_labels` gives.
    designs : list of SampleDesign
        First wave first.

    Raises
    ------
    IprsegError, LabelingError
        A store that is not as it was written, nothing drawn, nothing labeled, several
        surveys and none chosen, an unknown design or annotator.
    """
    from iprseg.survey import SampleDesign
    from labeling.labels import read_labels

    path = repr(str(store.path))
    _refuse_altered_store(store, path)
    held = {one: SampleDesign.from_json(store.design(one)) for one in store.designs}
    if not held:
        raise IprsegError(
            f"{path} holds no sample: draw one with draw_sample and "
            "LabelStore.add_design."
        )
    if design is None:
        firsts = [one for one in held.values() if one.earlier is None]
        if len(firsts) > 1:
            names = ", ".join(one.design_id for one in firsts)
            raise IprsegError(
                f"{path} holds {len(firsts)} surveys that do not add up to one rate: "
                f"choose one with design=… ({names})."
            )
        designs = list(held.values())
    else:
        store.design(design)  # refuses an unknown one
        designs = _collect_waves_up_to(design, held)
    labels = read_labels(store, annotator=annotator)
    labels = labels[labels["design_id"].isin([one.design_id for one in designs])].copy()
    labels.attrs["designs"] = [one.to_json() for one in designs]
    if not labels["labels"].any():
        raise IprsegError(
            f"{path} holds {len(labels):,} listings drawn and no label yet: label some "
            "with a LabelQueue."
        )
    return labels, designs


def _refuse_altered_store(store: LabelStore, path: str) -> None:
    """Refuse a store that was changed: labels nobody gave are worse than none."""
    found = store.verify().problems
    if found:
        more = f", and {len(found) - 1:,} more" if len(found) > 1 else ""
        raise IprsegError(
            f"{path} is not as it was written, so no rate is given from it: "
            f"{found[0].rstrip('.')}{more}; go back to a copy of the store that is "
            "whole (LabelStore(…).verify() lists all that was found)."
        )


def _collect_waves_up_to(
    design: str, held: dict[str, SampleDesign]
) -> list[SampleDesign]:
    """Give a wave and all before it, the first one first."""
    chain: list[SampleDesign] = []
    name: str | None = design
    while name is not None and name in held:
        chain.insert(0, held[name])
        name = held[name].earlier
    return chain


def settle_draw(
    store: LabelStore, asked: DrawSettings, next_wave: bool
) -> tuple[DrawSettings, list[SampleDesign]]:
    """Fill in what was not said, and give the waves that the store holds.

    Raises
    ------
    IprsegError
        A further wave of nothing, or one that is to be drawn otherwise.
    """
    from iprseg.survey import SampleDesign

    designs = [SampleDesign.from_json(store.design(one)) for one in store.designs]
    if not next_wave:
        return fill_settings(asked, FIRST_WAVE), designs
    if not designs:
        raise IprsegError(
            "next_wave=True draws what earlier waves left, and "
            f"{str(store.path)!r} holds none: leave next_wave=True out."
        )
    last = designs[-1]
    before = DrawSettings(
        last.unit,
        last.listings_per_seller,
        last.explore,
        _read_shape_share(store),
        last.as_of,
        last.seed,
    )
    for name in FIXED_SETTINGS:
        wanted, was = getattr(asked, name), getattr(before, name)
        if wanted is not None and wanted != was:
            shown = f"{was:g}" if isinstance(was, float) else repr(was)
            said = f"with {name}={shown}" if was is not None else f"without {name}=…"
            raise IprsegError(
                f"The earlier waves in {str(store.path)!r} were drawn {said}, and "
                f"waves of one survey are drawn alike: leave {name}=… out."
            )
    return fill_settings(asked, before), designs


def holds_design(store: LabelStore, design_id: str) -> bool:
    """Say whether the store holds this very draw; refuse one that holds another.

    Raises
    ------
    IprsegError
        The store holds another draw: its rates would be of neither.
    """
    held = store.designs
    if held and design_id not in held:
        raise IprsegError(
            f"{str(store.path)!r} holds another draw already ({', '.join(held)}): add "
            "next_wave=True to draw more of the same listings, or give another store=…."
        )
    return bool(held)


def _read_shape_share(store: LabelStore) -> float:
    with store.reading() as connection:
        return float(store.setting(connection, "shape_share") or FIRST_WAVE.shape_share)


class SurveyLabels(NamedTuple):
    """What a label store says of one survey.

    Attributes
    ----------
    path : pathlib.Path
    labels : DataFrame
        From `read_survey_labels`.
    designs : list of SampleDesign
    titles : Series of str by listing id (str)
        As labelers saw them, without what was erased.
    """

    path: Path
    labels: pd.DataFrame
    designs: list[SampleDesign]
    titles: pd.Series


def read_labels_with_titles(path: Path) -> SurveyLabels:
    """Read labels with the titles that they were given to.

    Raises
    ------
    IprsegError, LabelingError
        As `open_store` and `read_survey_labels`.
    """
    with open_store(path) as store:
        labels, designs = read_survey_labels(store)
        return SurveyLabels(path, labels, designs, store.titles())


def check_same_listings(
    survey: SurveyLabels, listings: pd.DataFrame, path: str
) -> None:
    """Refuse tables that the sample was not drawn from; tell smaller differences.

    Parameters
    ----------
    survey : SurveyLabels
    listings : DataFrame
        Index listing_id; title.
    path : str
        Where the listings are, for the message.

    Raises
    ------
    TableError
        Of the listings drawn fewer than half are there, or most have another title.
    """
    drawn, store = survey.labels.index.astype(str), repr(str(survey.path))
    name = repr(name_frame(path))
    ids = listings.index.astype(str)
    here = drawn.isin(ids)
    if here.mean() < 0.5:
        raise TableError(
            f"{int((~here).sum()):,} of the {len(drawn):,} listings drawn into {store} "
            f"are not in {name} (first: {drawn[~here][0]!r}): give the labels=… that were "
            "drawn from these tables."
        )
    titles = listings["title"].astype(object).set_axis(ids)
    both = survey.titles.index.intersection(titles.index).intersection(drawn)
    other = [one for one in both if str(titles[one]) != str(survey.titles[one])]
    if len(other) > len(both) / 2:
        raise TableError(
            f"{len(other):,} of the {len(both):,} listings drawn into {store} have "
            f"another title in {name} (first: {other[0]!r}): equal ids, other "
            "listings; give the labels=… that were drawn from these tables."
        )
    warn_other_frame_size(
        survey.designs, len(listings), survey.path, missing=int((~here).sum())
    )


def warn_other_frame_size(
    designs: Sequence[SampleDesign],
    held: int,
    store: Path,
    where: str = "these tables",
    missing: int = 0,
) -> None:
    """Warn where the labels speak of another number of listings than there are.

    Parameters
    ----------
    designs : sequence of SampleDesign
    held : int
        Listings there are.
    store : pathlib.Path
    where : str
        What holds them.
    missing : int
        Listings drawn that are not among them.
    """
    frame = int(count_stratum_listings(designs[0]).sum())
    # a draw as of a date leaves out what came later: more are no surprise
    later = designs[0].as_of is not None and held > frame
    if held != frame and not later:
        told = f"speak of {frame:,} listings and {where} hold {held:,}"
    elif missing:
        told = f"speak of listings that {where} do not hold"
    else:
        return
    if missing:
        told += f" ({missing:,} of those drawn are not among them)"
    warnings.warn(
        f"The labels in {str(store)!r} {told}: rates are of the listings drawn from.",
        stacklevel=2,
    )
