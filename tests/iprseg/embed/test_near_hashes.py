"""The index finds what comparing all pairs finds."""

import faiss
import numpy as np
import pytest

from iprseg import IprsegError
from iprseg.embed.image_hashes import (
    find_near_hashes,
    find_near_turned_hashes,
    read_hashes,
    turn_hashes,
)


def flipped(codes, counts, rng):
    bits = np.unpackbits(codes, axis=1)
    for row, count in zip(bits, counts, strict=True):
        row[rng.choice(256, count, replace=False)] ^= 1
    return np.packbits(bits, axis=1)


def random_codes(n, rng):
    return rng.integers(0, 256, (n, 32), dtype=np.uint8)


@pytest.mark.parametrize("distance", [0, 15, 31])
def test_pairs_are_those_of_comparing_all(distance):
    rng = np.random.default_rng(7)
    others = random_codes(800, rng)
    codes = flipped(others[:400], np.arange(400) % 40, rng)
    all_pairs = faiss.IndexBinaryFlat(256)
    all_pairs.add(others)
    # faiss gives distances below the radius
    ends, far, other = all_pairs.range_search(codes, distance + 1)
    position = np.repeat(np.arange(400), np.diff(ends.astype(int)))
    expected = sorted(zip(position, other, far.astype(int), strict=True))
    assert (
        sorted(zip(*find_near_hashes(codes, others, distance), strict=True)) == expected
    )
    # 400 pairs, their distances 0 to 39 ten times over
    assert len(expected) == 10 * (distance + 1)


def test_32_bits_are_too_far_wherever_they_lie():
    rng = np.random.default_rng(3)
    base = np.repeat(random_codes(1, rng), 600, axis=0)
    near, beyond = flipped(base, [31] * 600, rng), flipped(base, [32] * 600, rng)
    assert len(find_near_hashes(near, base[:1])[0]) == 600
    assert len(find_near_hashes(beyond, base[:1])[0]) == 0


def test_two_bits_in_every_part_but_one_are_found():
    # 15 parts of 16 bits differ by two each, the last by one: 31, the hardest case
    grid = np.zeros((1, 16, 16), np.uint8)
    grid[0, :, :2] = 1
    grid[0, 15, 1] = 0
    code = np.packbits(grid.reshape(1, 256), axis=1)
    assert find_near_hashes(code, np.zeros((1, 32), np.uint8))[2].tolist() == [31]


def test_many_copies_are_all_paired():
    copies = np.zeros((60, 32), np.uint8)
    assert len(find_near_hashes(copies, copies)[0]) == 3600


def test_no_more_pairs_of_each_than_asked_for():
    rng = np.random.default_rng(5)
    base = np.repeat(random_codes(1, rng), 300, axis=0)
    copies = flipped(base, [8] * 300, rng)
    position, other, _ = find_near_hashes(copies, copies, most=7)
    assert np.bincount(position, minlength=300).tolist() == [7] * 300
    every = set(zip(*find_near_hashes(copies, copies)[:2], strict=True))
    assert set(zip(position, other, strict=True)) < every
    assert len(find_near_hashes(copies, copies, most=0)[0]) == 0


@pytest.mark.parametrize("distance", [0, 15, 31])
def test_turned_pairs_are_those_of_turning_and_comparing_all(distance):
    rng = np.random.default_rng(9)
    others = random_codes(280, rng)
    # each way forty times, with 0 to 39 bits changed
    ways = [way[40 * k : 40 * k + 40] for k, way in enumerate(turn_hashes(others))]
    codes = flipped(np.concatenate(ways), list(range(40)) * 7, rng)
    found = set(zip(*find_near_turned_hashes(codes, others, distance), strict=True))
    expected = {
        (i, j)
        for way in turn_hashes(codes)
        for i, j in np.argwhere(
            np.bitwise_count(way[:, None] ^ others).sum(axis=2, dtype=int) <= distance
        ).tolist()
    }
    assert found == expected and len(expected) == 7 * (distance + 1)


def test_a_pair_that_is_near_in_several_ways_is_told_once():
    grid = np.zeros((16, 16), np.uint8)
    grid[1::2, 1::2] = 1  # stays the same when flipped over its diagonal
    code = np.packbits(grid.reshape(1, 256)[:, ::-1], axis=1)
    ways = np.concatenate([code, *turn_hashes(code)])
    position, other = find_near_turned_hashes(code, ways)
    assert (position == 0).all() and sorted(other) == list(range(8))
    # two by mirrors, two by flips at the most
    assert len(find_near_turned_hashes(code, ways, most=2)[0]) <= 4


def test_nothing_is_near_nothing():
    nothing = np.zeros((0, 32), np.uint8)
    assert [len(part) for part in find_near_hashes(nothing, nothing)] == [0, 0, 0]
    assert [len(part) for part in find_near_turned_hashes(nothing, nothing)] == [0, 0]


def test_the_index_is_exact_up_to_31_only():
    codes = np.zeros((1, 32), np.uint8)
    with pytest.raises(IprsegError, match="'distance' parameter of find_near_hashes"):
        find_near_hashes(codes, codes, 32)
    with pytest.raises(
        IprsegError, match="'distance' parameter of find_near_turned_hashes"
    ):
        find_near_turned_hashes(codes, codes, 32)


def test_what_is_no_hash_is_left_out():
    odd = [
        "",
        "0" * 63,
        "0" * 65,
        "g" * 64,
        " " * 64,
        "00 " * 21 + "0",
        5,
        None,
        float("nan"),
    ]
    assert not read_hashes(odd)[1].any()
    assert read_hashes(["AB" * 32])[0][0].tolist() == [0xAB] * 32


def test_turning_twice_gives_the_image_back():
    codes = random_codes(20, np.random.default_rng(1))
    turned = list(turn_hashes(codes))
    assert len(turned) == 7
    # mirrors, the half turn and flips over a diagonal undo themselves
    for way in (0, 1, 2, 3, 6):
        again = list(turn_hashes(turned[way]))[way]
        np.testing.assert_array_equal(again, codes)
    # a quarter turn to one side undoes the other
    np.testing.assert_array_equal(list(turn_hashes(turned[4]))[5], codes)
