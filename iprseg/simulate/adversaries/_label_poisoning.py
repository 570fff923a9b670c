"""AD14: labelers who clear the shops that pay them."""

import pandas as pd

from iprseg._check import check_interval
from iprseg.errors import IprsegError
from iprseg.simulate.adversaries._draft import NOW, Draft
from iprseg.simulate.labeler import SimulatedLabeler

_PER_LISTING = 3  # labels of each


def plant(
    draft: Draft, share: float, annotators: int = 10, listings: int = 300
) -> None:
    """Add labels of which a share of the annotators clears favoured sellers.

    ``annotators`` label ``listings`` drawn listings (half of them violative, as far as
    there are so many), three of them each, one label in ten marked as a gold trap.
    Honest ones answer as `SimulatedLabeler`. Those who ``collude``, of one vendor,
    answer so too, but call whatever the favoured sellers (half of the bad ones) offer
    NO_INFRINGEMENT. The pair is the cleared label and its listing.
    """
    check_interval("AD14 annotators", annotators, "add_adversaries", low=_PER_LISTING)
    check_interval("AD14 listings", listings, "add_adversaries", low=1)
    rows = draft.listings
    drawn = _drawn(draft, rows, int(listings))
    ids = draft.new_ids("annotators", "annotator_pid", "M", int(annotators))
    colluding = set(ids[: max(1, round(share * len(ids)))])
    favoured = _favoured(draft, rows.loc[drawn])
    labelers = {
        one: SimulatedLabeler(draft.truth, 0.92, 0.97, 0.0, random_state=1000 + k)
        for k, one in enumerate(ids)
    }
    made = []
    for listing in drawn:
        for who in sorted(draft.rng.permutation(ids)[:_PER_LISTING].tolist()):
            answer = labelers[who].answer(listing) or {}
            bought = who in colluding and rows.at[listing, "seller_id"] in favoured
            if bought:
                answer = {"primary": "NO_INFRINGEMENT", "severity": "S0"}
            made.append((listing, who, bought, answer))
    _write(draft, rows, made, ids, colluding)


def _drawn(draft: Draft, rows: pd.DataFrame, n: int) -> list[str]:
    bad, good = rows.index[rows["violative"]], rows.index[~rows["violative"]]
    half = min(n // 2, len(bad))
    picked = [*draft.rng.permutation(bad)[:half], *draft.rng.permutation(good)]
    return sorted(picked[:n])


def _favoured(draft: Draft, rows: pd.DataFrame) -> set[str]:
    sellers = sorted(set(rows.loc[rows["violative"], "seller_id"]))
    if not sellers:
        raise IprsegError(
            "AD14 has nothing to work on: the marketplace holds no violative listing; "
            "make more listings."
        )
    return set(draft.rng.permutation(sellers)[: max(1, len(sellers) // 2)].tolist())


def _write(
    draft: Draft,
    rows: pd.DataFrame,
    made: list[tuple[str, str, bool, dict[str, str]]],
    ids: list[str],
    colluding: set[str],
) -> None:
    people = pd.DataFrame({"annotator_pid": ids, "team": "review"})
    people["vendor_id"] = ["V1" if one in colluding else "V0" for one in ids]
    draft.append("annotators", people.assign(role="moderator"))
    labels = draft.new_ids("labels", "label_id", "Q", len(made))
    answers = [answer for *_, answer in made]
    listing, who = [m[0] for m in made], [m[1] for m in made]
    trap = {one: draft.rng.random() < 0.1 for one in dict.fromkeys(listing)}
    frame = pd.DataFrame({"label_id": labels, "entity_type": "listing"})
    frame["entity_id"], frame["annotator_pid"] = listing, who
    frame["market"] = rows.loc[listing, "market"].to_numpy()
    frame["vendor_id"] = ["V1" if one in colluding else "V0" for one in who]
    frame["submitted_at"] = (NOW - draft.hours(1, 500, len(made))).as_unit("us")
    frame["violation_primary"] = [a["primary"] for a in answers]
    frame["severity"] = [a["severity"] for a in answers]
    frame["ni_reason"] = [a.get("ni_reason") for a in answers]
    frame["is_gold"] = [trap[one] for one in listing]
    draft.append("labels", frame)
    bad = sorted(colluding)
    draft.note("colludes", "annotator", bad)
    cleared = [k for k, (_, _, bought, _) in enumerate(made) if bought]
    draft.note(
        "cleared",
        "label",
        [labels[k] for k in cleared],
        "listing",
        [listing[k] for k in cleared],
        [who[k] for k in cleared],
    )
