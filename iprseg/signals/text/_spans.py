"""Keep spans that do not overlap."""

from bisect import bisect_left


class FreeSpans:
    """Spans taken so far, none overlapping another.

    Examples
    --------
    >>> spans = FreeSpans()
    >>> [spans.take(*span) for span in [(4, 9), (0, 4), (8, 10), (9, 10)]]
    [True, True, False, True]
    """

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []

    def take(self, start: int, end: int) -> bool:
        """Take a span if it is free, and tell so; the cost grows with log n."""
        # Of disjoint spans only the last that starts before `end` can reach into it.
        at = bisect_left(self._starts, end)
        if at and self._ends[at - 1] > start:
            return False
        self._starts.insert(at, start)
        self._ends.insert(at, end)
        return True
