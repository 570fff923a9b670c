"""False alarms among 88,276 ordinary titles: flags per 10,000, and what causes them.

Run ``python -m tests.real.background`` to print the numbers that the README quotes.
The brand field is unknown here and taken as empty, so that A01 and A02 flag every claim
of a brand, an honest one too: an upper bound.
"""

from pathlib import Path

import numpy as np
import pandas as pd

import iprseg
from iprseg.brands.brand_list import BrandList
from iprseg.reference import load_words
from iprseg.signals.inputs import Inputs
from iprseg.text.normalisation import fold
from tests.real.measure import HERE, Share, read_real

LISTS = ("41 brand words", "3,140 shop chains")
FAMILIES = ("text", "price", "catalogue_fit")
TITLES = 88_276


def brand_list(data: Path, which: str) -> BrandList:
    """The reader's 41 words; or shop chains, many named by an ordinary word."""
    if which == LISTS[0]:
        path = HERE / "verdicts" / "background_brands.csv"
        return BrandList.from_frame(pd.read_csv(path, keep_default_na=False))
    chains = pd.read_csv(
        data / "reference" / "retail_brands.csv", keep_default_na=False
    )
    names = chains["brand"].drop_duplicates()
    folded = names.map(fold)
    return BrandList.from_names(names[(folded != "") & ~folded.duplicated()])


def flagged(signals: pd.DataFrame) -> pd.DataFrame:
    """Which listings each risk signal flags: beyond its τ, or a yes.

    Signals that lower risk, decide nothing (±) or have no bound are left out.
    """
    catalogue = iprseg.signal_catalogue()
    rules = catalogue if catalogue.index.name == "id" else catalogue.set_index("id")
    flags = {}
    for column, values in signals.items():
        rule = rules.loc[column.split("_")[0]]
        tau = pd.to_numeric(rule["tau"], errors="coerce")
        yes_or_no = set(values.dropna().unique()) <= {0.0, 1.0}
        if rule["direction"] == "+" and (yes_or_no or pd.notna(tau)):
            flags[column] = values > (0 if yes_or_no else tau)
        elif rule["direction"] == "-" and pd.notna(tau) and not yes_or_no:
            flags[column] = values < tau
    return pd.DataFrame(flags)


def rates(flags: pd.DataFrame, known: pd.Series) -> pd.DataFrame:
    """Flags of each signal, per 10,000 titles, and for how many it is known."""
    n = flags.sum()
    table = pd.DataFrame({"known": known, "flags": n, "per 10,000": n / len(flags)})
    table["per 10,000"] = (table["per 10,000"] * 10_000).round(1)
    return table.loc[flags.columns]


def brand_causes(inputs: Inputs) -> pd.DataFrame:
    """Which names are claimed, in how many titles: ``class``, ``titles``."""
    claims = inputs.claims
    names = inputs.brands.table.set_index("brand_id")["name"]
    told = pd.DataFrame(
        {
            "cause": claims["brand_id"].map(names).to_numpy(dtype=object),
            "kind": claims["kind"].to_numpy(),
            "row": claims["row"].to_numpy(),
        }
    )
    told["class"] = [
        _class(name, kind) for name, kind in told[["cause", "kind"]].values
    ]
    return _counted(told)


def _class(name: str, kind: str) -> str:
    if kind == "near_miss":
        return "near miss"
    if kind == "obfuscated":
        return "disguise"
    if fold(name) in load_words():
        return "ordinary word"
    return "two letters" if len(fold(name)) < 3 else "the name"


def term_causes(inputs: Inputs, flags: pd.DataFrame) -> pd.DataFrame:
    """Which lexicon terms are said, in how many of the titles flagged for them."""
    lexicon = flags[
        [name for name in flags if name[:3] in ("A07", "A08", "A09", "A10")]
    ]
    terms = inputs.terms
    terms = terms[lexicon.any(axis=1).to_numpy()[terms["row"]]]
    told = terms.assign(cause=terms["term"], **{"class": "term of " + terms["list"]})
    return _counted(told)


def _counted(told: pd.DataFrame) -> pd.DataFrame:
    by = told.groupby(["class", "cause"])["row"].nunique()
    by = by.sort_values(ascending=False).rename("titles").reset_index()
    return by.assign(**{"per 10,000": (by["titles"] / TITLES * 10_000).round(2)})


def by_category(flags: pd.Series, listings: pd.DataFrame) -> pd.Series:
    """The main categories that hold most flags of one signal."""
    main = listings["category_path"].str.split(" > ").str[0]
    return flags.groupby(main.to_numpy()).sum().sort_values(ascending=False).head(3)


def moved_listings(listings: pd.DataFrame) -> tuple[Share, Share]:
    """D01 beyond its τ: listings where they were, and those put elsewhere at random."""
    rng = np.random.default_rng(0)
    moved = np.flatnonzero(rng.random(len(listings)) < 0.03)
    category = listings["category_path"].to_numpy(dtype=object)
    placed = category.copy()
    placed[moved] = rng.permutation(category)[moved]
    signals = iprseg.compute_signals(
        listings.assign(category_path=placed).reset_index(), families="catalogue_fit"
    )
    flags = flagged(signals)["D01_category_mismatch"]
    elsewhere, here = flags[placed != category], flags[placed == category]
    return (
        Share("D01 where they were", int(here.sum()), len(here)),
        Share("D01 put elsewhere", int(elsewhere.sum()), len(elsewhere)),
    )


def main(data: Path) -> None:
    """Print the aggregates."""
    marketplace = read_real(data, "background")
    print(*moved_listings(marketplace.listings), sep="\n")
    for which in LISTS:
        brands = brand_list(data, which)
        signals = iprseg.compute_signals(marketplace, brands=brands, families=FAMILIES)
        signals = signals.dropna(axis="columns", how="all")
        flags = flagged(signals)
        print(f"\n{which}: {len(brands)} names, {len(flags)} titles")
        print(rates(flags, signals.notna().sum()).to_string())
        spared = int((signals["A06_referential_use"] == 1).sum())
        print(f"spared, for it only says what it fits: {spared / TITLES * 1e4:.1f}")
        inputs = Inputs(marketplace, brands)
        causes = brand_causes(inputs)
        print(causes.groupby("class")[["titles", "per 10,000"]].sum().to_string())
        both = pd.concat([causes, term_causes(inputs, flags)])
        print("the ten commonest causes of flags of text signals:")
        print(both.sort_values("titles", ascending=False).head(10).to_string())
        if which == LISTS[0]:
            for signal in [name for name in flags if name[0] in "BD"]:
                print(
                    signal, by_category(flags[signal], marketplace.listings).to_dict()
                )


if __name__ == "__main__":
    from tests.conftest import REAL_DATA

    main(REAL_DATA)
