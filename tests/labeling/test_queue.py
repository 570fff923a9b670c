"""The queue serves in the stored order, saves once, undoes, and shares fairly."""

import json
import math

import pytest

from labeling import (
    AnswerError,
    Codebook,
    LabelingError,
    LabelQueue,
    LabelStore,
    Progress,
)
from tests.labeling.worlds import (
    COUNTERFEIT,
    DESIGN,
    NOTHING,
    UNSURE,
    make_listings,
    make_queue,
    make_sample,
    make_store,
)

BOOK = Codebook.load()


class Clock:
    """Seconds that pass only when told to."""

    def __init__(self):
        self.now = 1_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def store(tmp_path, clock):
    store = make_store(tmp_path / "labels.db")
    store.clock = clock
    return store


def served(queue):
    """Label everything; the order in which it came."""
    order = []
    while item := queue.next():
        order.append(item.listing_id)
        queue.submit(item, NOTHING)
    return order


def test_items_come_in_the_stored_serving_order(store):
    assert served(LabelQueue(store, BOOK, "a")) == [
        "L0005",
        "L0004",
        "L0003",
        "L0002",
        "L0001",
        "L0000",
    ]


def test_next_gives_the_same_item_until_it_is_answered(store):
    queue = LabelQueue(store, BOOK, "a")
    assert queue.next() == queue.next() == queue.peek(3)[0]
    queue.flag(queue.next(), note="look")
    assert queue.next().listing_id == "L0005"
    queue.skip(queue.next())
    assert queue.next().listing_id == "L0004"


def test_an_item_shows_nothing_of_the_design(store):
    item = LabelQueue(store, BOOK, "a").next()
    assert set(vars(item)) == {"key", "listing_id", "content"}
    assert set(item.content) == {"title", "price", "currency"}


def test_a_retry_is_saved_once_and_acknowledged_the_same(store):
    queue = LabelQueue(store, BOOK, "a")
    item = queue.next()
    first = queue.submit(item, NOTHING, "one-id", rationale="why")
    events = len(store.events())
    assert queue.submit(item, NOTHING, "one-id", rationale="why") == first
    assert LabelQueue(store, BOOK, "a").submit(item.key, NOTHING, "one-id") == first
    assert len(store.events()) == events and queue.progress.labeled == 1
    flags = {queue.flag(queue.next(), "flag-id") for _ in range(2)}
    assert len(flags) == 1


def test_an_id_used_for_something_else_is_refused(store):
    queue = LabelQueue(store, BOOK, "a")
    first, second = queue.peek(2)
    queue.submit(first, NOTHING, "one-id")
    for action in (
        lambda: queue.submit(second, NOTHING, "one-id"),
        lambda: queue.skip(first, "one-id"),
        lambda: LabelQueue(store, BOOK, "b").submit(first, NOTHING, "one-id"),
    ):
        with pytest.raises(
            AnswerError, match="id 'one-id' was used for something else"
        ):
            action()


def test_a_second_answer_to_an_item_is_refused_until_the_first_is_undone(store):
    queue = LabelQueue(store, BOOK, "a")
    item = queue.next()
    queue.submit(item, NOTHING)
    with pytest.raises(
        AnswerError, match="You answered 'L0005' already; undo that answer"
    ):
        queue.submit(item, COUNTERFEIT)
    assert queue.undo() == item == queue.next()
    queue.submit(item, COUNTERFEIT)
    assert store.verify().ok


def test_a_refused_answer_leaves_no_trace(store):
    queue = LabelQueue(store, BOOK, "a")
    before = store.verify()
    with pytest.raises(AnswerError, match="needs the field 'severity'"):
        queue.submit(queue.next(), {"primary": "TM_COUNTERFEIT"}, rationale="words")
    with pytest.raises(AnswerError, match="has no item with the key 'nowhere'"):
        queue.submit("nowhere", NOTHING)
    assert store.verify() == before


def test_undo_goes_back_step_by_step_and_over_a_restart(store):
    queue = LabelQueue(store, BOOK, "a")
    for answer in (NOTHING, COUNTERFEIT):
        queue.submit(queue.next(), answer)
    queue.skip(queue.next())
    other = LabelQueue(LabelStore(store.path), BOOK, "a")  # as after a restart
    assert [other.undo().listing_id for _ in range(3)] == ["L0003", "L0004", "L0005"]
    with pytest.raises(AnswerError, match="nothing to undo"):
        other.undo()
    assert other.progress == Progress(total=6, gone=0, labeled=0, skipped=0, left=6)
    assert len(store.events()) == 1 + 3 + 3  # an undo is an event, not a deletion


def test_a_retried_undo_takes_back_one_answer(store):
    queue = LabelQueue(store, BOOK, "a")
    for _ in range(2):
        queue.submit(queue.next(), NOTHING)
    first, second = (queue.undo_with_answer("undo-id") for _ in range(2))
    assert first == second and first[2] == NOTHING
    assert queue.progress.labeled == 1


def test_nobody_undoes_the_answer_of_another(store):
    LabelQueue(store, BOOK, "a").submit(LabelQueue(store, BOOK, "a").next(), NOTHING)
    with pytest.raises(AnswerError, match="nothing to undo"):
        LabelQueue(store, BOOK, "b").undo()


# --- several people, several kernels ---------------------------------------------------


def test_two_annotators_get_different_items(store):
    one, two = LabelQueue(store, BOOK, "a"), LabelQueue(store, BOOK, "b")
    assert one.next().listing_id == "L0005" and two.next().listing_id == "L0004"
    assert served(one) == ["L0005", "L0003", "L0002", "L0001", "L0000"]
    assert served(two) == ["L0004"] and one.next() is None


def test_two_kernels_of_one_annotator_get_different_items(store):
    one, two = LabelQueue(store, BOOK, "a"), LabelQueue(store, BOOK, "a")
    first = one.next()
    assert two.next() != first
    assert two.resume() == first  # it moves to the kernel that resumes, at once
    two.submit(first, NOTHING)
    with pytest.raises(AnswerError, match="answered 'L0005' already"):
        one.submit(first, COUNTERFEIT)


def test_two_readers_label_every_item_independently(store):
    one, two = (LabelQueue(store, BOOK, name, labels_per_item=2) for name in "ab")
    assert one.next() == two.next()
    assert served(one) == served(two)
    assert LabelQueue(store, BOOK, "c", labels_per_item=2).next() is None
    assert one.progress == two.progress == Progress(6, 0, 6, 0, 0)


def test_a_lease_that_ran_out_frees_the_item_and_a_late_answer_is_taken_once(
    store, clock
):
    one, two = (LabelQueue(store, BOOK, name, lease_seconds=60) for name in "ab")
    first = one.next()
    clock.now += 61
    assert two.next() == first
    one.submit(first, NOTHING)  # late, and still the only label
    with pytest.raises(
        AnswerError, match=r"got its label from someone else .* not saved"
    ):
        two.submit(first, COUNTERFEIT)


def test_looking_again_keeps_the_lease(store, clock):
    one, two = (LabelQueue(store, BOOK, name, lease_seconds=60) for name in "ab")
    first = one.next()
    for _ in range(4):
        clock.now += 40
        assert one.next() == first
    assert two.next() != first


def test_what_another_gives_back_is_served_at_the_end(store, clock):
    one, two = (LabelQueue(store, BOOK, name, lease_seconds=60) for name in "ab")
    one.next()
    assert len(served(two)) == 5
    clock.now += 61
    assert served(two) == ["L0005"]


def test_a_skipped_item_is_offered_to_others_and_not_to_the_same(store):
    one, two = LabelQueue(store, BOOK, "a"), LabelQueue(store, BOOK, "b")
    one.skip(one.next(), note="cannot read it")
    assert one.next().listing_id == "L0004"
    assert two.next().listing_id == "L0005"
    assert one.progress == Progress(total=6, gone=0, labeled=0, skipped=1, left=5)
    two.submit(two.next(), NOTHING)
    assert one.progress.left == 5 and two.progress.left == 5


# --- what is gone, what is missing -----------------------------------------------------


def test_an_item_deleted_after_the_draw_is_not_served(store):
    queue = LabelQueue(store, BOOK, "a")
    queue.next()
    assert store.remove(["L0005", "L0002"]) == 2
    assert queue.next().listing_id == "L0004"
    assert queue.progress == Progress(total=6, gone=2, labeled=0, skipped=0, left=4)
    assert store.remove(["L0005"]) == 1 and store.verify().ok


def test_an_item_without_content_counts_as_deleted(tmp_path):
    store = LabelStore(tmp_path / "labels.db")
    sample = make_sample(3)
    store.add_design(DESIGN, sample, make_listings(sample).drop("L0002"))
    queue = LabelQueue(store, BOOK, "a")
    assert queue.next().listing_id == "L0001" and queue.progress.gone == 1


def test_a_queue_needs_an_annotator_and_one_design(tmp_path, store):
    with pytest.raises(LabelingError, match="needs an 'annotator'"):
        LabelQueue(store, BOOK, "")
    with pytest.raises(LabelingError, match="no design 'd9'"):
        LabelQueue(store, BOOK, "a", "d9")
    with pytest.raises(LabelingError, match=r"holds 0 designs .add one first."):
        LabelQueue(LabelStore(tmp_path / "empty.db"), BOOK, "a")
    second = make_sample(2, "d2", start=100)
    store.add_design({"seed": 8, "design_id": "d2"}, second, make_listings(second))
    with pytest.raises(LabelingError, match=r"holds 2 designs .d1, d2.; say which"):
        LabelQueue(store, BOOK, "a")
    assert LabelQueue(store, BOOK, "a", "d2").next().listing_id == "L0101"
    with pytest.raises(AnswerError, match="design d1 has no item with the key"):
        LabelQueue(store, BOOK, "a", "d1").skip(
            LabelQueue(store, BOOK, "a", "d2").next()
        )


def test_a_submit_records_codebook_and_time(store):
    queue = LabelQueue(store, BOOK, "a")
    queue.submit(queue.next(), UNSURE, seconds=2.34567)
    data = json.loads(store.events()["data"].iloc[-1])
    assert (
        data["codebook"] == "ipr_listing 1.0" and data["codebook_digest"] == BOOK.digest
    )
    assert data["seconds"] == 2.346 and data["violative"] is None
    assert math.isnan(BOOK.violative(data["answer"]["primary"]))


def test_a_long_queue_is_served_without_reading_it_from_the_start(tmp_path):
    queue = make_queue(tmp_path / "labels.db", n=300)
    for _ in range(50):
        queue.submit(queue.next(), NOTHING)
    queue.next()
    assert queue._start == 50
    queue.undo()
    assert queue.next().listing_id == "L0250"
