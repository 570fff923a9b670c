r"""Whether a change of the code changed anything that a user sees.

``python -m benchmarks.golden OLD [NEW] [--only PART ...] [--keep DIR] [--accept FILE]
[--details 5] [--small]``

OLD is a commit, checked out beside; NEW a folder, by default this working tree. Both
run the same commands on the same inputs, one after the other, with this Python. All
they write and print is compared (`benchmarks._golden_compare`), and a Markdown table
says what differs. It ends with 1 when a difference is not accepted.

The inputs are made once: the demo's tables and labels, 60,000 listings, edits and a
later month by the old tree; queries, pictures and samples of large real sets here.
Both trees work in a folder of the same path, so that no printed path differs; each
has a cache of vectors of its own, so that none takes over what the other computed.
``--only`` also runs the parts that a part builds on, and compares them too.

``--accept FILE`` lists intended changes in YAML, each with its reason. Patterns are
regular expressions; `part`, `file` and `column` match the whole name (any where
left out), `text` is looked for in the difference. `renamed` says what a file, or
with `column` a plain name of a column, is called in NEW: it is then compared with
that. An entry that accepts nothing in the parts that ran is named::

    - part: demo
      file: report\.html
      text: iprseg columns
      reason: the command map is called columns
    - file: gold\.parquet
      renamed: labels.parquet
      reason: labels are called labels

Not covered: ``iprseg label`` (it opens JupyterLab; the cards' content and answers
through `LabelQueue` are), databases and Excel as sources, the notebooks.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import re
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import yaml

from benchmarks._golden_compare import Difference, Masks, compare_folders
from benchmarks._golden_parts import PARTS, Inputs, choose_parts
from benchmarks._golden_tree import (
    HERE,
    Tree,
    checked_out,
    describe_commit,
    make_environment,
)


@dataclass(frozen=True)
class Accepted:
    """One intended change: where it is looked for, and why it is right."""

    reason: str
    part: str = ".*"
    file: str = ".*"
    column: str | None = None
    text: str = ""
    renamed: str | None = None

    def covers(self, part: str, difference: Difference) -> bool:
        """Whether this entry accepts a difference."""
        column = self.column is None or re.fullmatch(self.column, difference.column)
        return bool(
            self.renamed is None
            and column
            and re.fullmatch(self.part, part)
            and re.fullmatch(self.file, difference.file)
            and re.search(self.text, difference.text)
        )


@dataclass(frozen=True)
class Verdict:
    """What came of one part."""

    part: str
    files: int
    open: list[Difference]
    accepted: list[Difference]
    seconds: tuple[float, float]

    @property
    def told(self) -> str:
        """The verdict in words."""
        intended = f", {len(self.accepted):,} accepted" if self.accepted else ""
        many = f"{len(self.open):,} difference{'s' * (len(self.open) > 1)}"
        return (many if self.open else "equal") + intended


def read_accepted(file: Path | None) -> list[Accepted]:
    """Read the list of intended changes; each needs a reason."""
    if file is None:
        return []
    entries = yaml.safe_load(file.read_text(encoding="utf-8")) or []
    unreasoned = [one for one in entries if not str(one.get("reason") or "").strip()]
    if unreasoned:
        raise SystemExit(f"{file}: an entry has no reason: {unreasoned[0]}")
    return [Accepted(**one) for one in entries]


def make_masks(accepted: list[Accepted], part: str, texts: dict[str, str]) -> Masks:
    """Take the new names that hold in a part, and the texts of one run alone."""
    here = [one for one in accepted if one.renamed and re.fullmatch(one.part, part)]
    files = [(one.file, str(one.renamed)) for one in here if one.column is None]
    columns = [(o.file, o.column, str(o.renamed)) for o in here if o.column is not None]
    return Masks(texts, tuple(files), tuple(columns))


def judge_part(
    part: str, trees: tuple[Tree, Tree], accepted: list[Accepted], days: set[str]
) -> Verdict:
    """Compare what both trees wrote in a part."""
    texts = dict.fromkeys(days, "<day>") | {str(tree.root): "<tree>" for tree in trees}
    masks = make_masks(accepted, part, texts)
    folders = [tree.kept / part for tree in trees]
    files, found = compare_folders(*folders, masks)
    found = [Difference(part, one) for one in trees[0].unexpected(part)] + found
    intended = [d for d in found if any(one.covers(part, d) for one in accepted)]
    left = [one for one in found if one not in intended]
    return Verdict(
        part, files, left, intended, (trees[0].seconds[part], trees[1].seconds[part])
    )


def run_parts(
    chosen: list[str],
    trees: tuple[Tree, Tree],
    inputs: Inputs,
    options: argparse.Namespace,
) -> list[Verdict]:
    """Run and compare part after part; tell of each as it ends."""
    verdicts, accepted = [], read_accepted(options.accept)
    days = {datetime.date.today().isoformat()}
    for part in chosen:
        for tree in trees:
            with tree.at_work():
                begin = time.perf_counter()
                PARTS[part](tree, inputs)
                tree.seconds[part] = time.perf_counter() - begin
        days.add(datetime.date.today().isoformat())
        verdicts.append(judge_part(part, trees, accepted, days))
        print(f"{part}: {verdicts[-1].told}", file=sys.stderr, flush=True)
    for one in accepted:
        found = ((v.part, d) for v in verdicts for d in v.accepted)
        if one.renamed is None and not any(one.covers(*pair) for pair in found):
            print(f"accepted nothing: {one.reason}", file=sys.stderr)
    return verdicts


def format_report(verdicts: list[Verdict], names: tuple[str, str], most: int) -> str:
    """Write the verdicts as Markdown: a table, then the first differences."""
    lines = [
        f"{names[0]} → {names[1]}\n",
        "| part | result | files compared | s, old | s, new |",
        "|---|---|---|---|---|",
    ]
    for one in verdicts:
        old, new = one.seconds
        lines.append(
            f"| {one.part} | {one.told} | {one.files} | {old:.0f} | {new:.0f} |"
        )
    for one in verdicts:
        if one.open:
            lines += [f"\n{one.part}:\n", *list_differences(one.open, most)]
    return "\n".join(lines)


def list_differences(differences: list[Difference], most: int) -> list[str]:
    """Show the first difference of each file and column, and how many are like it."""
    groups: dict[tuple[str, str], list[Difference]] = {}
    for one in differences:
        groups.setdefault((one.file, one.column), []).append(one)
    lines = []
    for alike in list(groups.values())[:most]:
        more = f" (and {len(alike) - 1:,} more there)" if len(alike) > 1 else ""
        lines.append(f"- {alike[0]}{more}")
    left = sum(map(len, list(groups.values())[most:]))
    return lines + ([f"- … and {left:,} more elsewhere"] if left else [])


def read_options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        "python -m benchmarks.golden",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("old", help="a commit")
    parser.add_argument("new", nargs="?", type=Path, default=HERE, help="a folder")
    parser.add_argument("--only", nargs="+", choices=list(PARTS), metavar="PART")
    parser.add_argument("--keep", type=Path, help="keep what both wrote in this folder")
    parser.add_argument("--accept", type=Path, help="a YAML list of intended changes")
    parser.add_argument(
        "--details", "--level-of-detail", type=int, default=5,
        help="columns and files shown of each part (5)",
    )  # fmt: skip
    parser.add_argument(
        "--small", action="store_true", help="few listings: to try the program itself"
    )
    return parser.parse_args()


def main() -> int:
    """Run both trees, compare, print Markdown; 1 where something differs."""
    options = read_options()
    read_accepted(options.accept)  # before an hour of work, not after
    with contextlib.ExitStack() as stack:
        if options.keep is None:
            work = Path(
                stack.enter_context(tempfile.TemporaryDirectory(prefix="golden"))
            )
        else:
            work = options.keep.resolve()
            if work.exists() and any(work.iterdir()):
                raise SystemExit(f"{work} is not empty: give --keep another folder")
            work.mkdir(parents=True, exist_ok=True)
        old = stack.enter_context(checked_out(options.old, work / "tree_old"))
        new = options.new.resolve()
        names = (describe_commit(old), describe_commit(new))
        trees = (
            Tree("old", old, work, make_environment(old, work, "old")),
            Tree("new", new, work, make_environment(new, work, "new")),
        )
        for tree in trees:
            tree.check_home()
        inputs = Inputs(work / "inputs", trees[0], options.small)
        verdicts = run_parts(choose_parts(options.only), trees, inputs, options)
        for name in ("cache_old", "cache_new"):
            shutil.rmtree(work / name)
    print(format_report(verdicts, names, options.details))
    return int(any(one.open for one in verdicts))


if __name__ == "__main__":
    sys.exit(main())
