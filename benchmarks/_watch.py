"""Memory and processor time of this process and those it starts."""

import os
import threading

import psutil


class Watch:
    """Looks every fifth of a second while the ``with`` block runs.

    Attributes
    ----------
    peak : int
        Most bytes that all of them held together.
    """

    def __init__(self) -> None:
        self.peak = 0
        self._seen: dict[int, float] = {}
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    @property
    def processor(self) -> float:
        """Seconds so far; of a process that has ended, as last seen."""
        self._sample()
        return sum(self._seen.values())

    def _look(self) -> None:
        while not self._done.wait(0.2):
            self._sample()

    def _sample(self) -> None:
        own = psutil.Process(os.getpid())
        memory = 0
        for process in [own, *own.children(recursive=True)]:
            try:
                memory += process.memory_info().rss
                times = process.cpu_times()
            except psutil.NoSuchProcess:
                continue
            self._seen[process.pid] = times.user + times.system
        self.peak = max(self.peak, memory)

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._done.set()
        self._thread.join()
