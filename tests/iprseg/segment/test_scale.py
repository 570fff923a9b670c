import numpy as np
import pytest

from iprseg.segment.scaling import (
    MAX_DIMS,
    RANK_SHRINKAGE,
    apply_scales,
    build_identity_scale,
    fit_scales,
)

RNG = np.random.default_rng(0)


def scaled(data, blocks, weights=None, vector_blocks=()):
    weights = weights or dict.fromkeys(blocks, 1.0)
    return apply_scales(data, fit_scales(data, blocks, weights, vector_blocks))


def total_variance(rows):
    return rows.var(axis=0).sum()


def test_each_block_has_the_variance_of_its_weight():
    data = RNG.normal(size=(500, 6)) * [1, 10, 1000, 1, 1, 1e-6]
    weights = {"a": 1.0, "b": 0.25}
    rows = scaled(data, {"a": [0, 1, 2], "b": [3, 4, 5]}, weights)
    # three columns of equal variance have rank 3: the blocks get 3 / (3 + SHRINK)
    share = 3 / (3 + RANK_SHRINKAGE)
    assert total_variance(rows[:, :3]) == pytest.approx(share, rel=0.01)
    assert total_variance(rows[:, 3:]) == pytest.approx(0.25 * share, rel=0.01)


def test_a_block_of_one_column_does_not_carry_as_much_as_one_of_twenty():
    data = RNG.normal(size=(2_000, 21))
    rows = scaled(data, {"one": [0], "many": range(1, 21)})
    assert total_variance(rows[:, :1]) == pytest.approx(1 / (1 + RANK_SHRINKAGE))
    assert total_variance(rows[:, 1:]) == pytest.approx(
        20 / (20 + RANK_SHRINKAGE), rel=0.01
    )


def test_columns_of_a_block_count_alike_whatever_their_unit():
    data = RNG.normal(size=(2000, 2)) * [1, 1e6]
    first, second = scaled(data, {"a": [0, 1]}).var(axis=0)
    assert first == pytest.approx(second, rel=0.1)


def test_columns_of_a_vector_keep_their_proportions():
    data = RNG.normal(size=(2000, 2)) * [1, 10]
    rows = scaled(data, {"meaning": [0, 1]}, vector_blocks=("meaning",))
    ratio = rows[:, 1].std() / rows[:, 0].std()
    assert ratio == pytest.approx(data[:, 1].std() / data[:, 0].std())


def test_one_wild_value_changes_nobody_elses_place():
    data = RNG.normal(size=(400, 2))
    wild = data.copy()
    wild[0, 0] = 1e9
    calm, upset = scaled(data, {"a": [0, 1]}), scaled(wild, {"a": [0, 1]})
    np.testing.assert_allclose(calm[1:], upset[1:], atol=0.05)
    assert np.abs(upset[0]).max() < 4


def test_missing_is_the_centre_and_is_told_from_average():
    data = RNG.normal(size=(400, 3))
    data[:40, 0] = np.nan
    data[0] = np.nan
    data[1] = np.nanmedian(data, axis=0)
    rows = scaled(data, {"a": [0, 1, 2]})
    assert rows.shape[1] == 4
    assert np.isfinite(rows).all()
    # both lie at the centre of the values; only the share missing differs
    np.testing.assert_allclose(rows[0, :3], rows[1, :3], atol=0.02)
    assert rows[0, 3] > rows[40:, 3].max()


def test_a_column_that_is_always_missing_or_constant_counts_nothing():
    data = np.column_stack([RNG.normal(size=100), np.full(100, np.nan), np.ones(100)])
    alone = scaled(data[:, :1], {"a": [0]})
    rows = scaled(data, {"a": [0, 1, 2]})
    np.testing.assert_allclose(rows, np.hstack([alone, 0 * alone, 0 * alone]))


@pytest.mark.parametrize("value", [0.0, 7.0, np.nan])
def test_a_block_without_variation_is_zero(value):
    data = np.column_stack([RNG.normal(size=50), np.full((50, 2), value)])
    rows = scaled(data, {"a": [0], "b": [1, 2]})
    assert not rows[:, 1:].any()


def test_rare_flags_are_seen_although_their_quartiles_are_equal():
    data = np.zeros((200, 2))
    data[:10, 0] = 1
    data[:100, 1] = RNG.normal(size=100)
    data[100:, 1] = RNG.normal(size=100)
    rows = scaled(data, {"a": [0, 1]})
    # the step of a flag is four standard deviations of an ordinary column
    step = rows[0, 0] - rows[50, 0]
    assert step / rows[:, 1].std() == pytest.approx(4, rel=0.15)


def test_a_chance_hit_is_not_the_loudest_signal():
    data = np.zeros((300, 2))
    data[:80, 0] = 1 / 6  # one listing of six, by chance
    data[80:100, 0] = 1  # all of them
    data[:, 1] = RNG.normal(size=300)
    rows = scaled(data, {"a": [0, 1]})
    assert rows[0, 0] - rows[200, 0] < rows[:, 1].std()


def test_wide_blocks_keep_their_main_directions():
    signal = RNG.normal(size=(300, 2)) @ RNG.normal(size=(2, 150)) * 10
    data = signal + RNG.normal(size=(300, 150)) * 0.01
    rows = scaled(data, {"meaning": range(150)}, vector_blocks=("meaning",))
    assert rows.shape[1] == MAX_DIMS
    assert rows[:, :2].var(axis=0).sum() > 0.999 * total_variance(rows)


def test_without_blocks_rows_stay_as_they_are():
    data = RNG.normal(size=(20, 5)) * 1e5
    np.testing.assert_array_equal(apply_scales(data, build_identity_scale(data)), data)


def test_the_size_of_shops_counts_for_a_quarter_of_what_they_say():
    from iprseg.segment import Segmenter

    columns = np.random.default_rng(0).normal(size=(400, 6))
    blocks = {"text_risk": [0, 1, 2], "behaviour": [3, 4, 5]}
    with pytest.warns(UserWarning, match="none of the 400 rows"):
        rows = Segmenter(blocks=blocks, n_neighbors=0).fit(columns).scaled(columns)
    ratio = total_variance(rows[:, 3:]) / total_variance(rows[:, :3])
    assert ratio == pytest.approx(0.25, rel=0.02)


def test_a_vector_without_wild_values_is_as_if_nothing_were_held():
    data = RNG.normal(size=(500, 8)) * np.linspace(1, 5, 8)
    (plain,) = build_identity_scale(data)
    np.testing.assert_array_equal(apply_scales(data, [plain]), data)
    (held,) = fit_scales(data, {"meaning": range(8)}, {"meaning": 1.0}, ("meaning",))
    centred = (data - data.mean(axis=0)) * held.factor
    np.testing.assert_allclose(apply_scales(data, [held]), centred, rtol=1e-12)
    data[0, 0] = 1e9
    (again,) = fit_scales(data, {"meaning": range(8)}, {"meaning": 1.0}, ("meaning",))
    assert again.factor == pytest.approx(held.factor, rel=0.3)
    np.testing.assert_allclose(again.center, held.center, atol=1)
