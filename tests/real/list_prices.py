"""Prices of real cartridges beside the maker's list price (B01), as aggregates.

Run ``python -m tests.real.list_prices`` to print the numbers that the README quotes.
"""

from pathlib import Path

import pandas as pd

import iprseg
from tests.real._cartridge_keys import Key, plain_part, product_keys, reasons
from tests.real.measure import Share, read_real, read_verdicts

_B01 = "B01_price_ratio_msrp"
CHEAP = 0.6  # tau of B01 in the catalogue


def price_list(data: Path) -> pd.DataFrame:
    """``PN``, ``Produto``, ``msrp``: semicolons, decimal commas in places."""
    path = data / "cartridges" / "suggested_prices.csv"
    table = pd.read_csv(path, sep=";", dtype=str)
    text = table["Preco Sugerido"].str.replace(",", ".", regex=False)
    table["msrp"] = pd.to_numeric(text)
    return table[table["msrp"].notna()].reset_index(drop=True)


def by_titles_as_they_are(data: Path) -> pd.Series:
    """B01 with the price list as the catalogue and nothing cleaned."""
    products = price_list(data)
    names = products["Produto"].where(
        products["Produto"].str.contains("HP"), "HP " + products["Produto"]
    )
    return _b01(read_real(data, "cartridges").listings, names, products["msrp"])


def by_keys(data: Path) -> tuple[pd.Series, pd.Series]:
    """B01 once each listing's title is made the product's name; and the keys."""
    listings = read_real(data, "cartridges").listings
    raw = pd.read_csv(data / "cartridges" / "listings.csv", dtype=str)
    raw = raw.set_index("id").loc[listings.index]
    products = price_list(data)
    keys = product_keys(raw, products)
    price = dict(
        zip(map(plain_part, products["PN"].str[:5]), products["msrp"], strict=True)
    )
    sets = [key for key in keys.unique() if not isinstance(key, str)]
    names = pd.Series([_title(key) for key in sets])
    msrp = pd.Series([sum(price[pn] * n for pn, n in key) for key in sets])
    titles = [_title(key) if not isinstance(key, str) else "?" for key in keys]
    return _b01(listings.assign(title=titles), names, msrp), keys


def _title(key: Key) -> str:
    return "HP " + " ".join(f"{n}x{pn}" for pn, n in key)


def _b01(listings: pd.DataFrame, names: pd.Series, msrp: pd.Series) -> pd.Series:
    catalogue = pd.DataFrame({"model_name": names, "msrp": msrp}).assign(
        brand_id="hp", currency="BRL"
    )
    # all goods are of one brand: three fields that say otherwise hide the name
    frame = listings.assign(brand_field="HP")
    tables = {"listings": frame.reset_index(), "brand_catalogue": catalogue}
    brands = pd.DataFrame({"name": ["HP"]})
    return iprseg.compute_signals(tables, brands=brands)[_B01]


def rater(data: Path) -> pd.DataFrame:
    """The other tool's rows by listing; it scores some listings twice."""
    table = pd.read_csv(data / "cartridges" / "rule_scores.csv")
    return table.drop_duplicates("id").set_index("id")


def beside_the_rater(ratio: pd.Series, rated: pd.DataFrame) -> pd.DataFrame:
    """Ratio by the rater's class: n, median, share below τ."""
    both = rated.join(ratio.rename("ratio"), how="inner").dropna(subset=["ratio"])
    by = both.groupby("classificacao")["ratio"]
    table = by.agg(n="size", median="median", cheap=lambda x: (x < CHEAP).sum())
    order = both.groupby("classificacao")["score_suspeita"].median().sort_values()
    return table.loc[order.index]


def same_list_price(keys: pd.Series, data: Path) -> Share:
    """Of listings with a key that the rater prices too: the same list price?"""
    products = price_list(data)
    price = dict(
        zip(map(plain_part, products["PN"].str[:5]), products["msrp"], strict=True)
    )
    keyed = keys[[not isinstance(key, str) for key in keys]]
    ours = keyed.map(lambda key: sum(price[pn] * n for pn, n in key))
    theirs = rater(data)["suggested_price"].reindex(ours.index).dropna()
    same = (ours.loc[theirs.index] - theirs).abs() < 1
    return Share("list price as the other tool has it", int(same.sum()), len(same))


def beside_reviews(ratio: pd.Series, data: Path) -> pd.DataFrame:
    """Ratio of listings with reviews, by whether both readers see a claim there."""
    reviews = read_real(data, "cartridges").reviews.reset_index(drop=True)
    verdicts = read_verdicts("cartridges_reviews.csv")
    claims = (verdicts[["reader_a", "reader_b"]] == "claims_fake").all(axis=1)
    told = claims.groupby(reviews["listing_id"]).any().rename("some claim of a fake")
    both = pd.concat([told, ratio.rename("ratio")], axis=1, join="inner").dropna()
    by = both.groupby("some claim of a fake")["ratio"]
    return by.agg(n="size", median="median", cheap=lambda x: (x < CHEAP).sum())


def main(data: Path) -> None:
    """Print the aggregates."""
    plain = by_titles_as_they_are(data)
    ratio, keys = by_keys(data)
    print(f"price list as it is: {plain.notna().sum()} of {len(plain)} listings match")
    both = pd.concat([plain, ratio], axis=1, keys=["plain", "keyed"]).dropna()
    same = (both["plain"] / both["keyed"] - 1).abs() < 0.01
    print(Share("  of those with a key, the same ratio", int(same.sum()), len(same)))
    print("keys made one:", dict(reasons(keys).most_common()))
    print(f"price / list price: {ratio.notna().sum()} listings")
    print(ratio.describe(percentiles=[0.05, 0.25, 0.5, 0.75, 0.95]).round(2).to_dict())
    known = ratio.dropna()
    for low, high in [(0, CHEAP), (CHEAP, 0.85), (0.85, 1.15), (1.15, 2), (2, 99)]:
        k = int(known.between(low, high, inclusive="left").sum())
        print(f"  [{low}; {high}): {k} = {k / len(known):.1%}")
    print(same_list_price(keys, data))
    both = rater(data).join(ratio.rename("ratio"), how="inner").dropna(subset=["ratio"])
    rank = both["score_suspeita"].corr(both["ratio"], method="spearman")
    print(
        f"\nother tool's score, a noisy rater: {len(both)} listings, rank r {rank:.2f}"
    )
    print(beside_the_rater(ratio, rater(data)).round(2).to_string())
    print("\nreviews as both readers judge them:")
    print(beside_reviews(ratio, data).round(2).to_string())


if __name__ == "__main__":
    from tests.conftest import REAL_DATA

    main(REAL_DATA)
