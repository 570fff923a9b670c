"""Whatever several people and kernels do, the store says what a plain model says."""

import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from labeling import AnswerError, Codebook, LabelQueue, LabelStore, read_labels
from tests.labeling.worlds import (
    COUNTERFEIT,
    DESIGN,
    NOTHING,
    make_listings,
    make_sample,
)

BOOK = Codebook.load()
PEOPLE = ("a", "b")
N = 5
who = st.tuples(st.sampled_from(PEOPLE), st.integers(0, 1))
answers = st.sampled_from([NOTHING, COUNTERFEIT])


class Labeling(RuleBasedStateMachine):
    """Two annotators with two kernels each, on one store; the model is two lists."""

    @initialize(labels_per_item=st.integers(1, 2))
    def start(self, labels_per_item):
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "labels.db"
        self.now, self.per_item, self.count = 0.0, labels_per_item, 0
        self.said = []  # (annotator, listing, kind, answer), those not undone
        self.acks = {}  # id -> (annotator, key, kind, answer, ack)
        self.gone = set()
        self.open_again()
        sample = make_sample(N)
        self.store.add_design(DESIGN, sample, make_listings(sample))
        self.queues = {}

    def open_again(self):
        self.store = LabelStore(self.path, clock=lambda: self.now)

    def queue(self, person):
        if person not in self.queues:
            self.queues[person] = LabelQueue(
                self.store,
                BOOK,
                person[0],
                labels_per_item=self.per_item,
                lease_seconds=60,
            )
        return self.queues[person]

    def new_id(self):
        self.count += 1
        return f"id-{self.count}"

    def answer(self, person, kind, answer):
        queue, name = self.queue(person), self.new_id()
        item = queue.next()
        if item is None:
            return
        assert (person[0], item.listing_id) not in {one[:2] for one in self.said}
        assert item.listing_id not in self.gone
        ack = (
            queue.submit(item, answer, name)
            if kind == "submit"
            else queue.skip(item, name)
        )
        self.said.append((person[0], item.listing_id, kind, answer))
        self.acks[name] = (person, item, kind, answer, ack)

    @rule(person=who, answer=answers)
    def submit(self, person, answer):
        self.answer(person, "submit", answer)

    @rule(person=who)
    def skip(self, person):
        self.answer(person, "skip", None)

    @rule(data=st.data())
    def retry(self, data):
        if self.acks:
            name = data.draw(st.sampled_from(sorted(self.acks)))
            person, item, kind, answer, ack = self.acks[name]
            queue = self.queue(person)
            again = (
                queue.submit(item, answer, name)
                if kind == "submit"
                else queue.skip(item, name)
            )
            assert again == ack

    @rule(person=who)
    def undo(self, person):
        mine = [one for one in self.said if one[0] == person[0]]
        try:
            item = self.queue(person).undo()
        except AnswerError:
            assert not mine
        else:
            assert item.listing_id == mine[-1][1]
            self.said.remove(mine[-1])

    @rule(person=who)
    def look_ahead(self, person):
        listings = [item.listing_id for item in self.queue(person).peek(3)]
        assert listings == sorted(listings, reverse=True)  # the stored serving order

    @rule(person=who)
    def restart(self, person):
        self.queues.pop(person, None)
        self.queue(person).resume()

    @rule()
    def all_kernels_die(self):
        self.store.close()
        self.queues = {}
        self.open_again()

    @rule(seconds=st.sampled_from([10, 61]))
    def wait(self, seconds):
        self.now += seconds

    @rule(number=st.integers(0, N - 1), erase=st.booleans())
    def lose(self, number, erase):
        listing = f"L{number:04d}"
        (self.store.erase if erase else self.store.remove)([listing])
        self.gone.add(listing)

    @invariant()
    def gold_is_what_was_acknowledged(self):
        labels = {}
        for _, listing, kind, answer in self.said:
            if kind == "submit":
                labels.setdefault(listing, []).append(answer["primary"])
        gold = read_labels(self.store)
        assert gold["labels"].to_dict() == {
            listing: len(labels.get(listing, [])) for listing in gold.index
        }
        assert gold["labels"].max() <= self.per_item
        for listing, primaries in labels.items():
            agreed = primaries[0] if len(set(primaries)) == 1 else None
            found = gold.loc[listing, "primary"]
            assert (found == agreed) if agreed else found != found or found is None

    @invariant()
    def the_store_verifies(self):
        assert self.store.verify().problems == ()

    def teardown(self):
        if hasattr(self, "folder"):
            self.store.close()
            self.folder.cleanup()


Labeling.TestCase.settings = settings(
    max_examples=15, stateful_step_count=20, deadline=None
)
TestLabeling = Labeling.TestCase
