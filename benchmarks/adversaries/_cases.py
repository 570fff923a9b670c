"""Titles in eighteen languages that name an invented brand, and some that name none."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

import iprseg
from iprseg.brands.brand_list import BrandList
from iprseg.simulate.adversaries.disguises import load_nicknames, spell_brand
from iprseg.simulate.adversaries.draft import Draft, find_named_listings

_HERE = Path(__file__).parent
_OTHERS = 400  # titles of each further language
_SCRIPTS = {
    "LATIN": "Latin",
    "CYRILLIC": "Cyrillic",
    "ARABIC": "Arabic",
    "THAI": "Thai",
    "CJK": "Han",
    "KATAKANA": "Katakana",
    "HANGUL": "Hangul",
}


def script_of(name: str) -> str:
    """Name the script of the first letter."""
    import unicodedata

    for char in name:
        head = unicodedata.name(char, "").split(" ")[0].split("-")[0]
        if head in _SCRIPTS:
            return _SCRIPTS[head]
    return "Latin"


def make_cases(
    n_listings: int, n_sellers: int, seed: int
) -> tuple[pd.DataFrame, pd.DataFrame, BrandList, BrandList]:
    """Give titles with a brand, titles with none, and the brands to look for.

    Returns
    -------
    named : DataFrame
        ``lang``, ``title``, ``surface``, ``brand_id``, ``seller_id``.
    clean : DataFrame
        ``lang``, ``title``, ``description``, ``seller_id``.
    brands : BrandList
        The register, with the further languages' names, and what is learned.
    register : BrandList
        The register alone.
    """
    simulated = iprseg.make_marketplace(n_listings, n_sellers, 0, seed)
    words = yaml.safe_load((_HERE / "titles.yaml").read_text(encoding="utf-8"))
    register = simulated.tables["brands"]
    hangul = register["name"].map(words["hangul"])
    register["aliases"] = register["aliases"].where(
        hangul.isna(), register["aliases"] + ";" + hangul.fillna("")
    )
    draft = Draft(dict(simulated.tables), dict(simulated.truth))
    listings = draft.listings
    named = find_named_listings(draft)[
        ["lang", "title", "surface", "brand_id", "seller_id"]
    ]
    clean = listings[~listings["violative"] & listings["brand_id"].isna()]
    clean = clean[["lang", "title", "description", "seller_id"]]
    more_named, more_clean = _further(words, register, np.random.default_rng(seed))
    brands = iprseg.learn_brands(iprseg.Marketplace.from_frames(simulated.tables))
    return (
        pd.concat([named, more_named]).reset_index(drop=True),
        pd.concat([clean, more_clean]).reset_index(drop=True),
        brands,
        BrandList(BrandList.from_frame(register).table, brands.words),
    )


def _further(
    words: dict, register: pd.DataFrame, rng: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Make titles of the languages that the simulator does not write."""
    named, clean = [], []
    names = register.set_index("brand_id")["name"]
    own = dict(words["hangul"])
    for lang, templates in words["templates"].items():
        for k in range(_OTHERS):
            brand = names.index[rng.integers(len(names))]
            surface = names[brand]
            if lang == "ko" and rng.random() < 0.5:
                surface = list(own.values())[rng.integers(len(own))]
                name = list(own)[list(own.values()).index(surface)]
                brand = names.index[names == name][0]
            title = _fill(templates, words["words"][lang], rng)
            seller = f"{lang}{k // 5}"
            named.append((lang, title.format(brand=surface), surface, brand, seller))
            plain = _fill(templates, words["words"][lang], rng).replace("{brand}", "")
            clean.append((lang, " ".join(plain.split()), "", seller))
    return (
        pd.DataFrame(
            named, columns=["lang", "title", "surface", "brand_id", "seller_id"]
        ),
        pd.DataFrame(clean, columns=["lang", "title", "description", "seller_id"]),
    )


def _fill(templates: list[str], words: dict, rng: np.random.Generator) -> str:
    """Fill a template but for the brand."""
    template = templates[rng.integers(len(templates))]
    for slot, options in words.items():
        template = template.replace(
            "{" + slot + "}", options[rng.integers(len(options))]
        )
    return template


def disguised(
    named: pd.DataFrame, register: pd.DataFrame, kind: str, seed: int
) -> pd.DataFrame:
    """Write the brand of each title in one kind of disguise; rows without a form go."""
    rng, nicknames = np.random.default_rng(seed), load_nicknames()
    known = register.set_index("brand_id")
    rows = []
    for row in named.itertuples():
        brand = known.loc[row.brand_id]
        spelling = spell_brand(
            row.surface, brand["aliases"], nicknames.get(brand["name"]), kind, rng
        )
        if spelling:
            start = row.title.lower().find(row.surface.lower())
            end = start + len(row.surface)
            title = row.title[:start] + spelling + row.title[end:]
            rows.append((row.Index, title, start, start + len(spelling)))
    made = pd.DataFrame(rows, columns=["row", "title", "start", "end"]).set_index("row")
    return named.drop(columns="title").join(made, how="inner")


def found(rows: pd.DataFrame, brands: BrandList) -> np.ndarray:
    """Tell of which rows the brand is found at the place where it stands."""
    listings = pd.DataFrame(
        {"listing_id": [str(i) for i in range(len(rows))], "title": rows["title"].array}
    )
    mentions = iprseg.find_brand_mentions(listings, brands)
    at = mentions["listing_id"].astype(int).to_numpy()
    start, end = (rows[c].to_numpy()[at] for c in ("start", "end"))
    own = mentions["brand_id"].to_numpy() == rows["brand_id"].to_numpy()[at]
    there = (mentions["start"] < end) & (mentions["end"] > start) & own
    hits = np.zeros(len(rows), bool)
    hits[at[there.to_numpy()]] = True
    return hits


def plain(named: pd.DataFrame) -> pd.DataFrame:
    """Give the titles as they are, with the place of the brand."""
    start = [
        t.lower().find(s.lower())
        for t, s in zip(named["title"], named["surface"], strict=True)
    ]
    rows = named.assign(start=start)
    return rows.assign(end=rows["start"] + rows["surface"].str.len())


def real_titles(data: Path) -> Iterator[tuple[str, pd.Series]]:
    """Give real titles, in which every invented brand found is a false alarm."""
    background = pd.read_csv(data / "background" / "amazon_in.csv.gz", usecols=["name"])
    yield "en, ordinary goods (background)", background["name"].dropna()
    perfume = [
        pd.read_csv(data / "perfume" / f"{name}.csv")["title"]
        for name in ("mens", "womens")
    ]
    yield "en, perfume", pd.concat(perfume).dropna()
    ink = pd.read_csv(data / "cartridges" / "listings.csv")
    yield "pt-BR, cartridges", ink[_title_column(ink)].dropna()


def _title_column(frame: pd.DataFrame) -> str:
    return next(c for c in frame.columns if c.lower() in ("title", "titulo", "name"))
