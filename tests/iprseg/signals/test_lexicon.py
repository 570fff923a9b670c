import pytest
from hypothesis import given
from hypothesis import strategies as st

from iprseg.text.lexicon import compile_lexicons, find_terms, fold_keeping_accents

REVIEWS = compile_lexicons("review_fake")
REPLICA = compile_lexicons("replica")


def terms(text, lang="", lexicon=REPLICA):
    hits = find_terms([text], [lang], lexicon)
    return lexicon.table["term"].loc[hits["term"]].tolist()


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("Zephyra bag MASTER  COPY", "master copy"),
        ("super-copy bag", "super copy"),
        ("tas KW super AAA", "kw super aaa"),
        ("túi hàng Quảng Châu cao cấp", "hàng quảng châu cao cấp"),
        ("กระเป๋างานมิลเลอร์สวยมาก", "งานมิลเลอร์"),
        ("奢侈品高仿手袋", "高仿"),
        ("バッグ スーパーコピー", "スーパーコピー"),
        ("가방 미러급", "미러급"),
        ("bolso réplica", "réplica"),
        ("bolsa 1ª linha", "1a linha"),
        ("sac contretype", "contretype"),
        ("Parfum Duftzwilling", "duftzwilling"),
        ("torebka podróbka", "podróbka"),
        ("çanta çakma", "çakma"),
        ("حقيبة هاي كوبي", "هاي كوبي"),
        ("сумка люкс копия", "люкс копия"),
        ("bag 🅰️🅰️🅰️", "🅰🅰🅰"),
        ("ＡＡＡ quality bag", "aaa quality"),
    ],
)
def test_terms_in_many_languages(text, term):
    assert terms(text) == [term]


@pytest.mark.parametrize(
    "text",
    [
        "not a replica",
        "no replicas here",
        "this is no cheap replica",
        "bukan KW",
        "не реплика",
        "no es una réplica",
        "não é réplica",
        "这不是高仿",
        "ไม่ใช่งานก๊อป",
        "コピー品ではありません",
        "레플리카 아님",
        "replika değil",
        "scale replica car",
        "replica jersey home",
        "12 x AAA battery",
        "AAA 1.5 V alkaline batteries",
        "replicable, duped",
    ],
)
def test_negated_or_harmless(text):
    assert terms(text) == []


def beside(text, lang):
    hits = find_terms([text], [lang], REPLICA, {0: ["Zephyra"]})
    return REPLICA.table["term"].loc[hits["term"]].tolist()


@pytest.mark.parametrize(
    ("text", "lang", "term"),
    [
        ("imitation sac Zephyra", "fr", "imitation"),
        ("Zephyra Tasche Nachbildung schwarz", "de", "nachbildung"),
        ("Nachbildung einer Tasche Zephyra", "de", "nachbildung"),
        ("copie de sac à main Zephyra", "fr", "copie de"),
        ("copia borsa Zephyra", "it", "copia"),
        ("clon bolso Zephyra", "es", "clon"),
        ("копия сумки Zephyra", "ru", "копия"),
        ("imitation Zephyra", "fr", "imitation"),
    ],
)
def test_the_goods_may_stand_between_a_brand_and_its_copy(text, lang, term):
    assert beside(text, lang) == [term]


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("imitation pearl bag Zephyra", "en"),
        ("Zephyra bag imitation leather strap", "en"),
        ("Zephyra sac imitation de cuir", "fr"),
        ("imitation cuir, sac Zephyra", "fr"),
        ("imitation. sac Zephyra", "fr"),
        ("imitation sac rouge cuir neuf Zephyra", "fr"),
        ("imitation sac", "fr"),
        ("imitation sac Zephyra", "de"),
        ("tipo bolso Zephyra", "es"),
        ("pas une imitation sac Zephyra", "fr"),
    ],
)
def test_an_everyday_word_farther_from_the_brand_is_no_copy(text, lang):
    assert beside(text, lang) == []


def test_negation_ends_with_the_sentence_and_after_three_words():
    assert terms("not expensive. replica") == ["replica"]
    assert terms("not your usual cheap looking replica") == ["replica"]


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("it is a fake!", "en"), ("not authentic at all", "en"), ("barang palsu", "id"), ("bukan ori", "id"),
        ("tiruan", "ms"), ("đây là hàng giả", "vi"), ("ได้ของปลอมมา", "th"), ("peke po", "fil"), ("收到的是假货", "zh"),
        ("偽物でした", "ja"), ("완전 짝퉁", "ko"), ("es falso", "es"), ("produto falsificado", "pt"), ("não é original", "pt"),
        ("c'est une contrefaçon", "fr"), ("das ist eine Fälschung", "de"), ("è un tarocco", "it"), ("to podróbka", "pl"),
        ("ürün sahte", "tr"), ("orijinal değil", "tr"), ("منتج تقليد", "ar"), ("это подделка", "ru"),
    ],
)  # fmt: skip
def test_reviews_that_call_it_fake(text, lang):
    assert terms(text, lang, REVIEWS)


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("not fake", "en"), ("these are fake reviews", "en"), ("nice faux leather", "en"), ("fake nails look great", "en"),
        ("faux cils parfaits", "fr"), ("giá tốt", "vi"), ("não é falso", "pt"), ("tidak palsu", "id"), ("не подделка", "ru"),
        ("不是假货", "zh"), ("偽物ではありません", "ja"), ("no es falso", "es"), ("100% original", "en"),
    ],
)  # fmt: skip
def test_reviews_that_do_not(text, lang):
    assert terms(text, lang, REVIEWS) == []


def test_accents_matter():
    assert fold_keeping_accents("giả") != fold_keeping_accents("giá")


@given(
    st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=50), max_size=5)
)
def test_any_text_is_read_and_rows_are_apart(texts):
    apart = [find_terms([text], [""], REPLICA)["term"].tolist() for text in texts]
    hits = find_terms(texts, [""] * len(texts), REPLICA)
    together = [hits.loc[hits["row"] == i, "term"].tolist() for i in range(len(texts))]
    assert sorted(map(sorted, apart)) == sorted(map(sorted, together))
