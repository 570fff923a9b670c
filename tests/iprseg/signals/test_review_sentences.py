"""F01 on invented sentences of 18 languages: claims, denials, other senses."""

import numpy as np
import pandas as pd
import pytest

from iprseg.signals.feedback.review_claims import drop_settled_fears, find_fake_claims
from tests.iprseg.signals.review_sentences import flagged

TOLD = flagged()
LANGS = sorted(set(TOLD["lang"]))


def test_the_lexicons_languages_are_all_there():
    assert len(LANGS) == 18


@pytest.mark.parametrize("lang", LANGS)
def test_claims_are_flagged_and_denials_are_not(lang):
    rows = TOLD[TOLD["lang"] == lang]
    by = rows.groupby("kind")["flagged"].mean()
    # measured: all claims; no denial but one of English; no other sense
    assert by["claims"] >= 5 / 6
    assert by["denies"] <= 1 / 6
    assert by["other"] == 0


def test_a_denial_that_is_not_seen():
    # the turn comes back on itself: nothing here says "original"
    text = "People say it is counterfeit but it isn't"
    assert find_fake_claims(pd.Series([text]), np.array(["en"])).all()


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("en", "I thought it was original but it is a fake"),
        ("en", "I was worried. It is fake"),
        ("pt", "Pensei que era bom mas não é original"),
        ("ru", "Думал оригинал, а оказалась подделка"),
        ("ja", "本物かと思いましたが偽物でした"),
        ("ko", "정품인 줄 알았는데 짝퉁이에요"),
        ("de", "Ich dachte es ist gut, aber es ist kein Original"),
    ],
)
def test_a_hope_that_was_disappointed_is_a_claim(lang, text):
    assert find_fake_claims(pd.Series([text]), np.array([lang])).all()


def test_a_compatible_product_that_is_praised_is_no_claim():
    texts = ["Não perde para o original", "No tiene nada que envidiar al original"]
    assert not find_fake_claims(pd.Series(texts), np.array(["pt", "es"])).any()


def test_an_unknown_language_is_tried_in_all():
    text = "Achei que fosse pirata, mas é original"
    assert (
        drop_settled_fears(text, "")
        == drop_settled_fears(text, "pt")
        == "mas é original"
    )


def test_only_the_sentence_of_the_fear_is_cut():
    text = "It is a fake! I was worried but the box is real."
    assert drop_settled_fears(text, "en").startswith("it is a fake!")


@pytest.mark.parametrize(
    ("text", "lang", "claims"),
    [
        ("hàng giả? không, hàng thật", "vi", False),
        ("A fake? No, genuine.", "en", False),
        ("¿Es falso? No.", "es", False),
        ("Подделка? Нет, оригинал", "ru", False),
        ("是假货吗？不是，正品", "zh", False),
        ("منتج تقليد؟ لا، أصلي", "ar", False),
        ("hàng giả? đúng vậy", "vi", True),
        ("A fake? No idea, but it peels.", "en", True),
        ("A fake. No, genuine.", "en", True),
        ("Good? No, terrible. It is a fake.", "en", True),
    ],
)
def test_a_question_that_is_denied_is_no_claim(text, lang, claims):
    assert find_fake_claims(pd.Series([text]), np.array([lang])).tolist() == [claims]
