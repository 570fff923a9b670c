"""All words a title can hold, in one array; pools of them by language and category."""

from dataclasses import dataclass
from functools import cache
from itertools import product as combinations
from typing import Any

import numpy as np
import pyarrow as pa

from iprseg.simulate._constants import Constants, load_constants
from iprseg.simulate._disguise import TACTICS, disguises, near_misses
from iprseg.simulate._random import Ints

_BY_LANG = [
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


class _Builder:
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

    def by_lang(self, name: str) -> Pool:
        """Make a pool of the words of that name in each language."""
        words = self.constants.words
        pool = self.pool([words[lang][name] for lang in words])
        return self._widen(pool.start[:, None], pool.count[:, None])

    def by_category(self, lists: list[list[list[str]]]) -> Pool:
        """From word lists by language and then category."""
        flat = self.pool([words for row in lists for words in row])
        return self._widen(
            flat.start.reshape(len(lists), -1), flat.count.reshape(len(lists), -1)
        )

    def shared(self, words: list[str]) -> Pool:
        """Make a pool of words that all languages and categories share."""
        start, count = self.add(words)
        return self._widen(np.array([[start]]), np.array([[count]]))

    def _widen(self, start: Ints, count: Ints) -> Pool:
        shape = (len(self.constants.langs), len(self.category))
        return Pool(np.broadcast_to(start, shape), np.broadcast_to(count, shape))


@cache
def load_vocabulary() -> Vocabulary:
    """Build the vocabulary from the constants."""
    constants = load_constants()
    builder = _Builder(constants)
    pools = _word_pools(builder)
    brands, products = _brand_words(builder), _product_words(builder)
    pools["nickname"] = builder.pool([[b["nickname"]] for b in constants.brands])
    pools["trap"], trap_category = _trap_words(builder)
    groups, slots = _templates(constants)
    return Vocabulary(
        words=pa.array(builder.words, pa.string()),
        pools=pools,
        trap_category=trap_category,
        template_group=groups,
        template_slots=slots,
        **brands,
        **products,
    )


def _word_pools(builder: _Builder) -> dict[str, Pool]:
    constants, common = builder.constants, builder.constants.words_any
    pools = {name: builder.by_lang(name) for name in _BY_LANG}
    langs, categories = constants.langs, constants.categories
    pools["noun"] = builder.by_category(
        [[constants.nouns[c["category"]][lang] for c in categories] for lang in langs]
    )
    pools["attr"] = builder.by_category(
        [
            [constants.words[lang].get(f"attr_{c['attr']}", []) for c in categories]
            for lang in langs
        ]
    )
    pools["size"] = builder.by_category(
        [[common["sizes"].get(c["size"], []) for c in categories] for _ in langs]
    )
    pools["color"] = builder.by_category(
        [
            [
                constants.words[lang]["color"] if c["colored"] == "1" else []
                for c in categories
            ]
            for lang in langs
        ]
    )
    numbers = range(101, 1000, 7)
    pools["code"] = builder.shared(
        [f"{c}-{n}" for c in common["codes"] for n in numbers]
    )
    pools["emoji"] = builder.shared(common["emoji"])
    labels = ["".join(parts) for parts in combinations(*common["own_label_syllables"])]
    pools["label"] = builder.shared(labels)
    pools["prompt"] = builder.shared([common["prompt_text"]])
    pools["decoy"] = builder.shared(common["decoys"])
    local = [common["decoy_local"].get(lang, common["decoys"][0]) for lang in langs]
    pools["decoy_local"] = builder.by_category([[[word]] for word in local])
    return pools


def _brand_words(builder: _Builder) -> dict[str, Any]:
    brands, langs = builder.constants.brands, builder.constants.langs
    names = builder.pool([[b["name"]] for b in brands]).start
    cased = builder.pool([[b["name"].upper(), b["name"].lower()] for b in brands])
    local = np.full((len(brands), len(langs)), -1, np.int64)
    for i, brand in enumerate(brands):
        for lang, name in brand["local"].items():
            local[i, langs.index(lang)] = builder.add([name])[0]
    flat = builder.pool([disguises(b, tactic) for b in brands for tactic in TACTICS])
    shape = (len(brands), len(TACTICS))
    return {
        "brand_name": names,
        "brand_cased": cased,
        "brand_local": local,
        "brand_disguised": Pool(flat.start.reshape(shape), flat.count.reshape(shape)),
        "brand_near": builder.pool([near_misses(b["name"]) for b in brands]),
    }


def _product_words(builder: _Builder) -> dict[str, Any]:
    rows = [
        (i, line, builder.category[category])
        for i, brand in enumerate(builder.constants.brands)
        for category, lines in brand["lines"].items()
        for line in lines
    ]
    lines = [line for _, line, _ in rows]
    disguised = [
        disguises({"name": line}, "EV_LEET") or [" ".join(line)] for line in lines
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


def _trap_words(builder: _Builder) -> tuple[Pool, Ints]:
    words = builder.constants.words
    pairs = {lang: [t.split("|") for t in words[lang]["trap"]] for lang in words}
    pool = builder.pool([[text for _, text in pairs[lang]] for lang in words])
    category = np.full(len(builder.words), -1, np.int64)
    names = [name for lang in words for name, _ in pairs[lang]]
    category[pool.start[0] :] = [builder.category[name] for name in names]
    return pool, category


def _templates(constants: Constants) -> tuple[dict[str, Pool], Ints]:
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
