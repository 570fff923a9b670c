"""Frozen: a change here is a change of the yardstick, and needs a commit of its own."""

import hashlib

import pyarrow as pa
import pyarrow.compute as pc

from iprseg.simulate import SimulatedMarketplace, make_marketplace
from iprseg.simulate.vocabulary import constants_sha256, load_constants

CONSTANTS = "93922cb4b53be61fa6aa16b9d08168d5ad0740f660ee3d59aa5006eee9e0863a"
CONTENT = {
    0: "4fb3738fb33599e8eebb87b64ae5a40609c0a3715b85415f9be54449ca614b0d",
    3: "bbeeace3320f66697f8b543b592291c4ae06e9f3d7402dbdb3734782a8aaee32",
}


def content_sha256(simulated: SimulatedMarketplace) -> str:
    """One hash over every cell of every table, whatever the container."""
    digest = hashlib.sha256()
    for frames in (simulated.tables, simulated.truth):
        for name in sorted(frames):
            table = pa.Table.from_pandas(frames[name], preserve_index=False)
            for column in table.column_names:
                values = table[column]
                if pa.types.is_timestamp(values.type):
                    values = values.cast(pa.timestamp("us", "UTC")).cast(pa.int64())
                text = pc.fill_null(values.cast(pa.large_string()), "\0").to_pylist()
                digest.update("\n".join([name, column, *text]).encode())
    return digest.hexdigest()


def test_the_constants_are_frozen() -> None:
    assert constants_sha256() == CONSTANTS


def test_the_content_is_the_same_on_every_machine() -> None:
    found = {
        level: content_sha256(make_marketplace(400, 150, level, 11))
        for level in CONTENT
    }
    assert found == CONTENT


def test_every_language_has_every_pool_and_every_category_a_noun() -> None:
    constants = load_constants()
    pools = set(constants.words["en"])
    assert all(set(words) == pools for words in constants.words.values())
    assert all(all(words.values()) for words in constants.words.values())
    for category in constants.categories:
        nouns = constants.nouns[category["category"]]
        assert sorted(nouns) == sorted(constants.langs)
        assert all(len(set(words)) == 2 for words in nouns.values()), category


def test_shares_of_cohorts_add_up() -> None:
    cohorts = load_constants().cohorts
    assert len(cohorts) == 17
    assert round(sum(c["share"] for c in cohorts), 9) == 1
    assert round(sum(c["share"] for c in cohorts if c["bad"]), 9) == 0.12
    codes = load_constants().violations
    assert all(set(c.get("violations", {})) <= set(codes) for c in cohorts)


def test_evasion_levels_only_ever_add() -> None:
    evasion = load_constants().rates["evasion"]
    for name, levels in evasion.items():
        assert len(levels) == 4, name
        # what others disguise better, fewer merely shorten to the line
        assert name == "line_only" or levels == sorted(levels), name
    for level in range(4):
        parts = ("obfuscated", "withheld", "line_only")
        assert sum(evasion[name][level] for name in parts) < 1


def test_brands_are_distinct_and_complete() -> None:
    brands = load_constants().brands
    assert len({b["name"].casefold() for b in brands}) == len(brands) >= 40
    lines = [line for b in brands for lines in b["lines"].values() for line in lines]
    assert len(lines) == len(set(lines))
    known = {c["category"] for c in load_constants().categories}
    assert all(set(b["lines"]) <= known for b in brands)
