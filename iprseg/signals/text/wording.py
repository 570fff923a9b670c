"""A01 to A11 and A17: what a listing's words say of brands, genuineness and contact."""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from iprseg.brands.matching import find_disguised_terms
from iprseg.parallel import iter_slices, map_in_processes
from iprseg.reference import load_reference
from iprseg.signals.inputs import Column, Inputs, make_column, make_missing_column
from iprseg.signals.registry import signal
from iprseg.tables.access import to_text_list
from iprseg.text.codepoints import ROW_END, HashedWords, hash_words, map_texts
from iprseg.text.lexicon import compile_lexicons, filter_terms_by_context
from iprseg.text.normalisation import fold_char, is_unspaced_script


def _make_brand_column(
    inputs: Inputs, values: np.ndarray, needs_field: bool = False
) -> Column:
    if not len(inputs.brands):
        return make_missing_column(inputs.n, "no_brand_list")
    if needs_field and not inputs.has("brand_field"):
        return make_missing_column(inputs.n, "column_absent: brand_field")
    untitled = inputs.listings["title"].isna()
    return make_column(values).missing(untitled, inputs.gap("title"))


@signal("A01")
def brand_field_mismatch(inputs: Inputs) -> Column:
    """A01: a protected brand is claimed that the brand field does not name."""
    claims = inputs.claims
    foreign = claims[~claims["own_field"] & inputs.protected]
    return _make_brand_column(inputs, inputs.rows_of(foreign), needs_field=True)


@signal("A02")
def brand_field_empty_with_mention(inputs: Inputs) -> Column:
    """A02: a protected brand is claimed in the text and the brand field names none."""
    claimed = inputs.rows_of(inputs.claims[inputs.protected])
    values = claimed & ~inputs.honest_field
    return _make_brand_column(inputs, values, needs_field=True)


@signal("A03")
def brand_stuffing_count(inputs: Inputs) -> Column:
    """A03: distinct brands claimed in title and tags, beyond the first."""
    claims = inputs.claims
    shown = claims[claims["field"].isin(["title", "tags"])]
    pairs = shown[["row", "brand_id"]].drop_duplicates()
    count = np.bincount(pairs["row"], minlength=inputs.n)
    return _make_brand_column(inputs, np.maximum(count - 1, 0))


@signal("A04")
def obfuscated_brand(inputs: Inputs) -> Column:
    """A04: a brand name is written in disguise."""
    odd = inputs.claims[inputs.claims["kind"] == "obfuscated"]
    return _make_brand_column(inputs, inputs.rows_of(odd))


@signal("A05")
def brand_edit_near_miss(inputs: Inputs) -> Column:
    """A05: similarity of the nearest misspelling of a brand in the title, 0 if none."""
    claims = inputs.claims
    near = claims[(claims["kind"] == "near_miss") & (claims["field"] == "title")]
    values = np.zeros(inputs.n)
    np.maximum.at(values, near["row"].to_numpy(), near["similarity"].to_numpy())
    return _make_brand_column(inputs, values)


@signal("A06")
def referential_use(inputs: Inputs) -> Column:
    """A06: a brand stands only for what the thing fits."""
    claimed = inputs.claims[["row", "brand_id"]].drop_duplicates().assign(claimed=True)
    mentions = inputs.mentions
    joined = mentions[["row", "brand_id"]].merge(claimed, how="left")
    only = mentions["referential"].to_numpy() & joined["claimed"].isna().to_numpy()
    return _make_brand_column(inputs, inputs.rows_of(mentions[only]))


# One claim of authenticity is common with honest sellers; more are an over-claim.
_MAX_CLAIMS = 1


def _sum_term_weights(inputs: Inputs, name: str, grade: bool = False) -> np.ndarray:
    terms = _add_disguised_terms(inputs) if name == "replica" else inputs.terms
    chosen = terms[(terms["list"] == name) & (terms["grade"] | (not grade))]
    return np.bincount(chosen["row"], weights=chosen["weight"], minlength=inputs.n)


def _add_disguised_terms(inputs: Inputs) -> pd.DataFrame:
    """Return terms with those of replicas in disguise; each once a listing."""
    kept = vars(inputs)
    if "disguised_terms" not in kept:
        lexicon, langs = compile_lexicons("replica"), list(inputs.langs)
        fields = [f for f in ("title", "description", "ocr_text") if inputs.has(f)]
        found = [
            find_disguised_terms(to_text_list(inputs.listings[field]), langs, lexicon)
            for field in fields
        ]
        hits = pd.concat(found, ignore_index=True).drop_duplicates()
        branded = inputs.honest_field | inputs.rows_of(inputs.mentions)
        new = filter_terms_by_context(hits, lexicon, inputs.langs, branded)
        both = pd.concat([inputs.terms, new], ignore_index=True)
        kept["disguised_terms"] = both.drop_duplicates(["row", "list", "term"])
    return kept["disguised_terms"]


def _require_title(inputs: Inputs, values: np.ndarray) -> Column:
    untitled = inputs.listings["title"].isna()
    return make_column(values).missing(untitled, inputs.gap("title"))


def _count_distinct_terms(terms: list[str]) -> int:
    """Count terms that are no part of another, as "original" is of "100% original"."""
    return sum(
        not any(f" {term} " in f" {other} " for other in terms if other != term)
        for term in terms
    )


@signal("A07")
def replica_lexicon_hit(inputs: Inputs) -> Column:
    """A07: sum of the weights of replica terms, plain or in disguise."""
    return _require_title(inputs, _sum_term_weights(inputs, "replica"))


@signal("A08")
def grade_term(inputs: Inputs) -> Column:
    """A08: a replica quality grade is named, plainly or in disguise."""
    return _require_title(inputs, _sum_term_weights(inputs, "replica", grade=True) > 0)


@signal("A09")
def disclaimer(inputs: Inputs) -> Column:
    """A09: a legal disclaimer stands beside a brand."""
    if not len(inputs.brands):
        return make_missing_column(inputs.n, "no_brand_list")
    said = _sum_term_weights(inputs, "disclaimer") > 0
    return _require_title(inputs, said & inputs.rows_of(inputs.mentions))


@signal("A10")
def authenticity_overclaim(inputs: Inputs) -> Column:
    """A10: authenticity is claimed more than once, without an authorisation."""
    terms = inputs.terms
    claims = terms[terms["list"] == "overclaim"].groupby("row")["term"].agg(list)
    many = np.zeros(inputs.n, dtype=bool)
    many[claims.index.to_numpy(dtype=int)] = (
        claims.map(_count_distinct_terms) > _MAX_CLAIMS
    )
    if inputs.has("authorisation_id"):
        many &= inputs.listings["authorisation_id"].isna().to_numpy()
    return _require_title(inputs, many)


_COUNTERFEIT, _NO_INFRINGEMENT = "TM_COUNTERFEIT", "NO_INFRINGEMENT"
FOLDS = 5
# Labels of each kind, and sellers that use a term, that a verdict on a term needs.
_MIN_LABELS, _MIN_SELLERS = 20, 3
# The prior weighs as much as so many words (Monroe, Colaresi and Quinn 2008).
_PRIOR_WORDS = 500.0
_FINAL_ROUNDS = ("adjudication", "gold")


@signal("A11")
def codeword_context(inputs: Inputs) -> Column:
    """A11: highest z of a term's log-odds, counterfeit against clean.

    Terms are words and pairs of words of title and description, brands left out.
    Sellers are parted into five folds; a listing is scored by terms learned from the
    labels of the other folds alone, so never from its own seller's.
    """
    if inputs.table("labels") is None:
        return make_missing_column(inputs.n, inputs.no_table("labels"))
    for column in ("entity_id", "violation_primary"):
        if lacking := inputs.lacks(f"labels.{column}"):
            return make_missing_column(inputs.n, lacking)
    if not inputs.has("seller_id"):
        return make_missing_column(inputs.n, "column_absent: seller_id")
    label = _read_labels(inputs)
    seller = pd.factorize(inputs.listings["seller_id"])[0]
    fold = assign_folds(inputs.listings["seller_id"])
    row, term = _collect_terms(inputs)
    values = np.full(inputs.n, np.nan)
    for one in range(FOLDS):
        known = (fold != one) & (seller >= 0)
        scores = _compute_term_z_scores(row, term, np.where(known, label, 0), seller)
        if scores is not None:
            asked = np.flatnonzero(fold == one)
            values[asked] = _take_highest_scores(row, term, scores, inputs.n)[asked]
    result = make_column(values)
    untitled = inputs.listings["title"].isna()
    result = result.missing(untitled, inputs.gap("title"))
    result = result.missing(seller < 0, inputs.gap("seller_id"))
    return result.missing(np.isnan(values), "too_few_labels_of_other_sellers")


def assign_folds(sellers: pd.Series) -> NDArray[np.int64]:
    """Return the fold of each listing: a hash of its seller, the same every time."""
    names = sellers.astype(object).fillna("").astype(str).to_numpy(dtype=object)
    return (pd.util.hash_array(names) % np.uint64(FOLDS)).astype(np.int64)


def _read_labels(inputs: Inputs) -> NDArray[np.int64]:
    """Return 1 for an adjudicated counterfeit, -1 for a clean listing, else 0."""
    labels = inputs.table("labels").reset_index()  # type: ignore[union-attr]
    if "entity_type" in labels:
        labels = labels[labels["entity_type"].isin(["listing"])]
    settled = [column for column in ("is_gold", "round") if column in labels]
    if settled:
        final = pd.Series(False, index=labels.index)
        if "is_gold" in labels:
            final |= labels["is_gold"].eq(True).fillna(False).astype(bool)
        if "round" in labels:
            final |= labels["round"].isin(_FINAL_ROUNDS)
        labels = labels[final]
    if "submitted_at" in labels:
        when = pd.to_datetime(labels["submitted_at"], utc=True, errors="coerce")
        labels = labels.assign(when=when).sort_values("when", kind="stable")
    codes = (
        labels["violation_primary"]
        .map({_COUNTERFEIT: 1, _NO_INFRINGEMENT: -1})
        .fillna(0)
    )
    last = pd.Series(codes.to_numpy(), index=labels["entity_id"].to_numpy())
    last = last[~last.index.duplicated(keep="last")]
    return last.reindex(inputs.listings.index).fillna(0).to_numpy(dtype=np.int64)


def _collect_terms(inputs: Inputs) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """Return each term once a listing, sorted by term."""
    fields = [field for field in ("title", "description") if inputs.has(field)]
    found = []
    for field in fields:
        words = hash_words(_blank_brand_names(inputs, field), fold_char)
        # A single letter of Chinese or Thai is no word; a pair of them is.
        found += [
            (words.row[~words.glued], words.code[~words.glued]),
            _hash_word_pairs(words),
        ]
    row, term = (np.concatenate(column) for column in zip(*found, strict=True))
    order = np.lexsort((row, term))
    row, term = row[order], term[order]
    new = np.ones(len(row), dtype=bool)
    new[1:] = (row[1:] != row[:-1]) | (term[1:] != term[:-1])
    return row[new], term[new]


def _hash_word_pairs(
    words: HashedWords,
) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    return words.runs(2)


def _blank_brand_names(inputs: Inputs, field: str) -> list[str]:
    """Blank out brands: that a brand is copied much is no code word."""
    texts = to_text_list(inputs.listings[field])
    said = inputs.mentions[inputs.mentions["field"] == field]
    said = said.sort_values(["row", "start"], ascending=[True, False])
    spans = (said[column].tolist() for column in ("row", "start", "end"))
    for row, start, end in zip(*spans, strict=True):
        texts[row] = f"{texts[row][:start]} | {texts[row][end:]}"
    return texts


def _compute_term_z_scores(
    row: NDArray[np.int64],
    term: NDArray[np.uint64],
    label: NDArray[np.int64],
    seller: NDArray[np.int64],
) -> NDArray[np.float64] | None:
    """Return the z of each term (by place), None where labels are too few.

    Terms that fewer than three labelled sellers use are NaN.
    """
    if min((label > 0).sum(), (label < 0).sum()) < _MIN_LABELS:
        return None
    number = np.cumsum(np.concatenate([[0], (term[1:] != term[:-1]).astype(np.int64)]))
    n = int(number[-1]) + 1 if len(term) else 0
    bad = np.bincount(number[label[row] > 0], minlength=n).astype(float)
    clean = np.bincount(number[label[row] < 0], minlength=n).astype(float)
    background = np.bincount(number, minlength=n).astype(float)
    z = compute_log_odds_z(bad, clean, background)
    of = pd.DataFrame({"term": number, "seller": seller[row]})[label[row] != 0]
    sellers = np.bincount(of.drop_duplicates()["term"], minlength=n)
    return np.where(sellers >= _MIN_SELLERS, z, np.nan)[number]


def compute_log_odds_z(
    bad: NDArray[np.float64], clean: NDArray[np.float64], background: NDArray
) -> NDArray[np.float64]:
    """Return the z of each term's log-odds ratio under an informative Dirichlet prior.

    Parameters
    ----------
    bad, clean : ndarray of float, shape (n_terms,)
        Texts of each kind that use the term.
    background : ndarray of float, shape (n_terms,)
        All texts that use it; the prior is proportional to it, and as heavy as 500
        words.

    Returns
    -------
    ndarray of float, shape (n_terms,)

    Notes
    -----
    Monroe, Colaresi and Quinn (2008), "Fightin' Words", equations 16, 20 and 22.

    Examples
    --------
    >>> compute_log_odds_z(np.array([9.0, 1]), np.array([1.0, 9]), np.array([10, 10])).round(2)
    array([ 0.71, -0.71])
    """
    prior = _PRIOR_WORDS * background / max(background.sum(), 1)
    one, two = bad + prior, clean + prior
    odds = [np.log(side / (side.sum() - side)) for side in (one, two)]
    return (odds[0] - odds[1]) / np.sqrt(1 / one + 1 / two)


def _take_highest_scores(
    row: NDArray[np.int64], term: NDArray[np.uint64], scores: NDArray, n: int
) -> NDArray[np.float64]:
    """Return the highest score of each listing's terms; 0 where none is known."""
    best = np.full(n, -np.inf)
    known = ~np.isnan(scores)
    np.maximum.at(best, row[known], scores[known])
    return np.where(np.isfinite(best), best, 0.0)


_TEXTS_AT_ONCE = 2_000
_HIDDEN_CHARS = re.compile(
    "[\xad\u061c\ufeff\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\u20e3]+"
)
_FOREIGN_DIGITS = re.compile(r"[^\D0-9]")
_REQUEST_REACH = 40
# A number in groups of two digits or more, 8 to 15 digits in all, parted by one sign.
_NUMBER_PATTERN = r"(?:\d[ .-]{0,2}(?=\())?\(?\d{2,}\)?(?:[ .()/-]{0,2}\d{2,}){0,15}"
_NUMBER_AFTER_PLUS = re.compile(
    r"(?<![\w+])\+[ (]{0,2}(\d{1,4}\)?(?:[ .()/-]{0,2}\d+)+)"
)
# "whatsapp on 0912 …", "tel. no.: 0912 …"
_NUMBER_AFTER_CUE = re.compile(
    r"(?:\.?[\s:#-]{1,4}(?:on|at|us|me|no|nr|number|num|is|em|al|via)\b){0,3}"
    rf"[\s:.#/()-]{{0,6}}\+?\s?({_NUMBER_PATTERN})"
)
_DATE_PATTERN = re.compile(
    r"\d{4}[-./]\d{1,2}[-./]\d{1,2}\b|\d{1,2}[-./]\d{1,2}[-./]\d{4}\b"
)
# "whatsapp: @korda_shop", "微信 korda8899": a handle holds a digit, "_" or "@".
_HANDLE_PATTERN = re.compile(
    r"\s*(?:id|号|號|channel|group|nick)?\s*[:：=@ ]\s*@?"
    r"(?=[a-z0-9_.]*[0-9_])[a-z][a-z0-9_.]{4,24}\b"
)
_AT_HANDLE_PATTERN = re.compile(r"\s*(?:id|channel|group)?\s*:?\s*@[a-z0-9_.]{4,}")
_MIN_DIGITS, _MAX_DIGITS = 8, 15
_DIGITS_WITH_SHORT_CODE = 11
_MAX_GROUPS_IN_STEP = 3
_MAX_REQUESTS_CHECKED = 20


@signal("A17")
def off_platform_contact(inputs: Inputs) -> Column:
    """A17: how many kinds of contact stand in the text.

    Kinds: an address of a messenger, a messenger with a handle or a request, a
    telephone number, a code to scan with a request.
    """
    kinds = np.zeros((inputs.n, 4), dtype=bool)
    for field in ("title", "description", "ocr_text", "tags"):
        if inputs.has(field):
            kinds |= detect_contact_kinds(to_text_list(inputs.listings[field]))
    untitled = inputs.listings["title"].isna()
    return make_column(kinds.sum(axis=1)).missing(untitled, inputs.gap("title"))


def detect_contact_kinds(texts: Sequence[str]) -> np.ndarray:
    """Tell which kinds of contact each text holds.

    Parameters
    ----------
    texts : sequence of str, length n

    Returns
    -------
    ndarray of bool, shape (n, 4)
        Address, messenger, telephone number, code to scan.

    Examples
    --------
    >>> detect_contact_kinds(["WhatsApp +62 812 3456 7890", "watch with WhatsApp"]).sum(axis=1)
    array([1, 0])
    """
    parts = ((texts[part],) for part in iter_slices(len(texts)))
    kinds = list(map_in_processes(_detect_kinds_in_slice, parts, len(texts)))
    return np.concatenate([np.zeros((0, 4), dtype=bool), *kinds])


def _detect_kinds_in_slice(texts: Sequence[str]) -> np.ndarray:
    kinds = np.zeros((len(texts), 4), dtype=bool)
    for first in range(0, len(texts), _TEXTS_AT_ONCE):
        part = map_texts(_fold_contact_text, texts[first : first + _TEXTS_AT_ONCE])
        for row, hits in _find_term_hits(part).items():
            kinds[first + row] = _detect_kinds_of_contact(part[row], hits)
    return kinds


def _find_term_hits(texts: list[str]) -> dict[int, list[tuple[str, int, int]]]:
    """Return by text the terms that stand there as words: list, start, end."""
    lists, automaton = _build_automaton()
    found = automaton.find_matches_as_indexes(ROW_END.join(texts), overlapping=True)
    ends = np.cumsum([len(text) + 1 for text in texts])
    starts = ends - [len(text) + 1 for text in texts]
    place = np.array(found, dtype=np.int64).reshape(-1, 3)
    rows = np.searchsorted(ends, place[:, 1], side="right")
    hits: dict[int, list[tuple[str, int, int]]] = {}
    at = (place[:, 1:] - starts[rows][:, None]).tolist()
    for row, term, (start, end) in zip(rows.tolist(), place[:, 0], at, strict=True):
        if _is_whole_word(texts[row], start, end):
            many = hits.setdefault(row, [])
            many += [(name, start, end) for name in lists[term]]
    return hits


@cache
def _build_automaton() -> tuple[list[list[str]], Any]:
    """Return the lists each term is of, and what finds the terms."""
    import ahocorasick_rs

    lists: dict[str, list[str]] = {}
    for name in ("links", "apps", "codes", "ask", "phone"):
        for term in _load_contact_terms(name):
            lists.setdefault(term, []).append(name)
    for plus in ("+ ", "+(", *(f"+{digit}" for digit in range(1, 10))):
        lists[plus] = ["plus"]
    return list(lists.values()), ahocorasick_rs.AhoCorasick(list(lists))


def _is_whole_word(text: str, start: int, end: int) -> bool:
    """Tell whether no letter goes on before or after; digits may follow a term."""
    before, after = text[start - 1 : start], text[end : end + 1]
    if (
        before.isalnum()
        and text[start].isalnum()
        and not is_unspaced_script(text[start])
    ):
        return is_unspaced_script(before)
    last = text[end - 1]
    goes_on = after.isalpha() and last.isalpha()
    return not goes_on or is_unspaced_script(last) or is_unspaced_script(after)


def _fold_contact_text(text: str) -> str:
    """Fold case, width and digits, and drop what is not seen."""
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFKC", _HIDDEN_CHARS.sub("", text)).casefold()
    return _FOREIGN_DIGITS.sub(lambda digit: str(unicodedata.decimal(digit[0])), folded)


def _detect_kinds_of_contact(
    text: str, hits: list[tuple[str, int, int]]
) -> tuple[bool, bool, bool, bool]:
    of: dict[str, list[tuple[int, int]]] = {}
    for name, start, end in hits:
        of.setdefault(name, []).append((start, end))
    asked = sorted(of.get("ask", []))
    return (
        "links" in of,
        any(
            _is_followed_by_handle(text, *at) or _is_near_request(at, asked)
            for at in of.get("apps", [])
        ),
        _has_phone_number(text, of.get("phone", []), "plus" in of),
        any(_is_near_request(at, asked) for at in of.get("codes", [])),
    )


def _is_followed_by_handle(text: str, start: int, end: int) -> bool:
    """Tell whether a messenger's name is followed by a handle."""
    tail = text[end : end + _REQUEST_REACH]
    return bool(_HANDLE_PATTERN.match(tail) or _AT_HANDLE_PATTERN.match(tail))


def _is_near_request(at: tuple[int, int], asked: list[tuple[int, int]]) -> bool:
    """Tell whether a request stands close to a place."""
    last = bisect_left(asked, (at[1] + _REQUEST_REACH, 0))
    return any(
        end > at[0] - _REQUEST_REACH and (start, end) != at
        for start, end in asked[max(0, last - _MAX_REQUESTS_CHECKED) : last]
    )


def _has_phone_number(text: str, cues: list[tuple[int, int]], plus: bool) -> bool:
    if sum(map(str.isdigit, text)) < _MIN_DIGITS:
        return False
    if plus and any(
        _is_international_number(match.group(1))
        for match in _NUMBER_AFTER_PLUS.finditer(text)
    ):
        return True
    for _, end in cues:
        match = _NUMBER_AFTER_CUE.match(text, end)
        if match and _is_phone_number(match.group(1)):
            return True
    return False


def _is_international_number(number: str) -> bool:
    digits = re.sub(r"\D", "", number)
    # North America and Russia: one digit of country and ten of the number, always.
    if digits[:1] in ("1", "7"):
        return len(digits) == _DIGITS_WITH_SHORT_CODE
    return _MIN_DIGITS < len(digits) <= _MAX_DIGITS and digits.startswith(
        _load_contact_terms("country_codes")
    )


def _is_phone_number(number: str) -> bool:
    """Tell a telephone number from dates and runs of sizes ("36 37 38 39 40")."""
    digits = sum(map(str.isdigit, number))
    if not _MIN_DIGITS <= digits <= _MAX_DIGITS or _DATE_PATTERN.search(number):
        return False
    groups = [int(group) for group in re.findall(r"\d+", number)]
    steps = {b - a for a, b in pairwise(groups)}
    return len(groups) <= _MAX_GROUPS_IN_STEP or len(steps) > 1


@cache
def _load_contact_terms(name: str) -> tuple[str, ...]:
    terms = load_reference("lexicons/contact")[name]
    if name == "phone":  # a messenger is reached by number as well
        terms = [*terms, *load_reference("lexicons/contact")["apps"]]
    if isinstance(terms, dict):
        terms = [term for many in terms.values() for term in many]
    return tuple(sorted({_fold_contact_text(term) for term in terms}))
