"""Nothing that was acknowledged is lost or doubled when a kernel is killed."""

import os
import random
import signal
import time
import uuid

from labeling import Codebook, LabelQueue, LabelStore, read_labels
from tests.labeling.worlds import NOTHING, make_store

KILLS = 50


def label_forever(path, annotator, pending, say):
    """Label as fast as it can; say an id before it is sent and again once saved."""
    queue = LabelQueue(LabelStore(path), Codebook.load(), annotator)

    def send(name, key):
        say(f"sent {name} {key}\n")
        ack = queue.submit(key, NOTHING, name, rationale="because")
        say(f"saved {name} {ack.number}\n")

    for name, key in pending.items():
        send(name, key)  # what had no acknowledgement is sent again, under its id
    queue.resume()
    while item := queue.next():
        send(uuid.uuid4().hex, item.key)


class Outside:
    """What a person outside the kernel was told, over all its kernels."""

    def __init__(self, path, annotator):
        self.path, self.annotator = path, annotator
        self.saved, self.pending = {}, {}

    def start(self):
        """Begin labeling in a process of its own, as a new kernel does."""
        self.ear, mouth = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                say = lambda line: os.write(mouth, line.encode())  # noqa: E731
                label_forever(self.path, self.annotator, self.pending, say)
            finally:
                os._exit(1)
        os.close(mouth)

    def kill(self):
        """kill -9, then hear what it had said."""
        os.kill(self.pid, signal.SIGKILL)
        _, status = os.waitpid(self.pid, 0)
        assert os.WIFSIGNALED(status), "it ended by itself"
        with os.fdopen(self.ear) as said:
            for line in said:
                word, name, value = line.split()
                if word == "sent":
                    self.pending[name] = value
                else:
                    del self.pending[name]
                    self.saved[name] = int(value)


def test_kill_9_at_fifty_moments_loses_and_doubles_nothing(tmp_path):
    path = tmp_path / "labels.db"
    make_store(path, n=20_000).close()
    people = [Outside(path, f"person_{number}") for number in range(2)]
    chance = random.Random(5)
    for _ in range(KILLS // 2):
        for person in people:  # two kernels at a time on one store
            person.start()
        for person in chance.sample(people, 2):
            time.sleep(chance.uniform(0, 0.3))
            person.kill()

    store = LabelStore(path)
    assert store.verify().problems == ()
    events = store.events()
    events = events[events["kind"] == "submit"]
    for person in people:
        mine = events[events["annotator"] == person.annotator]
        stored = dict(zip(mine["event_id"], mine.index, strict=True))
        assert set(person.saved) - set(stored) == set(), (
            "acknowledged, not in the store"
        )
        assert {name: stored[name] for name in person.saved} == person.saved
        # beyond the acknowledged there is only what was under way at the last kill
        assert set(stored) - set(person.saved) <= set(person.pending)
        assert len(person.pending) <= 1 and person.saved  # it did label
    assert not events["item_id"].duplicated().any()
    gold = read_labels(store)
    assert gold["labels"].max() == 1 and gold["labels"].sum() == len(events)


def test_after_a_kill_labeling_goes_on_where_it_stopped(tmp_path):
    path = tmp_path / "labels.db"
    make_store(path, n=4000).close()
    person = Outside(path, "a")
    for _ in range(2):
        person.start()
        time.sleep(0.3)
        person.kill()
    queue = LabelQueue(LabelStore(path), Codebook.load(), "a")
    done = queue.progress.labeled
    assert done in (len(person.saved), len(person.saved) + 1) and done > 0
    item = queue.resume()  # at once, not after the dead kernel's lease has run out
    assert item.listing_id == f"L{3999 - done:04d}"
    queue.submit(item, NOTHING)
    assert queue.progress.labeled == done + 1
