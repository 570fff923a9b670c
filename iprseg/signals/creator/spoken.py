"""I01 and I05: what creators say and tag."""

import unicodedata
from functools import cache

import numpy as np
import pandas as pd

from iprseg.reference import load_lexicon
from iprseg.signals._inputs import Inputs, primary_langs
from iprseg.signals._result import Column, empty
from iprseg.signals._tables import texts_of
from iprseg.signals.creator._rates import shrunk_share
from iprseg.signals.text._lexicon import compile_lexicons, find_terms, settle_needs

# Terms that weigh this much together are no chance.
_ENOUGH = 0.9
# What parts one hashtag from the next, in the tables and in what people paste.
_PARTS = str.maketrans(dict.fromkeys(";,#＃|\n\t", " "))


def live_codeword(inputs: Inputs, creators: pd.Index) -> Column:
    """I01: shrunk share of a creator's transcripts with codewords for copies."""
    absent = inputs.lacks("promotions.creator_id") or inputs.lacks(
        "promotions.transcript"
    )
    promotions = inputs.table("promotions")
    if absent is not None or promotions is None:
        return empty(len(creators), absent or inputs.no_table("promotions"))
    texts = pd.Series(texts_of(promotions["transcript"]), index=promotions.index)
    said = promotions[(texts.str.strip() != "") & promotions["creator_id"].notna()]
    said = said.reset_index(drop=True)
    hit = speaks_in_code(inputs, said)
    return shrunk_share(inputs, said, hit, creators, "no_transcript")


def speaks_in_code(inputs: Inputs, said: pd.DataFrame) -> np.ndarray:
    """Tell which transcripts hold codewords for copies that are no chance together.

    Parameters
    ----------
    inputs : Inputs
    said : DataFrame
        Promotions with a ``transcript``.

    Returns
    -------
    array of bool, shape (n,)
    """
    lexicon = compile_lexicons("live_codeword", "replica")
    langs = _langs(inputs, said)
    # No brands are looked for in speech: terms that need one beside them do not count.
    hits = find_terms(texts_of(said["transcript"]), list(langs), lexicon, names={})
    nowhere = np.zeros(len(said), dtype=bool)
    hits = settle_needs(hits.drop_duplicates(), lexicon, langs, nowhere)
    weight = np.bincount(hits["row"], weights=hits["weight"], minlength=len(said))
    # sums such as 0.4 + 0.5 may end just below
    return weight >= _ENOUGH - 1e-9


def _langs(inputs: Inputs, said: pd.DataFrame) -> np.ndarray:
    """Return the languages of what is promoted: what hosts speak is not recorded."""
    if "listing_id" not in said.columns:
        return primary_langs(said)
    own = pd.Series(inputs.langs, index=inputs.listings.index, dtype=object)
    langs = own.reindex(said["listing_id"]).to_numpy(dtype=object)
    return np.where(pd.isna(langs), "", langs)


def dupe_hashtag(inputs: Inputs, creators: pd.Index) -> Column:
    """I05: shrunk share of a creator's promotions with a hashtag for copies."""
    absent = inputs.lacks("promotions.creator_id") or inputs.lacks(
        "promotions.hashtags"
    )
    promotions = inputs.table("promotions")
    if absent is not None or promotions is None:
        return empty(len(creators), absent or inputs.no_table("promotions"))
    # an empty field is known to hold none; a missing one is not known
    known = promotions["hashtags"].notna() & promotions["creator_id"].notna()
    tagged = promotions[known].reset_index(drop=True)
    hit = np.array([_tags_copies(t) for t in texts_of(tagged["hashtags"])], dtype=bool)
    return shrunk_share(inputs, tagged, hit, creators, "no_hashtags")


def _tags_copies(hashtags: str) -> bool:
    folded = unicodedata.normalize("NFKC", hashtags).casefold()
    tags = frozenset(folded.translate(_PARTS).split())
    return any(tags.isdisjoint(_tags()[tag]) for tag in tags & _tags().keys())


@cache
def _tags() -> dict[str, frozenset[str]]:
    """Return the hashtags for copies, with those beside which they are harmless."""
    terms = load_lexicon("dupe_hashtag")
    return {
        unicodedata.normalize("NFKC", term).casefold(): frozenset(near)
        for term, near in zip(terms["term"], terms["near"], strict=True)
    }
