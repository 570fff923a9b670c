"""Actors that are not what they seem: AD07, AD08, AD11, AD14, AD15, AD16.

Banned sellers in new accounts, fronts, users of forged papers, bought reviewers,
bought labelers, and notifiers without a right.
"""

import pandas as pd

from iprseg.errors import IprsegError
from iprseg.simulate.adversaries.draft import (
    IDENTITY_KEYS,
    NOW,
    Draft,
    copy_images,
    copy_listings,
    invent_identity,
    list_phrases,
)
from iprseg.simulate.evaluation import SimulatedLabeler
from iprseg.validation import check_interval, check_option

# keys that stay the same at each level of evasion; from the second on a nominee signs
_N_KEPT_KEYS = (len(IDENTITY_KEYS), 5, 2, 1)
_WEAK_KEYS = ("warehouse", "return_addr", "address", "ip", "phone")
_N_COPIED_LISTINGS = 4
_SILENT_DAYS = 120  # days without a listing that make an account an aged one
_N_AGED_BURST = 10


def plant_new_accounts(draft: Draft, share: float, level: int = 0) -> None:
    """Open a second account for bad sellers, or let them buy an aged one.

    ``level`` 0 to 3: all identity keys but the name stay (0), five of them and a
    nominee signs (1), two (2), or a single weak one such as the warehouse (3).
    ``reregistered`` accounts are new; an ``aged_account`` is an ordinary seller's that
    was silent for 120 days or more and then lists a burst of the bad seller's goods,
    from the buyer's device or, at level 2 and 3, from a new one.
    """
    check_option("AD07 level", level, (0, 1, 2, 3), "add_adversaries")
    sellers = draft.truth["sellers"]
    bad = sellers.loc[sellers["bad"], "seller_id"]
    chosen = draft.choose(bad, share, "seller", "bad seller")
    aged = _find_aged_accounts(draft)
    draft.rng.shuffle(aged)
    bought = dict(zip(chosen[::3], aged, strict=False))
    again = [seller for seller in chosen if seller not in bought]
    _reregister_sellers(draft, again, level)
    _hand_over_accounts(draft, bought, level)


def _reregister_sellers(draft: Draft, old: list[str], level: int) -> None:
    ids = draft.new_ids("sellers", "seller_id", "S", len(old))
    rows = draft.table("sellers").set_index("seller_id").loc[old].reset_index()
    opened = NOW - draft.hours(24 * 20, 24 * 60, len(old))
    rows["seller_id"], rows["created_at"] = ids, opened.as_unit("us")
    rows["first_listing_at"] = (opened + pd.Timedelta(days=1)).as_unit("us")
    rows["status"], rows["brand_authorisations"] = "active", ""
    draft.append("sellers", rows)
    planted = draft.truth["sellers"].set_index("seller_id").loc[old].reset_index()
    draft.append_truth("sellers", planted.assign(seller_id=ids))
    identity = draft.table("seller_identity").set_index("seller_id")
    kept = [_draw_kept_keys(draft, level) for _ in old]
    made = [
        invent_identity(draft.rng) | {key: identity.at[seller, key] for key in keys}
        for seller, keys in zip(old, kept, strict=True)
    ]
    draft.append("seller_identity", pd.DataFrame(made).assign(seller_id=ids))
    since = [at + pd.Timedelta(days=1) for at in opened]
    _list_goods_of_others(draft, ids, old, since, _N_COPIED_LISTINGS)
    draft.used.setdefault("seller", set()).update(ids)
    detail = [";".join(keys) for keys in kept]
    draft.note("reregistered", "seller", ids, "seller", old, detail)


def _draw_kept_keys(draft: Draft, level: int) -> list[str]:
    keys = list(_WEAK_KEYS if level == 3 else IDENTITY_KEYS)
    if level:
        keys = [key for key in keys if key != "legal_rep"]
    return sorted(draft.rng.permutation(keys)[: _N_KEPT_KEYS[level]].tolist())


def _list_goods_of_others(
    draft: Draft,
    sellers: list[str],
    others: list[str],
    since: list[pd.Timestamp],
    count: int,
) -> None:
    """Let each seller list what another one sells, within five days."""
    rows = draft.listings
    sources: list[str] = []
    made: list[pd.Timestamp] = []
    owners: list[str] = []
    for seller, other, start in zip(sellers, others, since, strict=True):
        own = rows[rows["seller_id"] == other]
        goods = list(own.index[own["violative"]]) or list(own.index)
        if goods:
            sources += draft.pick(goods, count)
            made += list(start + draft.hours(0, 120, count))
            owners += [seller] * count
    changes = pd.DataFrame({"created_at": made, "seller_id": owners})
    copy_listings(draft, sources, changes)


def _find_aged_accounts(draft: Draft) -> list[str]:
    """Ordinary sellers that have been silent for a while, not taken yet."""
    listings, truth = draft.table("listings"), draft.truth["sellers"]
    last = listings.groupby("seller_id")["created_at"].max()
    silent = last.index[last < NOW - pd.Timedelta(days=_SILENT_DAYS + 20)]
    honest = truth.loc[~truth["bad"], "seller_id"]
    free = set(silent) & set(honest) - draft.used.get("seller", set())
    return sorted(free)


def _hand_over_accounts(draft: Draft, bought: dict[str, str], level: int) -> None:
    """Hand aged accounts to bad sellers."""
    identity = draft.table("seller_identity").set_index("seller_id")
    sources, accounts = list(bought), list(bought.values())
    since = [NOW - pd.Timedelta(days=15)] * len(bought)
    _list_goods_of_others(draft, accounts, sources, since, _N_AGED_BURST)
    new = [
        invent_identity(draft.rng) if level > 1 else identity.loc[source]
        for source in sources
    ]
    keys = ["device", "ip"]
    rows = [[one[key] for key in keys] for one in new]
    changes = pd.DataFrame(rows, columns=keys, index=accounts)
    draft.put("seller_identity", "seller_id", changes)
    draft.used.setdefault("seller", set()).update(accounts)
    draft.note("aged_account", "seller", accounts, "seller", sources)


_MIN_OWN_LISTINGS = 5  # of an account's own at least
_N_HIJACKED_BURST = 12
_N_FRONT_OFFERS = 6
_ACCOUNTS_PER_THIEF = 3  # accounts that one thief takes


def plant_fronts(draft: Draft, share: float) -> None:
    """Hijack honest accounts, or let honest sellers drop-ship a bad shop's goods.

    ``hijacked``: within a week of the last month twelve violative listings appear in
    categories that the seller never dealt in; device, network and bank are the thief's,
    who takes three accounts. ``front``: six listings with the pictures of one bad shop
    over a year, in its categories. The account stays an honest person's: the truth of
    the seller is left as it is.
    """
    rows, truth = draft.listings, draft.truth["sellers"]
    taken = draft.used.get("seller", set())
    size = rows.groupby("seller_id").size()
    honest = set(truth.loc[~truth["bad"], "seller_id"]) - taken
    old = rows.groupby("seller_id")["created_at"].min() < NOW - pd.Timedelta(days=120)
    pool = sorted(
        honest & set(size.index[size >= _MIN_OWN_LISTINGS]) & set(old.index[old])
    )
    what = f"honest seller with {_MIN_OWN_LISTINGS} listings"
    chosen = draft.choose(pool, share, "seller", what)
    draft.used["seller"].update(chosen)
    goods = rows[rows["violative"] & rows["brand_id"].notna()]
    hijacked, fronts = chosen[::2], chosen[1::2]
    _replace_stolen_keys(draft, hijacked)
    plans = []
    for seller in hijacked:
        foreign = goods[~goods["category_path"].isin(_find_categories(rows, seller))]
        since = NOW - pd.Timedelta(days=float(draft.rng.uniform(8, 25)))
        when = since + draft.hours(0, 160, _N_HIJACKED_BURST)
        plans.append(
            (
                "hijacked",
                seller,
                draft.pick(list(foreign.index), _N_HIJACKED_BURST),
                when,
            )
        )
    for seller in fronts:
        shop = draft.pick(sorted(set(goods["seller_id"]) - {seller}), 1)[0]
        own = list(goods.index[goods["seller_id"] == shop])
        when = NOW - draft.hours(24 * 5, 24 * 110, _N_FRONT_OFFERS)
        plans.append(("front", seller, draft.pick(own, _N_FRONT_OFFERS), when))
    _list_planned_offers(draft, plans)


def _find_categories(rows: pd.DataFrame, seller: str) -> set[str]:
    return set(rows.loc[rows["seller_id"] == seller, "category_path"])


def _list_planned_offers(
    draft: Draft, plans: list[tuple[str, str, list[str], pd.DatetimeIndex]]
) -> None:
    """Add what each account comes to offer; a plan is how, who, what and when."""
    sources = [one for _, _, goods, _ in plans for one in goods]
    sellers = [seller for _, seller, goods, _ in plans for _ in goods]
    how = [variant for variant, _, goods, _ in plans for _ in goods]
    when = [at for *_, times in plans for at in times]
    changes = pd.DataFrame({"created_at": when, "seller_id": sellers})
    ids = copy_listings(draft, sources, changes)
    copy_images(draft, sources, ids)
    draft.note([v for v, *_ in plans], "seller", [seller for _, seller, *_ in plans])
    listed = [f"{variant}_listing" for variant in how]
    draft.note(listed, "listing", ids, "seller", sellers)


def _replace_stolen_keys(draft: Draft, sellers: list[str]) -> None:
    """Put the thief's device, network and bank in the place of the owner's."""
    thieves = [
        invent_identity(draft.rng) for _ in range(0, len(sellers), _ACCOUNTS_PER_THIEF)
    ]
    keys = ["device", "ip", "bank"]
    rows = [
        [thieves[k // _ACCOUNTS_PER_THIEF][key] for key in keys]
        for k in range(len(sellers))
    ]
    changes = pd.DataFrame(rows, columns=keys, index=sellers)
    draft.put("seller_identity", "seller_id", changes)


_SHOPS_PER_PAPER = 3  # to a paper
_PAPER_KINDS = ("forged_letter", "reused_invoice")
_DOC_TYPES = {"forged_letter": "LoA", "reused_invoice": "invoice"}


def plant_forged_papers(draft: Draft, share: float) -> None:
    """Let bad sellers claim brands with papers that others use too.

    Sellers go by threes on one document. ``forged_letter``: the letter of authorisation
    was checked and did not pass. ``reused_invoice``: the desk was deceived and took it
    for true, so only the document's recurrence tells.
    """
    chosen = _choose_bad_sellers(draft, share)
    groups = max(1, len(chosen) // _SHOPS_PER_PAPER)
    paper = [k % groups for k in range(len(chosen))]
    kind = [_PAPER_KINDS[p % 2] for p in paper]
    marks = draft.rng.integers(10**8, 10**9, groups)
    documents = [f"SIM-DOC-F{marks[p]}" for p in paper]
    draft.put(
        "seller_identity", "seller_id", pd.DataFrame({"doc": documents}, index=chosen)
    )
    draft.append("authorisations", _make_claims(draft, chosen, kind))
    others = [
        next(c for c, q in zip(chosen, paper, strict=True) if q == p and c != own)
        for own, p in zip(chosen, paper, strict=True)
    ]
    draft.note(kind, "seller", chosen, "seller", others, documents)


def _choose_bad_sellers(draft: Draft, share: float) -> list[str]:
    """Choose bad sellers, at least two: a paper of one shop alone is no collision."""
    truth = draft.truth["sellers"]
    taken = set(draft.used.get("seller", set()))
    # the simulator's own forgers have papers of this kind already
    known = draft.truth["behaviours"]
    taken |= set(known.loc[known["behaviour"] == "AD11", "entity_id"])
    bad = [s for s in truth.loc[truth["bad"], "seller_id"] if s not in taken]
    chosen = draft.choose(bad, share, "seller", "bad seller")
    spare = sorted(set(bad) - set(chosen))
    chosen += spare[: max(0, 2 - len(chosen))]
    draft.used["seller"].update(chosen)
    return chosen


def _make_claims(draft: Draft, chosen: list[str], kind: list[str]) -> pd.DataFrame:
    """Write the authorisations that the papers are to prove."""
    rows, sellers = draft.listings, draft.table("sellers").set_index("seller_id")
    branded = rows[rows["brand_id"].notna()].groupby("seller_id")["brand_id"]
    brands = branded.agg(lambda b: b.mode().iloc[0])
    spare_brand = draft.table("brands")["brand_id"].iloc[0]
    ids = draft.new_ids("authorisations", "authorisation_id", "U", len(chosen))
    return pd.DataFrame(
        {
            "authorisation_id": ids,
            "seller_id": chosen,
            "brand_id": [brands.get(s, spare_brand) for s in chosen],
            "doc_type": [_DOC_TYPES[k] for k in kind],
            "scope_markets": sellers.loc[chosen, "market"].to_list(),
            "valid_from": (sellers.loc[chosen, "created_at"]).to_numpy(),
            "valid_to": (NOW + pd.Timedelta(days=365)).as_unit("us"),
            "verified": [k == "reused_invoice" for k in kind],
            "verifier": "desk",
        }
    )


_SHOPS_PER_FARM = 4  # that one farm serves
_BUYERS_PER_FARM = 12  # buyers of a farm


def plant_review_farms(draft: Draft, share: float, dilution: float = 4.0) -> None:
    """Add ``dilution`` bought reviews for each real one of violative listings.

    They praise in one of two or three wordings a language, within a day, from a ring
    of buyers that reviews for four shops; these shops are run from one device.
    """
    check_interval("AD08 dilution", dilution, "add_adversaries", low=0, low_open=True)
    rows, reviews = draft.listings, draft.table("reviews")
    count = reviews["listing_id"].value_counts()
    free = ~rows["seller_id"].isin(draft.used.get("seller", set()))
    pool = rows.index[rows["violative"] & free].intersection(count.index)
    chosen = draft.choose(pool, share, "listing", "reviewed violative listing")
    owner = rows.loc[chosen, "seller_id"]
    shops = sorted(set(owner))
    draft.used.setdefault("seller", set()).update(shops)
    farm = {shop: k // _SHOPS_PER_FARM for k, shop in enumerate(shops)}
    bought = [max(1, round(dilution * count[listing])) for listing in chosen]
    parts = [
        _write_praise(draft, rows.loc[listing], n, farm[owner[listing]])
        for listing, n in zip(chosen, bought, strict=True)
    ]
    made = pd.concat(parts, ignore_index=True)
    made["review_id"] = draft.new_ids("reviews", "review_id", "R", len(made))
    draft.append("reviews", made)
    draft.note("seeded", "listing", chosen, detail=[str(n) for n in bought])
    _share_one_device(draft, shops, farm)


def _write_praise(draft: Draft, listing: pd.Series, n: int, farm: int) -> pd.DataFrame:
    rng, options = draft.rng, list_phrases("review", listing["lang"])
    start = min(
        listing["created_at"] + pd.Timedelta(hours=float(rng.uniform(24, 240))),
        NOW - pd.Timedelta(days=2),
    )
    wording = options[rng.integers(len(options))]
    ends = ["", "!", "!!", " 👍", " ❤", "."]
    return pd.DataFrame(
        {
            "listing_id": listing["listing_id"],
            "ts": (start + draft.hours(0, 20, n)).as_unit("us"),
            "stars": 5,
            "text": [wording + end for end in draft.pick(ends, n)],
            "lang": listing["lang"],
            "buyer": [f"farm-{farm}-{k}" for k in rng.integers(0, _BUYERS_PER_FARM, n)],
        }
    )


def _share_one_device(draft: Draft, shops: list[str], farm: dict[str, int]) -> None:
    """Run the shops of a farm from one device; the first one's."""
    identity = draft.table("seller_identity").set_index("seller_id")
    first = {number: shop for shop, number in reversed(farm.items())}
    device = [identity.at[first[farm[shop]], "device"] for shop in shops]
    draft.put(
        "seller_identity", "seller_id", pd.DataFrame({"device": device}, index=shops)
    )
    heads = [first[farm[shop]] for shop in shops]
    draft.note("farm", "seller", shops, "seller", heads)


_LABELS_PER_LISTING = 3  # labels of each


def plant_label_poisoning(
    draft: Draft, share: float, annotators: int = 10, listings: int = 300
) -> None:
    """Add labels of which a share of the annotators clears favoured sellers.

    ``annotators`` label ``listings`` drawn listings (half of them violative, as far as
    there are so many), three of them each, one label in ten marked as a gold trap.
    Honest ones answer as `SimulatedLabeler`. Those who ``collude``, of one vendor,
    answer so too, but call whatever the favoured sellers (half of the bad ones) offer
    NO_INFRINGEMENT. The pair is the cleared label and its listing.
    """
    check_interval(
        "AD14 annotators", annotators, "add_adversaries", low=_LABELS_PER_LISTING
    )
    check_interval("AD14 listings", listings, "add_adversaries", low=1)
    rows = draft.listings
    drawn = _draw_listings(draft, rows, int(listings))
    ids = draft.new_ids("annotators", "annotator_pid", "M", int(annotators))
    colluding = set(ids[: max(1, round(share * len(ids)))])
    favoured = _choose_favoured_sellers(draft, rows.loc[drawn])
    labelers = {
        one: SimulatedLabeler(draft.truth, 0.92, 0.97, 0.0, random_state=1000 + k)
        for k, one in enumerate(ids)
    }
    made = []
    for listing in drawn:
        for who in sorted(draft.rng.permutation(ids)[:_LABELS_PER_LISTING].tolist()):
            answer = labelers[who].answer(listing) or {}
            bought = who in colluding and rows.at[listing, "seller_id"] in favoured
            if bought:
                answer = {"primary": "NO_INFRINGEMENT", "severity": "S0"}
            made.append((listing, who, bought, answer))
    _write_labels(draft, rows, made, ids, colluding)


def _draw_listings(draft: Draft, rows: pd.DataFrame, n: int) -> list[str]:
    bad, good = rows.index[rows["violative"]], rows.index[~rows["violative"]]
    half = min(n // 2, len(bad))
    picked = [*draft.rng.permutation(bad)[:half], *draft.rng.permutation(good)]
    return sorted(picked[:n])


def _choose_favoured_sellers(draft: Draft, rows: pd.DataFrame) -> set[str]:
    sellers = sorted(set(rows.loc[rows["violative"], "seller_id"]))
    if not sellers:
        raise IprsegError(
            "AD14 has nothing to work on: the marketplace holds no violative listing; "
            "make more listings."
        )
    return set(draft.rng.permutation(sellers)[: max(1, len(sellers) // 2)].tolist())


def _write_labels(
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


_SELLERS_PER_TROLL = 12  # to one troll
_MAX_ITEMS = 4  # listings of a seller at most
_DECEIVED_SHARE = 0.1


def plant_abusive_notices(draft: Draft, share: float) -> None:
    """Send mass claims of a few new notifiers against honest sellers.

    A notice to a seller, with up to four items; nine in ten are rejected within days,
    in the others the desk is deceived and the listings are removed. The pair is the
    notice and its notifier; the sellers are noted as ``victim``.
    """
    rows, truth = draft.listings, draft.truth["sellers"]
    alive = rows[~rows["violative"] & rows["status"].ne("removed")]
    alive = alive[alive["created_at"] < NOW - pd.Timedelta(days=40)]
    alive = alive[alive["seller_id"].isin(truth.loc[~truth["bad"], "seller_id"])]
    taken = draft.used.get("seller", set())
    pool = sorted(set(alive["seller_id"]) - taken)
    chosen = draft.choose(pool, share, "seller", "honest seller")
    ids = draft.new_ids("notices", "notice_id", "N", len(chosen))
    owners = [f"RO96{k // _SELLERS_PER_TROLL:02d}" for k in range(len(chosen))]
    received = (NOW - draft.hours(24 * 10, 24 * 38, len(chosen))).as_unit("us")
    decided = (received + draft.hours(12, 96, len(chosen))).as_unit("us")
    deceived = draft.rng.random(len(chosen)) < _DECEIVED_SHARE
    notices = pd.DataFrame({"notice_id": ids, "ro_id": owners})
    notices["ts_received"], notices["ts_decided"] = received, decided
    notices["source_type"], notices["right_type"] = "web form", "design"
    notices["right_reg_no"] = ["pending" if k % 3 else "" for k in range(len(ids))]
    first = alive.drop_duplicates("seller_id").set_index("seller_id")["market"]
    notices["jurisdiction"] = first[chosen].to_numpy()
    notices["bona_fide_flag"], notices["valid"] = True, deceived
    notices["reject_reason"] = [None if one else "no right shown" for one in deceived]
    draft.append("notices", notices)
    parts = []
    for seller, notice, when, out in zip(chosen, ids, decided, deceived, strict=True):
        items = alive.index[alive["seller_id"] == seller][:_MAX_ITEMS]
        parts.append(pd.DataFrame({"notice_id": notice, "listing_id": items}))
        parts[-1]["outcome"] = "removed" if out else "rejected"
        parts[-1]["ts_actioned"] = when if out else pd.NaT
    items = pd.concat(parts, ignore_index=True)
    items["ts_actioned"] = pd.to_datetime(items["ts_actioned"], utc=True)
    draft.append("notice_items", items)
    gone = items[items["outcome"] == "removed"].set_index("listing_id")
    if len(gone):
        removal = pd.DataFrame({"removed_at": gone["ts_actioned"].dt.as_unit("us")})
        draft.put("listings", "listing_id", removal.assign(status="removed"))
    draft.note("mass_claim", "notice", ids, "rights_owner", owners)
    victims = ["removed" if out else "" for out in deceived]
    draft.note("victim", "seller", chosen, "rights_owner", owners, victims)
