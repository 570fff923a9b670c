import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from iprseg.embed import TextEmbedder, embed_listings
from iprseg.embed.pretrained import compute_sentence_vectors, distil
from iprseg.errors import IprsegError, MissingExtraError, TableError

THAI = ["กระเป๋าหนังแท้ สีดำ", "รองเท้าผ้าใบ ผู้ชาย", "น้ำหอม ของแท้ 100ml"]
ARABIC = ["حقيبة يد جلدية سوداء", "حذاء رياضي للرجال", "عطر أصلي"]
CHINESE = ["黑色真皮手提包", "男士运动鞋", "正品香水"]
ENGLISH = ["Black leather handbag", "Running shoes for men", "Original perfume 100 ml"]


@pytest.fixture(scope="module", params=["lexical", "static+lexical"])
def embedder(request):
    if request.param != "lexical":
        pytest.importorskip("model2vec")
        distil()
    return TextEmbedder(request.param, n_components=16)


def cosines(vectors):
    return (vectors @ vectors.T)[np.triu_indices(len(vectors), k=1)]


@pytest.mark.text
@pytest.mark.parametrize("titles", [THAI, ARABIC, CHINESE, ENGLISH])
def test_different_titles_of_any_script_differ(embedder, titles):
    vectors = embedder.fit_transform([*THAI, *ARABIC, *CHINESE, *ENGLISH])
    start = [*THAI, *ARABIC, *CHINESE, *ENGLISH].index(titles[0])
    assert cosines(vectors[start : start + 3]).max() < 0.5


@pytest.mark.text
def test_titles_that_the_static_model_cannot_read_are_counted():
    distil()
    embedder = TextEmbedder(n_components=16)
    vectors = embedder.fit_transform([*THAI, *ARABIC, *CHINESE, *ENGLISH])
    assert embedder.n_lexical_only_ == 9
    static = vectors[:, :256]
    assert not static[:9].any()
    assert static[9:].any(axis=1).all()


@pytest.mark.text
def test_decoration_does_not_make_a_title_unknown():
    distil()
    embedder = TextEmbedder(n_components=4).fit(["bag ★★★ 😀😀", "ink"])
    embedder.transform(["bag ★★★ 😀😀"])
    assert embedder.n_lexical_only_ == 0


@pytest.mark.text
def test_vectors_have_length_one_or_none(embedder):
    vectors = embedder.fit_transform(["a bag", "", None, "x" * 10_000_000, "手提包"])
    lengths = np.linalg.norm(vectors, axis=1)
    np.testing.assert_allclose(lengths, [1, 0, 0, 1, 1], atol=1e-5)
    assert vectors.dtype == np.float32
    assert (embedder.n_empty_, embedder.n_truncated_) == (2, 1)
    embedder.transform(["ﷺ" * 1_500])  # eighteen letters each in normal form
    assert embedder.n_truncated_ == 1


@pytest.mark.text
def test_a_row_does_not_depend_on_its_neighbours(embedder):
    titles = [*THAI, *ENGLISH, ""]
    embedder.fit(titles)
    alone = np.vstack([embedder.transform([title]) for title in titles])
    np.testing.assert_allclose(embedder.transform(titles), alone, atol=1e-5)


@pytest.mark.text
def test_rows_do_not_depend_on_where_the_texts_are_parted(embedder, monkeypatch):
    titles = [*THAI, *ENGLISH, "", *ENGLISH, *CHINESE]
    together = clone(embedder).fit(titles)
    vectors = together.transform(titles)
    monkeypatch.setattr("iprseg.embed.text_embedder._CHUNK_TEXTS", 4)
    parted = clone(embedder)
    np.testing.assert_allclose(parted.fit_transform(titles), vectors, atol=1e-6)
    assert parted.n_lexical_only_ == together.n_lexical_only_


@pytest.mark.text
def test_a_title_a_fifth_of_which_is_unknown_keeps_its_meaning():
    distil()
    titles = ["red leather bag strap ☃ไ", "red leather bag ☃ไ"]  # 1 of 5, 1 of 4
    embedder = TextEmbedder(n_components=4)
    static = embedder.fit_transform(titles)[:, :256]
    assert static.any(axis=1).tolist() == [True, False]


@pytest.mark.text
def test_one_seed_one_result(embedder):
    first = clone(embedder).fit_transform(ENGLISH)
    np.testing.assert_array_equal(first, clone(embedder).fit_transform(ENGLISH))


@pytest.mark.text
def test_titles_that_mean_the_same_are_near_without_a_shared_word():
    distil()
    titles = ["sneakers", "running shoes", "perfume"]
    vectors = TextEmbedder("static").fit_transform(titles)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.1


@pytest.mark.text
def test_a_sentence_model_is_asked_once_per_text(tmp_path, monkeypatch):
    vectors = TextEmbedder("minilm", cache=tmp_path).fit_transform(ENGLISH)
    assert vectors.shape == (3, 384)
    monkeypatch.setattr("iprseg.embed.pretrained._load_sentence_model", None)
    again = compute_sentence_vectors(ENGLISH, "minilm", tmp_path)
    np.testing.assert_array_equal(vectors, again)


@pytest.mark.text
def test_a_model_that_is_not_here_is_not_fetched():
    with pytest.raises(IprsegError, match="neither a folder nor in the local"):
        TextEmbedder("nobody/no-such-model").fit(["a"])


@pytest.mark.text
def test_a_folder_that_is_no_model(tmp_path):
    with pytest.raises(IprsegError, match="must be a sentence-transformers folder"):
        TextEmbedder(str(tmp_path)).fit(["a"])


def test_a_missing_extra_is_never_replaced_by_another_model(monkeypatch):
    monkeypatch.setitem(sys.modules, "model2vec", None)
    with pytest.raises(MissingExtraError, match="model2vec is needed to"):
        TextEmbedder().fit(["a"])


def test_bad_parameters_are_refused():
    with pytest.raises(IprsegError, match="'n_components' parameter of TextEmbedder"):
        TextEmbedder("lexical", n_components=0).fit(["a"])
    with pytest.raises(IprsegError, match="'model' parameter of TextEmbedder"):
        TextEmbedder(None).fit(["a"])
    with pytest.raises(IprsegError, match="at least one text"):
        TextEmbedder("lexical").fit([])
    with pytest.raises(NotFittedError, match="not fitted yet"):
        TextEmbedder("lexical").transform(["a"])


def test_listings_keep_their_names():
    listings = pd.DataFrame({"listing_id": ["l9", "l1"], "title": ["Bag", None]})
    embedder = TextEmbedder("lexical", n_components=3)
    vectors = embed_listings({"listings": listings}, embedder)
    assert vectors.index.tolist() == ["l9", "l1"]
    assert vectors.columns.tolist() == ["e_000", "e_001", "e_002"]
    assert embedder.get_feature_names_out().tolist() == vectors.columns.tolist()
    pd.testing.assert_frame_equal(embed_listings(listings, embedder), vectors)


def test_listings_without_titles():
    with pytest.raises(TableError, match="listings needs the column 'title'"):
        embed_listings(pd.DataFrame({"listing_id": [1]}))


@pytest.mark.parametrize("model", ["lexical", "static+lexical"])
def test_a_text_has_one_vector_whatever_else_is_in_the_batch(model):
    words = ["red", "blue", "silk", "bag", "shoe", "watch", "lamp", "case"]
    rng = np.random.default_rng(0)
    titles = [" ".join(rng.choice(words, 6)) for _ in range(60)]
    embedder = TextEmbedder(model, n_components=8).fit(titles)
    alone = np.vstack([embedder.transform([title]) for title in titles])
    np.testing.assert_array_equal(alone, embedder.transform(titles))


@pytest.mark.parametrize(
    ("params", "match"),
    [
        ({"n_components": 1.5}, "'n_components' .* must be a whole number; got 1.5"),
        ({"n_components": 10**6}, "'n_components' parameter of TextEmbedder"),
        ({"random_state": -1}, "'random_state' parameter of TextEmbedder"),
        ({"random_state": "3"}, "'random_state' parameter of TextEmbedder"),
    ],
)
def test_refuses_what_is_no_number_of_its_kind(params, match):
    with pytest.raises(IprsegError, match=match):
        TextEmbedder("lexical", **params).fit(["red bag"])
