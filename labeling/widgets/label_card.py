"""A card in the notebook that labels by keyboard and says "saved" only when it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from labeling.content import build_card_item
from labeling.errors import LabelingError, StoreError
from labeling.queue import Item, LabelQueue
from labeling.store import Ack

try:
    import anywidget
except ImportError as error:
    raise ImportError(
        "anywidget is needed to show a LabelCard and is not installed: "
        "run `pip install 'iprseg[lab]'`."
    ) from error


_HERE = Path(__file__).parent


class LabelCard(anywidget.AnyWidget):
    """Label the items of a queue in JupyterLab or Voilà.

    The card shows "saved #n" only after the database has committed, and red as soon as
    it cannot know. Everything travels in messages about the items on the screen: no
    trait holds the annotator, the design or a probability, so a crafted message from
    a browser can neither read nor change them.

    Parameters
    ----------
    queue : LabelQueue
        Whose items to show; the card goes on where the annotator stopped.
    prefetch : int, default=12
        Items sent ahead, so that the next one is there at the key press.

    Notes
    -----
    A card is not a locked door: who has the kernel can open the store. Give annotators
    the Voilà page where that matters.
    """

    _esm = _HERE / "label_card.js"
    _css = _HERE / "label_card.css"

    def __init__(self, queue: LabelQueue, *, prefetch: int = 12) -> None:
        super().__init__()
        self._queue = queue
        self._prefetch = prefetch
        self._sent: set[str] = set()
        self._queue.resume()
        self.on_msg(self._handle_message)

    def _handle_message(self, _: Any, message: Any, buffers: Any) -> None:
        """Answer every message: a failure that the browser is not told of is silent."""
        message = message if isinstance(message, dict) else {}
        try:
            reply = self._build_reply(message)
        except StoreError as error:  # the browser sends the same again
            reply = {"kind": "failed", "text": str(error)}
        except LabelingError as error:  # final
            reply = {"kind": "refused", "text": str(error)} | self._collect_next_items()
        except Exception as error:
            reply = {"kind": "failed", "text": f"{type(error).__name__}: {error}"}
        self.send({**reply, "id": message.get("id")})

    def _build_reply(self, message: dict[str, Any]) -> dict[str, Any]:
        kind, name, key = (message.get(part) for part in ("kind", "id", "key"))
        text = str(message.get("text") or "")
        if kind == "ping":
            return {"kind": "pong", "progress": vars(self._queue.recent_progress())}
        if kind == "hello":
            self._sent.clear()
            book, scope = self._queue.codebook.content, self._queue.scope
            state = {"kind": "state", "codebook": book, "scope": scope}
            return state | self._collect_next_items()
        if not (isinstance(name, str) and 8 <= len(name) <= 64):
            raise LabelingError("The card sent an answer without an id of its own.")
        if kind == "undo":
            ack, item, answer = self._queue.undo_with_answer(name)
            self._sent.discard(item.key)
            return {**self._build_saved_reply(ack, item), "answer": answer}
        if kind == "submit":
            ack = self._queue.submit(
                str(key),
                message.get("answer") or {},
                name,
                rationale=text,
                seconds=message.get("seconds"),
            )
        elif kind == "skip":
            ack = self._queue.skip(str(key), name, note=text)
        elif kind == "flag":
            ack = self._queue.flag(str(key), name, note=text)
        else:
            raise LabelingError("The card sent a message that is not known.")
        return self._build_saved_reply(ack)

    def _build_saved_reply(self, ack: Ack, *first: Item) -> dict[str, Any]:
        facts = {"kind": "saved", "number": ack.number, "key": ack.item_key}
        return {**facts, **self._collect_next_items(*first)}

    def _collect_next_items(self, *first: Item) -> dict[str, Any]:
        """Give the next items in order, with the content of those not sent before."""
        queue = self._queue
        items = dict.fromkeys([*first, *queue.peek(self._prefetch)])
        full = len(items) >= self._prefetch  # near the end the count must be exact
        new = [build_card_item(item) for item in items if item.key not in self._sent]
        self._sent = {item.key for item in items}
        return {
            "order": [item.key for item in items],
            "items": new,
            "progress": vars(queue.recent_progress() if full else queue.progress),
        }
