"""What the card tells the browser, message by message, without a browser."""

import json
import subprocess
import sys

import pytest

pytest.importorskip("anywidget")

from labeling import AnswerError, Codebook, Item, LabelQueue, LabelStore, StoreError
from labeling.content import MAX_TEXT_LENGTH, build_card_item, split_at_evidence
from labeling.widgets import LabelCard
from tests.labeling.worlds import (
    DESIGN,
    NOTHING,
    make_listings,
    make_queue,
    make_sample,
)

SECRETS = [
    "reader_7",
    "high",
    "rest",
    "target",
    "d1",
    "s0",
    "measure",
    "shape",
    "0.5",
    "0.1",
    "is_gold",
]


class Browser:
    """Speaks to a card as the browser does and hears what it answers."""

    def __init__(self, card):
        self.heard = []
        card.send = lambda message, buffers=None: self.heard.append(
            json.loads(json.dumps(message))
        )
        self.card, self.count = card, 0

    def say(self, kind, **message):
        self.count += 1
        name = message.pop("id", f"from-page-{self.count}")
        self.card._handle_custom_msg({"kind": kind, "id": name, **message}, [])
        assert self.heard[-1]["id"] == name
        return self.heard[-1]


@pytest.fixture
def queue(tmp_path):
    return make_queue(tmp_path / "labels.db", n=20, annotator="reader_7")


@pytest.fixture
def talk(queue):
    return Browser(LabelCard(queue, prefetch=4))


def test_hello_brings_the_codebook_the_progress_and_the_next_items(talk):
    state = talk.say("hello")
    assert state["kind"] == "state" and state["codebook"]["name"] == "ipr_listing"
    assert (
        state["order"] == [item["key"] for item in state["items"]]
        and len(state["order"]) == 4
    )
    assert state["progress"] == {
        "total": 20,
        "gone": 0,
        "labeled": 0,
        "skipped": 0,
        "left": 20,
    }


def test_an_acknowledgement_comes_with_the_items_not_sent_before(talk, queue):
    first, second, *_ = talk.say("hello")["order"]
    reply = talk.say("submit", key=first, answer=NOTHING, text="why", seconds=1.5)
    assert (
        reply["kind"] == "saved" and reply["number"] == queue.store.events().index[-1]
    )
    assert (
        reply["order"][0] == second
        and len(reply["order"]) == 4
        and len(reply["items"]) == 1
    )
    assert talk.say("skip", key=second)["kind"] == "saved"
    undone = talk.say("undo")
    assert undone["order"][0] == second == undone["key"] and undone["answer"] == {}
    assert undone["items"][0]["key"] == second  # the browser has dropped it
    assert talk.say("undo")["answer"] == NOTHING
    assert talk.say("flag", key=first, text="odd")["kind"] == "saved"


def test_the_same_id_is_acknowledged_twice_and_saved_once(talk, queue):
    key = talk.say("hello")["order"][0]
    replies = [
        talk.say("submit", key=key, answer=NOTHING, id="same-name") for _ in range(2)
    ]
    assert replies[0]["number"] == replies[1]["number"] and queue.progress.labeled == 1


def test_a_refused_answer_is_said_and_nothing_saved(talk, queue):
    key = talk.say("hello")["order"][0]
    for kind, message, text in [
        ("submit", {"answer": {"primary": "TM_FAKE"}}, "has no code 'TM_FAKE'"),
        ("submit", {"answer": NOTHING, "id": "short"}, "without an id of its own"),
        ("submit", {"answer": NOTHING, "key": "guess"}, "no item with the key 'guess'"),
        ("drop_table", {}, "a message that is not known"),
        ("undo", {}, "nothing to undo"),
    ]:
        reply = talk.say(kind, **{"key": key, **message})
        assert reply["kind"] == "refused" and text in reply["text"]
        assert reply["order"][0] == key  # it is still there to be answered
    assert queue.progress.labeled == 0


@pytest.mark.parametrize(
    "content", [None, "text", 3, [], {"kind": None}, {"kind": "submit"}]
)
def test_a_message_of_another_shape_is_answered_too(talk, content):
    talk.card._handle_custom_msg(content, [])
    assert talk.heard[-1]["kind"] in ("refused", "failed")


def test_a_store_that_fails_is_told_as_not_final(talk, queue, monkeypatch):
    key = talk.say("hello")["order"][0]

    def fail(*args, **kwargs):
        raise StoreError("The label store x cannot grow because the disk is full.")

    with monkeypatch.context() as patched:
        patched.setattr(queue, "submit", fail)
        reply = talk.say("submit", key=key, answer=NOTHING, id="same-name")
    assert reply == {
        "kind": "failed",
        "text": "The label store x cannot grow because the disk is full.",
        "id": "same-name",
    }
    assert (
        talk.say("submit", key=key, answer=NOTHING, id="same-name")["kind"] == "saved"
    )


def test_an_unforeseen_error_is_told_and_not_swallowed(talk, queue, monkeypatch):
    monkeypatch.setattr(queue, "peek", lambda n: 1 / 0)
    assert talk.say("hello")["kind"] == "failed"
    assert "ZeroDivisionError" in talk.heard[-1]["text"]


def test_nothing_of_annotator_design_or_gold_reaches_the_browser(tmp_path):
    store = LabelStore(tmp_path / "labels.db")
    sample = make_sample(8)
    content = make_listings(sample).assign(
        title="a bag",
        is_gold=True,
        inclusion_prob=sample["inclusion_prob"],
        seller_id=sample["seller_id"],
    )
    store.add_design(DESIGN, sample, content)
    card = LabelCard(LabelQueue(store, Codebook.load(), "reader_7"))
    talk = Browser(card)
    key = talk.say("hello")["order"][0]
    for message in (
        {"kind": "submit", "answer": NOTHING},
        {"kind": "undo"},
        {"kind": "skip"},
        {"kind": "ping"},
    ):
        talk.say(message.pop("kind"), key=key, **message)
    state = {
        name: value
        for name, value in card.get_state().items()
        if name not in ("_esm", "_css")
    }
    own = {name for name in card.keys if not name.startswith("_")}
    assert own <= {"layout", "comm", "tabbable", "tooltip"}, "a trait of the card's own"
    for reply in talk.heard:
        reply.pop("codebook", None)
        reply.pop("answer", None)
    told = json.dumps([state, talk.heard], default=str)
    words = (
        told.replace('"', " ")
        .replace(",", " ")
        .replace("[", " ")
        .replace("]", " ")
        .split()
    )
    assert [secret for secret in SECRETS if secret in words] == []
    assert not any(listing in told for listing in sample.index)


def test_a_crafted_trait_message_changes_nothing(talk, queue):
    before = queue.store.verify()
    traits = {"_queue": None, "annotator": "x", "inclusion_prob": 1, "_prefetch": 0}
    talk.card._handle_msg(
        {
            "content": {
                "data": {"method": "update", "state": traits, "buffer_paths": []}
            },
            "buffers": [],
        }
    )
    assert talk.card._queue is queue and talk.card._prefetch == 4
    assert queue.store.verify() == before


def test_an_item_the_card_never_showed_of_another_design_is_refused(talk, queue):
    second = make_sample(2, "d2", start=100)
    queue.store.add_design(
        {"seed": 1, "design_id": "d2"}, second, make_listings(second)
    )
    other = LabelQueue(queue.store, queue.codebook, "reader_7", "d2").next()
    with pytest.raises(AnswerError, match="design d1 has no item"):
        queue.submit(other.key, NOTHING)
    assert talk.say("submit", key=other.key, answer=NOTHING)["kind"] == "refused"


# --- how text is cut -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spans", "parts"),
    [
        ([], [["abcdef", ""]]),
        ([(0, 6)], [["abcdef", "x"]]),
        ([(1, 3), (2, 5)], [["a", ""], ["bc", "x"], ["de", "x"], ["f", ""]]),
        ([(4, 99), (-7, 1)], [["a", "x"], ["bcd", ""], ["ef", "x"]]),
        ([(3, 3), (5, 2), (9, 12)], [["abcdef", ""]]),
        ([(1, 5), (2, 3)], [["a", ""], ["bcde", "x"], ["f", ""]]),
    ],
)
def test_parts_always_add_up_to_the_text(spans, parts):
    marked = split_at_evidence(
        "abcdef", [{"start": a, "end": b, "why": "x"} for a, b in spans]
    )
    assert marked == parts and "".join(part for part, _ in marked) == "abcdef"


def test_offsets_count_characters_beyond_the_basic_plane_once():
    assert split_at_evidence("\U0001f45cab", [{"start": 1, "end": 2}]) == [
        ["\U0001f45c", ""],
        ["a", "evidence"],
        ["b", ""],
    ]


def test_a_text_without_end_is_cut_and_says_so():
    parts = split_at_evidence("w" * (MAX_TEXT_LENGTH + 1500), [])
    assert len(parts[0][0]) < MAX_TEXT_LENGTH + 50 and parts[0][0].endswith(
        "[1,500 more characters]"
    )


def test_the_card_shows_the_named_fields_only(queue):
    item = queue.next()
    assert set(build_card_item(item)) == {
        "key",
        "id",
        "seller",
        "link",
        "title",
        "text",
        "facts",
        "price",
        "signals",
        "missing",
        "evidence",
    }
    assert build_card_item(item)["price"] == {"amount": 12.5, "currency": "USD"}


def test_a_card_says_where_it_is_from_and_each_mention_once():
    spans = [
        {"field": "title", "start": 0, "end": 5, "why": "names a brand"},
        {"field": "description", "start": 0, "end": 5, "why": "names a brand"},
        {"field": "description", "start": 6, "end": 11, "why": "names a brand"},
        {"field": "description", "start": 12, "end": 17, "why": "a brand in disguise"},
    ]
    signals = [
        {"name": "with replica wording", "yes": True, "value": 1.0, "code": "A07"},
        {"name": "price, age", "reason": "no date", "count": 2},
    ]
    content = {
        "id": "L7", "title": "Gucci bag", "description": "GUCCI gucci GUCC1", "seller": 12,
        "link": "https://shop.example/1", "evidence": spans, "signals": signals,
    }  # fmt: skip
    shown = build_card_item(Item("k", "L7", content))
    assert (shown["id"], shown["seller"], shown["link"]) == (
        "L7",
        "12",
        "https://shop.example/1",
    )
    assert shown["evidence"] == [
        ["Gucci", "names a brand", 3],
        ["GUCC1", "a brand in disguise", 1],
    ]
    assert shown["signals"] == [
        {"name": "with replica wording", "value": 1.0, "yes": True}
    ]
    assert shown["missing"] == [{"name": "price, age", "reason": "no date", "count": 2}]
    bad = {**content, "link": "javascript:alert(1)", "seller": float("nan")}
    shown = build_card_item(Item("k", "L7", bad))
    assert shown["link"] is None and shown["seller"] is None


def test_without_anywidget_one_sentence_names_the_extra():
    code = "import sys; sys.modules['anywidget'] = None; import labeling; labeling.LabelCard"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (
        "anywidget is needed to show a LabelCard and is not installed: run `pip install 'iprseg[lab]'`"
        in run.stderr
    )
    code = "import sys, labeling; sys.exit('anywidget' in sys.modules or 'ipywidgets' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_an_unknown_name_of_the_package_is_refused():
    import labeling

    with pytest.raises(
        AttributeError, match="module 'labeling' has no attribute 'Card'"
    ):
        labeling.Card  # noqa: B018
