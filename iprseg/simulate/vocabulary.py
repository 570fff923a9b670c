"""The frozen constants, and the vocabulary of all words that is made from them."""

import csv
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import product as combinations
from typing import Any

import numpy as np
import pyarrow as pa
import yaml

from iprseg.simulate.arrays import Ints

_CONSTANT_FILES = (
    "brands.yaml",
    "categories.csv",
    "cohorts.yaml",
    "markets.csv",
    "nouns.csv",
    "rates.yaml",
    "templates.csv",
    "words_any.yaml",
    "words_latin.yaml",
    "words_other.yaml",
)
_Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Constants:
    """Everything under ``constants/``, parsed; see the comments in those files."""

    brands: _Rows
    categories: _Rows
    cohorts: _Rows
    markets: _Rows
    nouns: dict[str, dict[str, list[str]]]  # category -> language -> nouns
    rates: dict[str, Any]
    templates: _Rows
    words: dict[str, dict[str, list[str]]]  # language -> pool -> words
    words_any: dict[str, Any]

    @property
    def langs(self) -> list[str]:
        """Languages in a fixed order."""
        return list(self.words)

    @property
    def violations(self) -> dict[str, list[str]]:
        """Violation code -> severity, DSA keyword, decision ground, right."""
        return self.rates["violations"]

    def code_of(self, violation: str) -> int:
        """Position of a violation code."""
        return list(self.violations).index(violation)

    def rate(self, name: str) -> float:
        """One rate of the market, by name."""
        return float(self.rates["market"][name])


def _read_bytes(name: str) -> bytes:
    return (files(__package__) / "constants" / name).read_bytes()


def _read_yaml(name: str) -> Any:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(_read_bytes(name), Loader=loader)  # noqa: S506 - both are safe loaders


def _read_csv(name: str) -> _Rows:
    return list(csv.DictReader(_read_bytes(name).decode("utf-8").splitlines()))


def _read_nouns() -> dict[str, dict[str, list[str]]]:
    rows = _read_csv("nouns.csv")
    return {
        row["category"]: {
            lang: text.split("|") for lang, text in row.items() if lang != "category"
        }
        for row in rows
    }


@cache
def load_constants() -> Constants:
    """Read and parse every file of constants."""
    return Constants(
        brands=_read_yaml("brands.yaml"),
        categories=_read_csv("categories.csv"),
        cohorts=_read_yaml("cohorts.yaml"),
        markets=_read_csv("markets.csv"),
        nouns=_read_nouns(),
        rates=_read_yaml("rates.yaml"),
        templates=_read_csv("templates.csv"),
        words={**_read_yaml("words_latin.yaml"), **_read_yaml("words_other.yaml")},
        words_any=_read_yaml("words_any.yaml"),
    )


def constants_sha256() -> str:
    """SHA-256 over the bytes of all files of constants, names included."""
    digest = hashlib.sha256()
    for name in _CONSTANT_FILES:
        digest.update(name.encode() + b"\0" + _read_bytes(name) + b"\0")
    return digest.hexdigest()


_POOLS_BY_LANGUAGE = [
    "buzz",
    "auth",
    "official",
    "dealer",
    "rep",
    "rep_new",
    "insp",
    "cond",
    "imp",
    "live",
    "fan",
    "dig",
    "for",
    "d_open",
    "d_body",
    "d_ship",
    "contact",
    "disclaimer",
    "r_good",
    "r_meh",
    "r_bad",
    "r_fake",
    "r_fake_new",
    "r_doubt",
    "r_guard",
    "r_seed",
]
# Slots of a template, in the order of the columns of the slot matrix.
SLOTS = [
    "label",
    "noun",
    "attr",
    "color",
    "size",
    "code",
    "buzz",
    "brand",
    "line",
    "extra",
    "for",
    "insp",
    "rep",
    "auth",
    "official",
    "dealer",
    "cond",
    "imp",
    "live",
    "fan",
    "dig",
    "emoji",
    "trap",
    "d_open",
    "d_body",
    "d_ship",
    "aside",
]


@dataclass(frozen=True)
class Pool:
    """Where words of one kind begin and how many there are, by language × category."""

    start: Ints
    count: Ints


@dataclass(frozen=True)
class Vocabulary:
    """Words and pools; ``products`` are the official ones, sorted by brand."""

    words: pa.Array
    pools: dict[str, Pool]
    brand_name: Ints
    brand_cased: Pool
    brand_local: Ints  # brand × language, -1 = none
    brand_disguised: Pool  # brand × tactic
    brand_near: Pool
    products: dict[str, Any]
    line_name: Ints  # by product
    line_disguised: Pool
    trap_category: Ints  # by word, -1 = no trap
    template_group: dict[str, Pool]  # by language
    template_slots: Ints  # template × position, -1 = end


class _VocabularyBuilder:
    def __init__(self, constants: Constants) -> None:
        self.constants = constants
        self.words: list[str] = []
        self.category = {c["category"]: i for i, c in enumerate(constants.categories)}

    def add(self, words: list[str]) -> tuple[int, int]:
        """Put words at the end; return where they begin and how many they are."""
        start = len(self.words)
        self.words.extend(words)
        return start, len(words)

    def pool(self, lists: list[list[str]]) -> Pool:
        """Make a pool of one span per list."""
        spans = np.array([self.add(words) for words in lists], np.int64).reshape(-1, 2)
        return Pool(spans[:, 0], spans[:, 1])

    def pool_by_language(self, name: str) -> Pool:
        """Make a pool of the words of that name in each language."""
        words = self.constants.words
        pool = self.pool([words[lang][name] for lang in words])
        return self._broadcast_pool(pool.start[:, None], pool.count[:, None])

    def pool_by_category(self, lists: list[list[list[str]]]) -> Pool:
        """From word lists by language and then category."""
        flat = self.pool([words for row in lists for words in row])
        return self._broadcast_pool(
            flat.start.reshape(len(lists), -1), flat.count.reshape(len(lists), -1)
        )

    def pool_for_all(self, words: list[str]) -> Pool:
        """Make a pool of words that all languages and categories share."""
        start, count = self.add(words)
        return self._broadcast_pool(np.array([[start]]), np.array([[count]]))

    def _broadcast_pool(self, start: Ints, count: Ints) -> Pool:
        shape = (len(self.constants.langs), len(self.category))
        return Pool(np.broadcast_to(start, shape), np.broadcast_to(count, shape))


@cache
def load_vocabulary() -> Vocabulary:
    """Build the vocabulary from the constants."""
    constants = load_constants()
    builder = _VocabularyBuilder(constants)
    pools = _add_word_pools(builder)
    brands, products = _add_brand_words(builder), _add_product_words(builder)
    pools["nickname"] = builder.pool([[b["nickname"]] for b in constants.brands])
    pools["trap"], trap_category = _add_trap_words(builder)
    groups, slots = _parse_templates(constants)
    return Vocabulary(
        words=pa.array(builder.words, pa.string()),
        pools=pools,
        trap_category=trap_category,
        template_group=groups,
        template_slots=slots,
        **brands,
        **products,
    )


def _add_word_pools(builder: _VocabularyBuilder) -> dict[str, Pool]:
    constants, common = builder.constants, builder.constants.words_any
    pools = {name: builder.pool_by_language(name) for name in _POOLS_BY_LANGUAGE}
    langs, categories = constants.langs, constants.categories
    pools["noun"] = builder.pool_by_category(
        [[constants.nouns[c["category"]][lang] for c in categories] for lang in langs]
    )
    pools["attr"] = builder.pool_by_category(
        [
            [constants.words[lang].get(f"attr_{c['attr']}", []) for c in categories]
            for lang in langs
        ]
    )
    pools["size"] = builder.pool_by_category(
        [[common["sizes"].get(c["size"], []) for c in categories] for _ in langs]
    )
    pools["color"] = builder.pool_by_category(
        [
            [
                constants.words[lang]["color"] if c["colored"] == "1" else []
                for c in categories
            ]
            for lang in langs
        ]
    )
    numbers = range(101, 1000, 7)
    pools["code"] = builder.pool_for_all(
        [f"{c}-{n}" for c in common["codes"] for n in numbers]
    )
    pools["emoji"] = builder.pool_for_all(common["emoji"])
    labels = ["".join(parts) for parts in combinations(*common["own_label_syllables"])]
    pools["label"] = builder.pool_for_all(labels)
    pools["prompt"] = builder.pool_for_all([common["prompt_text"]])
    pools["decoy"] = builder.pool_for_all(common["decoys"])
    local = [common["decoy_local"].get(lang, common["decoys"][0]) for lang in langs]
    pools["decoy_local"] = builder.pool_by_category([[[word]] for word in local])
    return pools


def _add_brand_words(builder: _VocabularyBuilder) -> dict[str, Any]:
    brands, langs = builder.constants.brands, builder.constants.langs
    names = builder.pool([[b["name"]] for b in brands]).start
    cased = builder.pool([[b["name"].upper(), b["name"].lower()] for b in brands])
    local = np.full((len(brands), len(langs)), -1, np.int64)
    for i, brand in enumerate(brands):
        for lang, name in brand["local"].items():
            local[i, langs.index(lang)] = builder.add([name])[0]
    flat = builder.pool(
        [list_disguises(b, tactic) for b in brands for tactic in TACTICS]
    )
    shape = (len(brands), len(TACTICS))
    return {
        "brand_name": names,
        "brand_cased": cased,
        "brand_local": local,
        "brand_disguised": Pool(flat.start.reshape(shape), flat.count.reshape(shape)),
        "brand_near": builder.pool([list_near_misses(b["name"]) for b in brands]),
    }


def _add_product_words(builder: _VocabularyBuilder) -> dict[str, Any]:
    rows = [
        (i, line, builder.category[category])
        for i, brand in enumerate(builder.constants.brands)
        for category, lines in brand["lines"].items()
        for line in lines
    ]
    lines = [line for _, line, _ in rows]
    disguised = [
        list_disguises({"name": line}, "EV_LEET") or [" ".join(line)] for line in lines
    ]
    return {
        "products": {
            "brand": np.array([i for i, _, _ in rows]),
            "category": np.array([c for _, _, c in rows]),
            "line": lines,
        },
        "line_name": builder.pool([[line] for line in lines]).start,
        "line_disguised": builder.pool(disguised),
    }


def _add_trap_words(builder: _VocabularyBuilder) -> tuple[Pool, Ints]:
    words = builder.constants.words
    pairs = {lang: [t.split("|") for t in words[lang]["trap"]] for lang in words}
    pool = builder.pool([[text for _, text in pairs[lang]] for lang in words])
    category = np.full(len(builder.words), -1, np.int64)
    names = [name for lang in words for name, _ in pairs[lang]]
    category[pool.start[0] :] = [builder.category[name] for name in names]
    return pool, category


def _parse_templates(constants: Constants) -> tuple[dict[str, Pool], Ints]:
    slots: list[list[int]] = []
    groups: dict[str, Pool] = {}
    for group in dict.fromkeys(row["group"] for row in constants.templates):
        starts = []
        for lang in constants.langs:
            starts.append(len(slots))
            for row in constants.templates:
                if row["group"] == group and lang in row["langs"].split():
                    names = row["template"].replace("{", "").replace("}", "").split()
                    slots.append([SLOTS.index(name) for name in names])
        start = np.array(starts, np.int64)
        groups[group] = Pool(start, np.diff(start, append=len(slots)))
    matrix = np.full((len(slots), max(map(len, slots))), -1, np.int64)
    for i, row_slots in enumerate(slots):
        matrix[i, : len(row_slots)] = row_slots
    return groups, matrix


_HOMOGLYPHS = {
    "a": "а", "e": "е", "o": "о", "c": "с", "p": "р", "i": "і", "x": "х", "u": "υ",
    "v": "ν", "n": "ո", "y": "у", "k": "κ", "r": "г", "t": "τ", "s": "ѕ",
}  # fmt: skip
_LEET = {"a": "4", "e": "3", "i": "1", "o": "0", "s": "5", "t": "7", "l": "1"}
_SEPARATORS = (" ", ".", "*", "-", "\u200b", "_")
TACTICS = ("EV_HOMOGLYPH", "EV_LEET", "EV_SPACING", "EV_ABBREV_CODEWORD")


def list_disguises(brand: dict[str, Any], tactic: str) -> list[str]:
    """All disguised spellings of a brand by one tactic, in a fixed order.

    Parameters
    ----------
    brand : dict
        With ``name``, ``abbr``, ``nickname``.
    tactic : str
        One of ``TACTICS``.

    Returns
    -------
    list of str
        At least two spellings, none equal to the name.

    Examples
    --------
    >>> list_disguises({"name": "Velmora"}, "EV_LEET")
    ['V3lmora', 'Velmor4', 'V31m0r4', 'Ve1m0ra']
    """
    name = brand["name"]
    if tactic == "EV_HOMOGLYPH":
        found = [*_swap_letters(name, _HOMOGLYPHS), _to_fullwidth(name)]
    elif tactic == "EV_LEET":
        found = _swap_letters(name, _LEET)
    elif tactic == "EV_SPACING":
        found = [separator.join(name) for separator in _SEPARATORS[:4]]
        found += [_insert_separator(name, separator) for separator in _SEPARATORS[2:]]
    else:
        abbr = brand["abbr"]
        found = [abbr, "/".join(abbr[:2]), f"{abbr[0]}🌙{abbr[1:]}", brand["nickname"]]
    return [text for text in dict.fromkeys(found) if text != name]


def list_near_misses(name: str) -> list[str]:
    """Confusable names one letter away: doubled, dropped, swapped."""
    middle = len(name) // 2
    doubled = name[:middle] + name[middle] + name[middle:]
    dropped = name[:middle] + name[middle + 1 :]
    swapped = name[:2] + name[3] + name[2] + name[4:]
    found = dict.fromkeys([doubled, dropped, swapped, name + name[-1]])
    return [text for text in found if text != name]


def _swap_letters(name: str, table: dict[str, str]) -> list[str]:
    places = [i for i, letter in enumerate(name) if letter in table]
    chosen = [places[:1], places[-1:], places, places[1:3]]
    return [_swap_letters_at(name, table, at) for at in chosen if at]


def _swap_letters_at(name: str, table: dict[str, str], places: list[int]) -> str:
    return "".join(table[c] if i in places else c for i, c in enumerate(name))


def _to_fullwidth(name: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in name)


def _insert_separator(name: str, separator: str) -> str:
    return name[:3] + separator + name[3:]
