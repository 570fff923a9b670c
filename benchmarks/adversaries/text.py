"""AD01: what disguises cost the brand matcher, by kind, language and script.

``python -m benchmarks.adversaries.text`` prints the tables. *Off* is the same title
with the brand written plainly; a title counts as found only where the very brand is
found at the very place, so a product line beside it does not help. Kinds that the
matcher is not set to read (``BEYOND``) are shown apart: what is left of them is for
A11, which learns words from labels.
"""

from pathlib import Path

import numpy as np
import pandas as pd

import iprseg
from benchmarks._table import markdown
from benchmarks.adversaries._cases import (
    disguised,
    found,
    make_cases,
    plain,
    real_titles,
    script_of,
)
from benchmarks.adversaries._shares import points, share
from iprseg.brands.brand_list import BrandList
from iprseg.simulate.adversaries.disguises import DISGUISE_KINDS

DATA = Path(__file__).parents[3] / "shared" / "data"
# Beyond what domain-spec section 7 asks of a normaliser (its leet map, the look-alikes
# that Unicode lists): letters by eye alone, other characters of the same meaning,
# initials, and words that no list of names holds.
BEYOND = (
    "lookalike",
    "han_variant",
    "leet_far",
    "abbreviation",
    "transliteration_unlisted",
    "nickname",
)
WITHIN = tuple(kind for kind in DISGUISE_KINDS if kind not in BEYOND)
LISTINGS, SELLERS, SEED = 12_000, 1_900, 41
_REAL = 20_000  # titles of a source at most


def measure_recall(named: pd.DataFrame, brands: BrandList) -> pd.DataFrame:
    """Find each title's brand, plain and in every kind of disguise.

    Returns
    -------
    DataFrame
        One row per title and kind: ``kind``, ``lang``, ``script``, ``seller_id``,
        ``off``, ``on``.
    """
    off = pd.Series(found(plain(named), brands), index=named.index)
    register = brands.table.assign(
        aliases=[";".join(["", *some]) for some in brands.table["aliases"]]
    )
    parts = []
    for number, kind in enumerate(DISGUISE_KINDS):
        rows = disguised(named, _registered(register), kind, SEED + number)
        rows = rows.assign(kind=kind, on=found(rows, brands), off=off[rows.index])
        parts.append(rows)
    cases = pd.concat(parts, ignore_index=True)
    cases["script"] = cases["surface"].map(script_of)
    return cases[["kind", "lang", "script", "seller_id", "off", "on"]]


def _registered(table: pd.DataFrame) -> pd.DataFrame:
    """Give the register's own aliases as one text, the abbreviation first."""
    return table[table["source"] == "register"]


def recall_table(cases: pd.DataFrame, by: str) -> pd.DataFrame:
    """Recall off and on, and the drop in points, by seller-cluster intervals."""
    rows = []
    for name, group in cases.groupby(by, sort=False):
        drop = group["off"].astype(int) - group["on"].astype(int)
        rows.append(
            {
                by: name,
                "off": share(group["off"], group["seller_id"]),
                "on": share(group["on"], group["seller_id"]),
                "drop, points": points(drop.to_numpy(), group["seller_id"]),
                # a common word is a brand for certain only where it is disguised
                "lost of those found plainly": share(
                    ~group.loc[group["off"], "on"], group.loc[group["off"], "seller_id"]
                ),
            }
        )
    return pd.DataFrame(rows)


def drop_grid(cases: pd.DataFrame, by: str) -> pd.DataFrame:
    """Give the drop in points, a row per kind and a column per language or script."""
    drop = cases.assign(drop=100 * (cases["off"].astype(int) - cases["on"].astype(int)))
    grid = drop.pivot_table(index="kind", columns=by, values="drop", aggfunc="mean")
    count = drop.pivot_table(index="kind", columns=by, values="drop", aggfunc="size")
    order = [kind for kind in DISGUISE_KINDS if kind in grid.index]
    text = grid.map(lambda v: "–" if np.isnan(v) else f"{v:.0f}")
    text = text.where(count.reindex_like(grid) >= 10, "–")
    return text.loc[order].reset_index()


def false_alarms(
    clean: pd.DataFrame, learned: BrandList, register: BrandList
) -> pd.DataFrame:
    """Clean texts in which a brand of the register is found, by language.

    Beside the register with what is learned from the market (product lines among it)
    the register alone.
    """
    listings = clean.assign(listing_id=[str(i) for i in range(len(clean))])
    flags = {"with what is learned": _flags(listings, learned)}
    flags["register alone"] = _flags(listings, register)
    groups = [("all", clean.assign(**flags)), *clean.assign(**flags).groupby("lang")]
    rows = []
    for lang, group in groups:
        row = {name: share(group[name], group["seller_id"]) for name in flags}
        rows.append({"clean titles and descriptions": lang, **row})
    return pd.DataFrame(rows)


def _flags(listings: pd.DataFrame, brands: BrandList) -> np.ndarray:
    columns = [c for c in ("title", "description") if c in listings]
    listings = listings.reset_index(drop=True)
    mentions = iprseg.find_brand_mentions(listings[["listing_id", *columns]], brands)
    source = brands.table.set_index("brand_id")["source"]
    wrong = mentions["brand_id"].map(source).ne("learned")
    return listings["listing_id"].isin(mentions.loc[wrong, "listing_id"]).to_numpy()


def real_false_alarms(register: pd.DataFrame) -> pd.DataFrame:
    """Real titles in which an invented brand is found, by kind of mention."""
    rows = []
    for name, titles in real_titles(DATA):
        listings = pd.DataFrame({"title": titles.astype(str).head(_REAL).array})
        listings["listing_id"] = [str(i) for i in range(len(listings))]
        tables = {"listings": listings, "brands": register}
        brands = iprseg.learn_brands(iprseg.Marketplace.from_frames(tables))
        mentions = iprseg.find_brand_mentions(listings, brands)
        source = brands.table.set_index("brand_id")["source"]
        wrong = mentions[mentions["brand_id"].map(source).ne("learned").to_numpy()]
        hits = listings["listing_id"].isin(wrong["listing_id"])
        kinds = wrong["kind"].value_counts()
        detail = ", ".join(f"{kind} {n}" for kind, n in kinds.items())
        row = {"clean titles": f"real: {name}", "flagged": share(hits)}
        rows.append({**row, "how": detail})
    return pd.DataFrame(rows)


def main() -> None:
    """Print every table."""
    named, clean, brands, register = make_cases(LISTINGS, SELLERS, SEED)
    cases = measure_recall(named, brands)
    within = cases[cases["kind"].isin(WITHIN)]
    print(f"{len(named):,} titles in {named['lang'].nunique()} languages\n")
    kinds = np.where(cases["kind"].isin(WITHIN), "within section 7", "beyond it")
    print(markdown(recall_table(cases.assign(kinds=kinds), "kinds")), "\n")
    print(markdown(recall_table(cases, "kind")), "\n")
    print(markdown(recall_table(within.sort_values("lang"), "lang")), "\n")
    print(markdown(recall_table(within.sort_values("script"), "script")), "\n")
    print("Drop in points by language\n\n", markdown(drop_grid(cases, "lang")), "\n")
    print("Drop in points by script of the name\n")
    print(markdown(drop_grid(cases, "script")), "\n")
    print(markdown(false_alarms(clean, brands, register)), "\n")
    if DATA.is_dir():
        frame = iprseg.make_marketplace(400, 100).tables["brands"]
        print(markdown(real_false_alarms(frame)))


if __name__ == "__main__":
    main()
