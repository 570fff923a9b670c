"""Measure the brand matcher on real rows against two blind readers' verdicts.

Run ``python -m tests.real.measure`` to print the numbers that the README quotes.
"""

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from statsmodels.stats.proportion import proportion_confint

import iprseg
from iprseg.brands.brand_list import BrandList

HERE = Path(__file__).parent
OWN_LIST = HERE.parent.parent / "data" / "brands" / "perfume.csv"
NAMED = {"plain", "line", "disguised"}


@dataclass(frozen=True)
class Share:
    """k of n with a 95 % Wilson interval."""

    what: str
    k: int
    n: int

    def __str__(self) -> str:
        low, high = proportion_confint(self.k, self.n, method="wilson")
        return f"{self.what}: {self.k} of {self.n} = {self.k / self.n:.1%} [{low:.1%}, {high:.1%}]"


def read_verdicts(name: str) -> pd.DataFrame:
    return pd.read_csv(HERE / "verdicts" / name, keep_default_na=False)


def read_real(data: Path, name: str) -> iprseg.Marketplace:
    return iprseg.read_marketplace(
        data / name, mapping=HERE / "mappings" / f"{name}.yaml"
    )


def hidden_brands(
    data: Path, own: Path | None = None
) -> tuple[list[Share], pd.DataFrame]:
    """Perfume rows whose brand field hides the brand: how many does the matcher name?

    Brands are learned from the honest rows; ``own`` adds a user's list.
    """
    marketplace = read_real(data, "perfume")
    verdicts = read_verdicts("perfume_hidden_brand.csv")
    verdicts.index = pd.Index(
        verdicts["file"] + "-" + verdicts["row"].astype(str), name="listing_id"
    )
    brands = iprseg.learn_brands(marketplace, extra=own)
    mentions = iprseg.find_brand_mentions(
        marketplace.listings.loc[verdicts.index], brands
    )
    verdicts["found"] = verdicts.index.isin(mentions["listing_id"])
    verdicts["right_house"] = _right_house(verdicts, mentions, brands)
    both = verdicts["reader_a"].isin(NAMED) & verdicts["reader_b"].isin(NAMED)
    neither = (verdicts["reader_a"] == "none") & (verdicts["reader_b"] == "none")
    house = (
        both
        & (verdicts["brand_a"] == verdicts["brand_b"])
        & ~verdicts["brand_a"].isin(["", "?"])
    )
    shares = [
        _share("brand found where both readers see one", verdicts.loc[both, "found"]),
        _share("the house both readers name", verdicts.loc[house, "right_house"]),
        _share("flagged where both readers see none", verdicts.loc[neither, "found"]),
    ]
    for kind in ("plain", "line", "disguised"):
        same = both & (verdicts["reader_a"] == kind) & (verdicts["reader_b"] == kind)
        shares.append(_share(f"  of those, {kind}", verdicts.loc[same, "found"]))
    return shares, verdicts


def _right_house(
    verdicts: pd.DataFrame, mentions: pd.DataFrame, brands: BrandList
) -> pd.Series:
    """Whether a found brand is (one of) the named: one name holds the other's words."""
    names = brands.table.set_index("brand_id")["name"]
    found = (
        mentions.assign(name=mentions["brand_id"].map(names))
        .groupby("listing_id")["name"]
        .agg(set)
    )

    def agrees(row: pd.Series) -> bool:
        told = [_words(part) for part in row["brand_a"].split(";")]
        seen = [_words(name) for name in found.get(row.name, set())]
        return any(a and b and (a <= b or b <= a) for a in told for b in seen)

    return verdicts.apply(agrees, axis=1)


def _words(name: str) -> frozenset[str]:
    letters = (
        unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    )
    return frozenset(re.findall(r"[a-z0-9]+", letters))


def reference_use(data: Path) -> list[Share]:
    """Background rows that name a brand only as what they fit: how many are flagged?"""
    marketplace = read_real(data, "background")
    verdicts = read_verdicts("background_reference_use.csv")
    verdicts.index = pd.Index("in-" + verdicts["row"].astype(str), name="listing_id")
    brands = BrandList.from_frame(
        pd.read_csv(HERE / "verdicts" / "background_brands.csv", keep_default_na=False)
    )
    listings = marketplace.listings.loc[verdicts.index]
    referential = (verdicts["reader_a"] == "referential") & (
        verdicts["reader_b"] == "referential"
    )
    own = (verdicts["reader_a"] == "own") & (verdicts["reader_b"] == "own")
    shares = []
    for guarded in (False, True):
        mentions = iprseg.find_brand_mentions(listings, brands)
        misuse = mentions if not guarded else mentions[~mentions["referential"]]
        flagged = pd.Series(
            verdicts.index.isin(misuse["listing_id"]), index=verdicts.index
        )
        name = "guarded" if guarded else "unguarded"
        shares.append(
            _share(
                f"{name} matcher flags rows that only say what they fit",
                flagged[referential],
            )
        )
        shares.append(
            _share(f"{name} matcher finds the brand's own product", flagged[own])
        )
    return shares


def _share(what: str, found: pd.Series) -> Share:
    return Share(what, int(found.sum()), len(found))


if __name__ == "__main__":
    from tests.conftest import REAL_DATA

    print("Perfume, brands learned from its honest rows alone:")
    print(*hidden_brands(REAL_DATA)[0], sep="\n")
    print("Perfume, with data/brands/perfume.csv besides:")
    print(*hidden_brands(REAL_DATA, OWN_LIST)[0], sep="\n")
    print("Background, brands of tests/real/verdicts/background_brands.csv:")
    print(*reference_use(REAL_DATA), sep="\n")
