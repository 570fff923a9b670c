import numpy as np
import pytest
from scipy import sparse

from iprseg.embed import lexical
from iprseg.embed.lexical import compute_singular_vectors


@pytest.fixture
def rows():
    rng = np.random.default_rng(0)
    dense = rng.normal(size=(60, 8)) * 0.6 ** np.arange(8) @ rng.normal(size=(8, 90))
    return sparse.csr_matrix(np.where(rng.random((60, 90)) < 0.5, dense, 0), dtype="f4")


def test_directions_are_those_of_the_full_decomposition(rows):
    exact = np.linalg.svd(rows.toarray().astype(float), full_matrices=False)[2][:3]
    found = compute_singular_vectors([rows], 3, random_state=0)
    np.testing.assert_allclose(np.abs(exact @ found), np.eye(3), atol=1e-4)


def test_directions_are_those_of_scikit_learn(rows):
    from sklearn.utils.extmath import randomized_svd

    theirs = randomized_svd(rows, 20, n_iter=3, random_state=3)[2]
    ours = compute_singular_vectors([rows], 20, random_state=3)
    np.testing.assert_allclose(np.abs(theirs @ ours), np.eye(20), atol=2e-3)


def test_a_product_need_not_be_made(rows):
    left = sparse.random(200, 60, 0.2, random_state=0, format="csr", dtype="f4")
    whole = compute_singular_vectors([(left @ rows).tocsr()], 3, random_state=0)
    np.testing.assert_allclose(
        compute_singular_vectors([left, rows], 3, 0), whole, atol=1e-4
    )


def test_no_direction_is_made_up_where_the_rows_have_no_more():
    same = sparse.csr_matrix(np.ones((30, 1)) @ np.arange(5.0)[None], dtype="f4")
    found = compute_singular_vectors([same], 4, random_state=0)
    np.testing.assert_allclose(found.T @ found, [[1]], atol=1e-6)
    np.testing.assert_allclose(found[:, 0] * 30**0.5, np.arange(5), atol=1e-5)


def test_a_product_in_blocks_is_the_product(rows, monkeypatch):
    right = np.random.default_rng(1).normal(size=(90, 7)).astype("f4")
    whole = lexical.multiply_sparse(rows, right)
    monkeypatch.setattr(lexical, "_BLOCK_ROWS", 7)
    np.testing.assert_array_equal(lexical.multiply_sparse(rows, right), whole)
