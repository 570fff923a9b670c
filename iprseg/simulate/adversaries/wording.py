"""What pages and hosts say in place of the truth: AD03, AD04, AD05, AD17, AD20.

Decoy pages, coded speech, bait and switch, prompts, and look-alikes.
"""

import json

import numpy as np
import pandas as pd

from iprseg.simulate.adversaries.draft import (
    NOW,
    Draft,
    copy_images,
    copy_listings,
    draw_phrase,
    find_named_listings,
    list_phrases,
)

_DECOY_TELLS = ("price_code", "variant", "contact")
# deposits as hosts ask for them; lucky numbers among them
_DEPOSIT_PRICES = [1, 5, 8.8, 9.9, 10, 66, 88, 99, 168, 520]


def plant_decoy_pages(draft: Draft, share: float) -> None:
    """Add a decoy page for violative branded listings; the pair is page and listing.

    The page has title, description and category of an unbranded listing of the same
    language, the pictures of the branded goods, and one to three of the tells: a
    deposit or the seller's own ending as price, a cheap variant before the real one, a
    contact in the description.
    """
    rows = draft.listings
    goods = rows[rows["violative"] & rows["brand_id"].notna()]
    deals = draft.choose(goods.index, share, "listing", "violative branded listing")
    deal = rows.loc[deals]
    faces = _choose_faces(draft, rows, deal)
    tells = [_draw_tells(draft) for _ in deals]
    changes = rows.loc[faces, ["title", "description", "category_path"]].copy()
    changes["description"] = [
        f"{text} {draw_phrase('contact', lang, draft.rng)}"
        if "contact" in tell
        else text
        for text, lang, tell in zip(
            changes["description"], deal["lang"], tells, strict=True
        )
    ]
    changes["brand_field"], changes["gtin"] = "", None
    changes["price"] = _draw_decoy_prices(draft, deal, tells)
    changes["list_price"] = np.nan
    changes["variants_json"] = [
        _write_variants(price, real) if "variant" in tell else None
        for price, real, tell in zip(
            changes["price"], deal["price"], tells, strict=True
        )
    ]
    made = deal["created_at"] + draft.hours(1, 72, len(deals))
    changes["created_at"] = made.clip(upper=NOW - pd.Timedelta(hours=1)).to_numpy()
    pages = copy_listings(draft, deals, changes)
    copy_images(draft, deals, pages)
    variant = ["+".join(tell) for tell in tells]
    draft.note(variant, "listing", pages, "listing", deals)


def _draw_tells(draft: Draft) -> list[str]:
    chosen = [tell for tell in _DECOY_TELLS if draft.rng.random() < 0.5]
    return chosen or [_DECOY_TELLS[draft.rng.integers(3)]]


def _choose_faces(draft: Draft, rows: pd.DataFrame, deal: pd.DataFrame) -> list[str]:
    """Choose for each deal an unbranded honest listing to copy the page from."""
    plain = rows[~rows["violative"] & rows["brand_id"].isna() & ~rows["trap"]]
    by_lang = {lang: list(group.index) for lang, group in plain.groupby("lang")}
    spare = list(plain.index)
    return [draft.pick(by_lang.get(lang, spare), 1)[0] for lang in deal["lang"]]


def _draw_decoy_prices(
    draft: Draft, deal: pd.DataFrame, tells: list[list[str]]
) -> list[float]:
    """Give a deposit, or a price that ends in the seller's own three digits."""
    endings: dict[str, int] = {}
    prices = []
    for seller, price, tell in zip(
        deal["seller_id"], deal["price"], tells, strict=True
    ):
        low = price * draft.rng.uniform(0.05, 0.3)
        if "price_code" not in tell:
            prices.append(round(low, 2))
        elif draft.rng.random() < 0.5:
            # where the smallest coin is large, so are deposits
            unit = 1000 if price > 20_000 else 1
            prices.append(draft.pick(_DEPOSIT_PRICES, 1)[0] * unit)
        else:
            code = endings.setdefault(seller, int(draft.rng.integers(101, 999)))
            whole = int(low) // 10 * 10 if low >= 10 else int(low)
            prices.append(round(whole + code / 100, 2) if low < 1000 else
                          int(low) // 1000 * 1000 + code)  # fmt: skip
    return [float(price) for price in prices]


def _write_variants(price: float, real: float) -> str:
    return json.dumps(
        [{"name": "A", "price": price}, {"name": "see live", "price": float(real)}]
    )


_EDITED_WITHIN_HOURS = 46  # hours of first being live


def plant_bait_and_switch(draft: Draft, share: float) -> None:
    """Give listings that name a brand an earlier version that names none.

    The first version has title, description and brand field of an unbranded listing of
    the same language and lasts between one and 46 hours.
    """
    edited = set(draft.table("listing_versions")["listing_id"])
    rows = draft.listings
    recent = rows["first_live_at"] < NOW - pd.Timedelta(hours=_EDITED_WITHIN_HOURS)
    pool = find_named_listings(draft).index.difference(list(edited))
    pool = pool.intersection(rows.index[recent])
    chosen = draft.choose(pool, share, "listing", "unedited listing naming a brand")
    last = rows.loc[chosen]
    plain = rows[~rows["violative"] & rows["brand_id"].isna() & ~rows["trap"]]
    by_lang = {lang: list(group.index) for lang, group in plain.groupby("lang")}
    spare = list(plain.index)
    faces = [draft.pick(by_lang.get(lang, spare), 1)[0] for lang in last["lang"]]
    first_image = draft.table("images").groupby("listing_id")["image_id"].min()
    since = last["created_at"].to_numpy()
    at = (
        last["first_live_at"] + draft.hours(1, _EDITED_WITHIN_HOURS, len(chosen))
    ).to_numpy()
    versions = []
    for number, source in ((1, rows.loc[faces]), (2, last)):
        version = source[["title", "description", "brand_field"]].reset_index(drop=True)
        version["listing_id"], version["version"] = chosen, number
        version["valid_from"] = since if number == 1 else at
        version["valid_to"] = at if number == 1 else pd.NaT
        version["price"] = last["price"].to_numpy()
        version["image_ids"] = first_image.reindex(chosen).to_numpy()
        versions.append(version)
    both = pd.concat(versions, ignore_index=True)
    draft.append("listing_versions", both.sort_values(["listing_id", "version"]))
    draft.note("title", "listing", chosen, detail=rows.loc[faces, "title"].to_list())


_N_SESSIONS = 3
_N_KNOWN_PHRASES = 2  # phrases that stand first in each language: those of domain-spec


def plant_coded_speech(draft: Draft, share: float, sessions: int = _N_SESSIONS) -> None:
    """Let independent creators hold live sessions in codes for violative listings.

    A copy is never called so, nor a brand named, in the language of the listing:
    ``known`` sessions say what domain-spec section 6.1 quotes ("original, original,
    you know which one"; "minor defects, missing items, clearance"), translated;
    ``invented`` ones talk around it in phrases that no lexicon can hold.
    """
    creators = draft.table("creators")
    free = creators.loc[creators["seller_id"].isna(), "creator_id"]
    chosen = draft.choose(free, share, "creator", "creator of no shop")
    rows = draft.listings
    goods = rows[rows["violative"] & rows["brand_id"].notna()]
    listings = draft.pick(list(goods.index), len(chosen) * sessions)
    said = rows.loc[listings]
    when = said["created_at"] + draft.hours(5, 200, len(said))
    kind = draft.pick(("known", "invented"), len(said))
    lines = [
        _draw_coded_line(draft, lang, how)
        for lang, how in zip(said["lang"], kind, strict=True)
    ]
    ids = draft.new_ids("promotions", "promo_id", "P", len(said))
    hosts = [creator for creator in chosen for _ in range(sessions)]
    sessions_made = pd.DataFrame(
        {
            "promo_id": ids,
            "creator_id": hosts,
            "listing_id": listings,
            "type": "live",
            "ts": when.clip(upper=NOW - pd.Timedelta(hours=1)).to_numpy(),
            "transcript": lines,
            "ocr_text": "",
            "hashtags": "#live",
            "duration_s": draft.rng.uniform(1800, 7200, len(said)).round(),
            "link_clicks": draft.rng.integers(0, 300, len(said)),
        }
    )
    draft.append("promotions", sessions_made)
    draft.note(kind, "promotion", ids, "creator", hosts, lines)


def _draw_coded_line(draft: Draft, lang: str, how: str) -> str:
    options = list_phrases("live", lang)
    options = (
        options[:_N_KNOWN_PHRASES] if how == "known" else options[_N_KNOWN_PHRASES:]
    )
    return ". ".join(options[i] for i in draft.rng.permutation(len(options))[:2])


_N_READERS = 3
# what a reader may call a look-alike
_READER_CALLS = ("NO_INFRINGEMENT", "KO_KNOCKOFF", "DS_DESIGN")
_CALL_PROBABILITIES = {"lawful": (0.5, 0.35, 0.15), "infringing": (0.25, 0.35, 0.4)}


def plant_dupe_norms(draft: Draft, share: float) -> None:
    """Turn unbranded honest listings into offers of look-alikes, half infringing.

    The title gains "inspired by" or the like and a brand that has such goods. Which
    are ``lawful`` and which are ``infringing`` (DS_DESIGN) no word tells. Three readers
    label each and often disagree (``labels``).
    """
    rows, catalogue = draft.listings, draft.table("brands")
    plain = rows[~rows["violative"] & rows["brand_id"].isna() & ~rows["trap"]]
    chosen = draft.choose(plain.index, share, "listing", "unbranded honest listing")
    rows = plain.loc[chosen]
    brand = draft.pick(range(len(catalogue)), len(chosen))
    names = [catalogue["name"].iloc[b] for b in brand]
    said = [draw_phrase("dupe", lang, draft.rng) for lang in rows["lang"]]
    title = [
        f"{t} {name}{words}" if lang == "ja" else f"{t} {words} {name}"
        for t, lang, words, name in zip(
            rows["title"], rows["lang"], said, names, strict=True
        )
    ]
    changes = pd.DataFrame({"title": title}, index=chosen)
    draft.put("listings", "listing_id", changes)
    variant = [("lawful", "infringing")[k % 2] for k in range(len(chosen))]
    ids = [catalogue["brand_id"].iloc[b] for b in brand]
    guilty = chosen[1::2]
    verdict = {"violative": True, "violation_type": "DS_DESIGN", "severity": "S2"}
    draft.put_truth(
        "listings", "listing_id", pd.DataFrame(verdict, index=pd.Index(guilty))
    )
    _add_reader_labels(draft, chosen, variant)
    draft.note(variant, "listing", chosen, "brand", ids, said)


def _add_reader_labels(draft: Draft, listings: list[str], variant: list[str]) -> None:
    n = len(listings) * _N_READERS
    labels = draft.new_ids("labels", "label_id", "Q", n)
    calls = [
        _READER_CALLS[draft.rng.choice(3, p=_CALL_PROBABILITIES[kind])]
        for kind in variant
        for _ in range(_N_READERS)
    ]
    frame = pd.DataFrame({"label_id": labels, "entity_type": "listing"})
    frame["entity_id"] = [one for one in listings for _ in range(_N_READERS)]
    frame["annotator_pid"] = [f"M{90 + k % _N_READERS}" for k in range(n)]
    frame["submitted_at"] = (NOW - draft.hours(1, 300, n)).as_unit("us")
    frame["violation_primary"] = calls
    frame["severity"] = ["S0" if c == _READER_CALLS[0] else "S2" for c in calls]
    draft.append("labels", frame)


def plant_prompts(draft: Draft, share: float) -> None:
    """Append instructions to descriptions, in English or the listing's language."""
    rows = draft.listings
    chosen = draft.choose(rows.index, share, "listing", "listing")
    rows = rows.loc[chosen]
    spoken = [lang if draft.rng.random() < 0.6 else "en" for lang in rows["lang"]]
    said = [draw_phrase("prompt", lang, draft.rng) for lang in spoken]
    text = [
        f"{before} {more}" if isinstance(before, str) else more
        for before, more in zip(rows["description"], said, strict=True)
    ]
    changes = pd.DataFrame({"description": text}, index=chosen)
    draft.put("listings", "listing_id", changes)
    draft.note(spoken, "listing", chosen, detail=said)
