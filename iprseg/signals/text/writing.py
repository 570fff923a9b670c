"""A14, A15, A16 and A18: how a text is written: characters, language, shared templates."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache, partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from iprseg.reference import market_languages
from iprseg.signals.inputs import Column, Inputs, make_column, make_missing_column
from iprseg.signals.registry import signal
from iprseg.tables.access import to_text_list
from iprseg.text.codepoints import HashedWords, PackedTexts, hash_words, mix_hashes
from iprseg.text.normalisation import fold_char

_TEXTS_AT_ONCE = 10_000
_ORDINARY_SIGNS = frozenset("®™©°№℠")


def _is_special_char(char: str) -> bool:
    if char.isascii() or char in _ORDINARY_SIGNS:
        return False
    return unicodedata.category(char) in ("So", "Sk", "Sm", "Cf")


def _is_latin_letter(char: str) -> bool:
    if char.isascii():
        return char.isalpha()
    return unicodedata.name(char, "").startswith("LATIN ")


def _imitates_latin(char: str) -> bool:
    name = unicodedata.name(char, "") if not char.isascii() else ""
    return char.isalpha() and name.startswith(("CYRILLIC", "GREEK", "FULLWIDTH LATIN"))


def _iterate_non_ascii_texts(
    inputs: Inputs, *fields: str
) -> Iterator[tuple[NDArray[np.int64], PackedTexts, NDArray[np.int64]]]:
    """Yield, some at once, the rows whose texts are not plain ASCII: rows, texts.

    The others hold nothing that these signals count. Lengths are of the whole texts.
    """
    columns = [
        to_text_list(inputs.listings[field]) for field in fields if inputs.has(field)
    ]
    plain = [all(map(str.isascii, parts)) for parts in zip(*columns, strict=True)]
    odd = np.flatnonzero(~np.array(plain, dtype=bool))
    for rows in np.split(odd, range(_TEXTS_AT_ONCE, len(odd), _TEXTS_AT_ONCE)):
        texts = [" ".join(column[row] for column in columns) for row in rows.tolist()]
        yield rows, PackedTexts(texts), np.array(list(map(len, texts)), dtype=np.int64)


def _find_tokens(packed: PackedTexts) -> tuple[NDArray, NDArray]:
    """Find runs of letters and digits: the run of each code, the row of each run."""
    word = packed.test(str.isalnum)
    begins = word & ~np.concatenate([[False], word[:-1]])
    token = np.where(word, np.cumsum(begins) - 1, -1)
    return token, packed.rows(np.flatnonzero(begins))


def _find_mixed_words(
    packed: PackedTexts,
) -> tuple[NDArray[np.bool_], NDArray, NDArray]:
    """Return which codes are the foreign letters of mixed words, tokens, rows."""
    token, row = _find_tokens(packed)
    latin, other = packed.test(_is_latin_letter), packed.test(_imitates_latin)
    n = len(row)
    both = (np.bincount(token[latin], minlength=n) > 0) & (
        np.bincount(token[other], minlength=n) > 0
    )
    foreign = other.copy()
    foreign[other] = both[token[other]]
    return foreign, both, row


@signal("A14")
def special_char_ratio(inputs: Inputs) -> Column:
    """A14: share of emoji, signs, hidden characters and letters of mixed words."""
    values = np.zeros(inputs.n)
    for rows, packed, length in _iterate_non_ascii_texts(
        inputs, "title", "description"
    ):
        foreign, _, _ = _find_mixed_words(packed)
        odd = np.flatnonzero(foreign | packed.test(_is_special_char))
        count = np.bincount(packed.rows(odd), minlength=len(rows))
        values[rows] = count / np.maximum(length, 1)
    untitled = inputs.listings["title"].isna()
    return make_column(values).missing(untitled, inputs.gap("title"))


@signal("A15")
def mixed_script_token(inputs: Inputs) -> Column:
    """A15: words of the title that mix Latin with look-alike letters."""
    values = np.zeros(inputs.n)
    for rows, packed, _ in _iterate_non_ascii_texts(inputs, "title"):
        _, both, row = _find_mixed_words(packed)
        values[rows] = np.bincount(row[both], minlength=len(rows))
    untitled = inputs.listings["title"].isna()
    return make_column(values).missing(untitled, inputs.gap("title"))


# Older or wider tags that mean a language of the table.
_TAG_SYNONYMS = {
    "tl": "fil",
    "in": "id",
    "iw": "he",
    "no": "nb",
    "nn": "nb",
    "cmn": "zh",
}
_UNDETERMINED_TAGS = frozenset(("", "und", "mul", "zxx", "mis", "nan", "none", "null"))
_SCRIPT_CODES = {
    "LATIN": "Latn", "CYRILLIC": "Cyrl", "GREEK": "Grek", "ARABIC": "Arab",
    "HEBREW": "Hebr", "ARMENIAN": "Armn", "GEORGIAN": "Geor", "DEVANAGARI": "Deva",
    "BENGALI": "Beng", "TAMIL": "Taml", "TELUGU": "Telu", "MALAYALAM": "Mlym",
    "SINHALA": "Sinh", "THAI": "Thai", "LAO": "Laoo", "KHMER": "Khmr",
    "MYANMAR": "Mymr", "TIBETAN": "Tibt", "ETHIOPIC": "Ethi", "HANGUL": "Hang",
    "CJK": "Hani", "HIRAGANA": "Hira", "KATAKANA": "Kana", "THAANA": "Thaa",
    "GUJARATI": "Gujr", "GURMUKHI": "Guru", "KANNADA": "Knda", "ORIYA": "Orya",
}  # fmt: skip


@signal("A18")
def lang_market_mismatch(inputs: Inputs) -> Column:
    """A18: 1 if the listing's language is none of its market's, else 0.

    Where the language is not given: the share of the title's letters in scripts that
    the market does not write. Latin letters count only where no letter is of a script
    of the market, for brands and units are Latin everywhere.
    """
    if not inputs.has("market"):
        return make_missing_column(inputs.n, "column_absent: market")
    codes, names = pd.factorize(inputs.listings["market"].to_numpy(dtype=object))
    blank = np.array([*(str(name).strip() == "" for name in names), True], dtype=bool)
    codes = np.where(blank[codes], -1, codes)
    known = [str(name).strip().upper() in _load_market_languages() for name in names]
    in_table = np.array([*known, False], dtype=bool)[codes]
    lang = inputs.langs
    which, langs = pd.factorize(lang)
    told = np.array([one not in _UNDETERMINED_TAGS for one in langs], dtype=bool)[which]
    values = _flag_foreign_language(codes, names, lang)
    rows = np.flatnonzero(~told & in_table)
    values[~told] = np.nan
    values[rows] = _compute_share_of_foreign_letters(inputs, rows, codes[rows], names)
    result = make_column(values)
    result = result.missing(codes < 0, inputs.gap("market"))
    result = result.missing(~in_table, "market_not_in_table")
    return result.missing(np.isnan(values), "no_language_and_no_letters")


@cache
def _load_market_languages() -> dict[str, tuple[frozenset[str], frozenset[str]]]:
    """Return languages and scripts by market."""
    table = market_languages()
    return {
        market: (
            frozenset(_TAG_SYNONYMS.get(one, one) for one in langs.split(";")),
            frozenset(scripts.split(";")),
        )
        for market, langs, scripts in table.itertuples(index=False)
    }


def _look_up_market(name: object) -> tuple[frozenset[str], frozenset[str]]:
    return _load_market_languages().get(
        str(name).strip().upper(), (frozenset(), frozenset())
    )


def _flag_foreign_language(
    codes: NDArray[np.int64], names: pd.Index, lang: NDArray[np.object_]
) -> NDArray[np.float64]:
    values = np.zeros(len(codes))
    which, langs = pd.factorize(lang)
    spoken = np.array(
        [
            [_TAG_SYNONYMS.get(one, one) in _look_up_market(name)[0] for one in langs]
            for name in names
        ],
        dtype=bool,
    ).reshape(len(names), len(langs))
    there = codes >= 0
    values[there] = ~spoken[codes[there], which[there]]
    return values


def _compute_share_of_foreign_letters(
    inputs: Inputs, asked: NDArray[np.int64], codes: NDArray[np.int64], names: pd.Index
) -> NDArray[np.float64]:
    packed = PackedTexts([inputs.titles[row] for row in asked.tolist()])
    home, abroad, latin = (np.zeros(len(asked)) for _ in range(3))
    for script in sorted(
        {_detect_script(char) for char in map(chr, np.unique(packed.codes))}
    ):
        if not script:
            continue
        letters = packed.test(partial(_is_in_script, script))
        rows = packed.rows(np.flatnonzero(letters))
        count = np.bincount(rows, minlength=len(asked))
        written = np.array(
            [script in _look_up_market(name)[1] for name in names] + [False]
        )[codes]
        home += count * written
        if script == "Latn":
            latin = count * ~written
        else:
            abroad += count * ~written
    abroad += np.where(home == 0, latin, 0)
    total = home + abroad
    return np.where(total > 0, abroad / np.maximum(total, 1), np.nan)


def _is_in_script(script: str, char: str) -> bool:
    return _detect_script(char) == script


@cache
def _detect_script(char: str) -> str:
    """Return the script of a letter as in ISO 15924, "" for other characters."""
    if not char.isalpha():
        return ""
    name = unicodedata.name(char, "").removeprefix("FULLWIDTH ")
    name = name.removeprefix("HALFWIDTH ")
    return _SCRIPT_CODES.get(name.split(" ")[0].split("-")[0], "Zyyy")


_SCRIPT_NAMES = {
    "Latn": "Latin",
    "Cyrl": "Cyrillic",
    "Grek": "Greek",
    "Arab": "Arabic",
    "Hebr": "Hebrew",
    "Deva": "Devanagari",
    "Hang": "Hangul",
    "Hani": "Han",
    "Zyyy": "another script",
}
_KANA_CODES = ("Hira", "Kana")


def detect_main_scripts(texts: Sequence[str]) -> NDArray[np.object_]:
    """Name the script of each text, None where it has no letter.

    Brands are written in Latin letters everywhere, so another script counts as soon as
    a quarter of the letters are of it. Japanese is told by its kana.

    Examples
    --------
    >>> detect_main_scripts(["Canvas bag", "Nike กระเป๋า", "革のバッグ", "!!"]).tolist()
    ['Latin', 'Thai', 'Japanese', None]
    """
    packed = PackedTexts(texts)
    scripts = sorted(
        {_detect_script(char) for char in map(chr, np.unique(packed.codes))}
    )
    counts = {
        script: np.bincount(
            packed.rows(np.flatnonzero(packed.test(partial(_is_in_script, script)))),
            minlength=len(texts),
        )
        for script in scripts
        if script
    }
    kana = sum((counts.pop(one, 0) for one in _KANA_CODES), np.zeros(len(texts)))
    han = counts.get("Hani", 0)
    counts["Jpan"] = np.where(kana > 0, kana + han, 0)
    counts["Hani"] = np.where(kana > 0, 0, han)
    total = sum(counts.values())
    found = np.full(len(texts), None, dtype=object)
    most = np.zeros(len(texts))
    latin = counts.pop("Latn", np.zeros(len(texts)))
    for script, count in counts.items():
        wins = (count > most) & (4 * count >= total)
        found[wins] = _name_script(script)
        most = np.maximum(most, count)
    found[(found == None) & (latin > 0)] = "Latin"  # noqa: E711 (over an array)
    return found


def _name_script(script: str) -> str:
    return {"Jpan": "Japanese", "Laoo": "Lao", "Thai": "Thai"}.get(
        script, _SCRIPT_NAMES.get(script, script)
    )


# Of a short text ("fast shipping, new in box") many shops have the same by chance.
_MIN_WORDS = 12


@signal("A16")
def template_dup_text(inputs: Inputs) -> Column:
    """A16: other sellers whose descriptions are of the same template.

    Numbers and the brands named are left out before texts are compared. Templates are
    texts linked by a Jaccard similarity of 0.8 or more of their three-word shingles.
    """
    for column in ("description", "seller_id"):
        if not inputs.has(column):
            return make_missing_column(inputs.n, f"column_absent: {column}")
    texts = _remove_brand_names(inputs)
    which, distinct = pd.factorize(np.array(texts, dtype=object))
    words = hash_words(distinct.tolist(), _fold_letter)
    family = find_template_families(words, len(distinct))[which]
    seller = pd.factorize(inputs.listings["seller_id"])[0]
    length = np.bincount(words.row, minlength=len(distinct))[which]
    short = length < max(_MIN_WORDS, _SHINGLE_WORDS)
    values = _count_other_sellers(family, seller, ~short & (seller >= 0))
    result = make_column(values)
    absent = inputs.listings["description"].isna()
    result = result.missing(absent, inputs.gap("description"))
    result = result.missing(seller < 0, inputs.gap("seller_id"))
    return result.missing(short, "text_too_short: description")


def _fold_letter(char: str) -> str:
    folded = fold_char(char)
    return "" if folded.isnumeric() else folded


def _remove_brand_names(inputs: Inputs) -> list[str]:
    texts = to_text_list(inputs.listings["description"])
    mentions = inputs.mentions
    said = mentions[mentions["field"] == "description"]
    # From the last to the first, so that earlier places stay where they are.
    said = said.sort_values(["row", "start"], ascending=[True, False])
    for row, start, end in zip(
        said["row"].tolist(), said["start"].tolist(), said["end"].tolist(), strict=True
    ):
        texts[row] = f"{texts[row][:start]} {texts[row][end:]}"
    return texts


def _count_other_sellers(
    family: NDArray[np.int64], seller: NDArray[np.int64], used: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Count distinct sellers of each listing's family, its own left out."""
    pairs = pd.DataFrame({"family": family[used], "seller": seller[used]})
    sellers = pairs.drop_duplicates()["family"].value_counts()
    many = sellers.reindex(family).fillna(1).to_numpy(dtype=float)
    return many - 1


_SHINGLE_WORDS = 3
_MIN_JACCARD = 0.8
# 12 bands of 4 minima find a pair of similarity 0.8 with a chance of
# 1 - (1 - 0.8 ** 4) ** 12 = 0.998.
_N_BANDS, _BAND_WIDTH = 12, 4
_HASH_SEED = 20_040
_PAIRS_AT_ONCE = 200_000


def find_template_families(words: HashedWords, n: int) -> NDArray[np.int64]:
    """Return the family of each text, shape (n,): texts linked by Jaccard >= 0.8.

    Notes
    -----
    Shingles of three words; MinHash with banding (Broder 1997; Leskovec, Rajaraman and
    Ullman, Mining of Massive Datasets, chapter 3) proposes pairs, whose similarity is
    then worked out exactly. In a bucket each text is compared to the first and to the
    one before it, so the work is linear in texts; a chain of similar texts is one
    family.
    """
    row, shingle = words.runs(_SHINGLE_WORDS)
    left, right = _find_minhash_pairs(row, shingle)
    near = _compute_jaccard(row, shingle, n, left, right) >= _MIN_JACCARD
    links = sparse.coo_array(
        (np.ones(near.sum(), dtype=bool), (left[near], right[near])), shape=(n, n)
    )
    return connected_components(links, directed=False)[1]


def _find_minhash_pairs(
    row: NDArray[np.int64], shingle: NDArray[np.uint64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return pairs of texts that share a band of minima."""
    if not len(row):
        return row, row
    starts = np.flatnonzero(np.concatenate([[True], row[1:] != row[:-1]]))
    texts = row[starts]
    # The hashes are mixed already: times a random odd number is another order of them.
    factors = np.random.default_rng(_HASH_SEED).integers(
        2**31, size=_N_BANDS * _BAND_WIDTH, dtype=np.uint32
    )
    short = (shingle >> np.uint64(32)).astype(np.uint32)
    pairs = []
    for band in factors.reshape(_N_BANDS, _BAND_WIDTH):
        key = np.zeros(len(texts), dtype=np.uint64)
        for factor in band:
            odd = np.uint32(2) * factor + np.uint32(1)
            key = mix_hashes(key) + np.minimum.reduceat(short * odd, starts)
        order = np.argsort(key, kind="stable")
        same = np.concatenate([[False], key[order][1:] == key[order][:-1]])
        at = np.flatnonzero(same)
        head = np.maximum.accumulate(np.where(same, 0, np.arange(len(order))))
        pairs += [
            np.stack([texts[order[head[at]]], texts[order[at]]]),
            np.stack([texts[order[at - 1]], texts[order[at]]]),
        ]
    left, right = np.concatenate(pairs, axis=1)
    return np.divmod(np.unique(left * (texts[-1] + 1) + right), texts[-1] + 1)


def _compute_jaccard(
    row: NDArray[np.int64],
    shingle: NDArray[np.uint64],
    n: int,
    left: NDArray[np.int64],
    right: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Return the exact similarity of pairs of texts, as sets of shingles."""
    asked = np.zeros(n, dtype=bool)
    asked[left] = asked[right] = True
    row, shingle = row[asked[row]], shingle[asked[row]]
    column = pd.factorize(shingle)[0]
    shape = (n, int(column.max(initial=0)) + 1)
    held = sparse.csr_array((np.ones(len(row), np.int32), (row, column)), shape=shape)
    # A shingle said twice was added up; as a set it counts once.
    held.data[:] = 1
    size = held.sum(axis=1)
    out = np.zeros(len(left))
    for at in range(0, len(left), _PAIRS_AT_ONCE):
        one, two = left[at : at + _PAIRS_AT_ONCE], right[at : at + _PAIRS_AT_ONCE]
        both = held[one].multiply(held[two]).sum(axis=1)
        out[at : at + _PAIRS_AT_ONCE] = both / np.maximum(
            size[one] + size[two] - both, 1
        )
    return out
