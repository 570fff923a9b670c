import numpy as np
import pytest

from iprseg.embed.lexical import (
    N_BUCKETS,
    compute_lexical_vectors,
    count_words,
    fit_lexical,
    hash_ngrams,
)


def buckets(text):
    return set(hash_ngrams(count_words([text]).words).indices)


def test_the_hash_is_the_same_on_every_machine():
    # frozen from the first run; a change would make saved embedders lie
    assert sorted(buckets("ink")) == [14263, 21126, 47256, 47942, 55652]


def test_ngrams_do_not_cross_blanks():
    together, first, second = buckets("red bag"), buckets("red"), buckets("bag")
    assert together == first | second


def test_ngrams_do_not_cross_words():
    both = hash_ngrams(["red", "bag"])
    assert set(both[0].indices) == buckets("red")
    assert set(both[1].indices) == buckets("bag")


def test_a_word_said_again_adds_nothing():
    model = fit_lexical(["leather bag", "ink", "leather shoe"], 3, random_state=0)
    once, often = compute_lexical_vectors(
        count_words(["bag shoe", "bag shoe bag"]), model
    )
    np.testing.assert_array_equal(once, often)


@pytest.mark.parametrize("text", ["手提包", "กระเป๋า", "حقيبة", "가방", "сумка", "x"])
def test_every_script_leaves_a_trace(text):
    assert buckets(text)


def test_pairs_count_only_where_two_characters_make_a_word():
    assert buckets("手提") & buckets("手提包")  # a shared word of two characters
    assert len(buckets("ab")) == 3  # " ab", "ab ", " ab " and not "ab"


def test_empty_texts_and_no_texts():
    assert hash_ngrams([""]).nnz == 0
    assert hash_ngrams([]).shape == (0, N_BUCKETS)


def test_vectors_do_not_depend_on_their_neighbours():
    texts = ["leather bag", "ink cartridge", "手提包", ""]
    model = fit_lexical(texts, 4, random_state=0)
    together = compute_lexical_vectors(count_words(texts), model)
    alone = np.vstack(
        [compute_lexical_vectors(count_words([text]), model) for text in texts]
    )
    np.testing.assert_allclose(together, alone, atol=1e-6)


def test_more_components_than_texts_are_zero():
    model = fit_lexical(["a bag"], 5, random_state=0)
    vectors = compute_lexical_vectors(count_words(["a bag"]), model)
    np.testing.assert_allclose(np.abs(vectors), [[1, 0, 0, 0, 0]], atol=1e-6)


def test_a_text_unlike_anything_fitted_is_zero_not_noise():
    model = fit_lexical(["leather bag", "ink"], 4, random_state=0)
    assert not compute_lexical_vectors(count_words(["กระเป๋า"]), model).any()
