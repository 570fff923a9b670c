"""One method in a process of its own: ``_child.py METHOD INPUT OUTPUT``.

Prints seconds, CPU seconds and peak memory as JSON. Imports and compilation count: a
user waits for them too.
"""

import json
import resource
import sys
import time
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent


def peak() -> float:
    """Return the most memory this process held, in GiB.

    Not ``ru_maxrss``: that begins with what the parent held when it forked.
    """
    status = Path("/proc/self/status").read_text().split()
    return int(status[status.index("VmHWM:") + 1]) / 2**20


def main() -> None:
    """Run one method on what the parent wrote."""
    method, source, target = sys.argv[1:]
    if source.endswith(".npy"):
        data = np.load(source)
    else:
        data = json.loads(Path(source).read_text(encoding="utf-8"))
    n_classes = int(Path(source).with_suffix(".classes").read_text())
    before = time.perf_counter()
    if method == "iprseg":
        sys.path.insert(0, str(HERE.parents[1]))
        from benchmarks.peers._iprseg import from_titles, from_vectors

        work = from_vectors if source.endswith(".npy") else from_titles
    else:
        sys.path.insert(0, str(HERE))
        from _methods import PEERS

        work = PEERS[method]
    labels, strength = work(data, n_classes)
    elapsed = time.perf_counter() - before
    np.savez(target, labels=labels, strength=strength)
    used = resource.getrusage(resource.RUSAGE_SELF)
    busy = used.ru_utime + used.ru_stime
    print(json.dumps({"seconds": elapsed, "CPU": busy, "GiB": peak()}))


if __name__ == "__main__":
    main()
