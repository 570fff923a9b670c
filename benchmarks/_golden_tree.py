"""One state of the code: where it lies, how its commands are called and run."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import re
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent.parent
INSIDE = Path(__file__).with_name("_golden_inside.py").read_text(encoding="utf-8")
VAULT_KEY = "0f1e2d3c4b5a69788796a5b4c3d2e1f000112233445566778899aabbccddeeff"
STATIC = "static-*"  # distilled models, the same for both
# What a command or an option has been called, the newest first.
SPELLINGS = {
    "columns": ("columns", "map"),
    "--labels": ("--labels", "--gold"),
}


@dataclass
class Tree:
    """One state of the code, and the folder where its commands write.

    While it is at work the folder is ``here`` for both trees; then it is put away.
    """

    name: str
    root: Path
    work: Path
    environment: dict[str, str]
    seconds: dict[str, float] = field(default_factory=dict)
    failures: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    @property
    def kept(self) -> Path:
        """Where the results lie between the parts."""
        return self.work / self.name

    @property
    def here(self) -> Path:
        """Where the results lie while this tree is at work."""
        return self.work / "here"

    @contextlib.contextmanager
    def at_work(self) -> Iterator[None]:
        """Put the results of this tree where both trees write."""
        self.kept.mkdir(exist_ok=True)
        self.kept.rename(self.here)
        try:
            yield
        finally:
            self.here.rename(self.kept)

    def make_folder(self, part: str) -> Path:
        """Make the folder of a part."""
        folder = self.here / part
        folder.mkdir(exist_ok=True)
        return folder

    def unexpected(self, part: str) -> list[str]:
        """Commands of a part that ended otherwise than it was written for."""
        return self.failures[part]

    def call(self, *words: Any) -> subprocess.CompletedProcess[str]:
        """Run a function of `_golden_inside` with this tree's library."""
        return subprocess.run(
            [sys.executable, "-c", INSIDE, *map(str, words)],
            cwd=self.root,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )

    def check_home(self) -> None:
        """Refuse to go on with another library than the one in this tree."""
        told = self.call("print_home")
        if told.returncode:
            raise SystemExit(f"{self.root}: {told.stderr}")
        *files, version = json.loads(told.stdout)
        for file in files:
            if not Path(file).is_relative_to(self.root):
                raise SystemExit(f"{self.root} would run {file}, not its own code")
        where = f"{self.name}: iprseg {version} from {files[0]}"
        print(where, file=sys.stderr, flush=True)

    def run(self, part: str, name: str, *words: Any, code: int | None = 0) -> None:
        """Run a command of the command line; keep what it printed and its exit code.

        Parameters
        ----------
        part, name : str
            Where the printed text goes: ``PART/NAME.out.txt`` and so on.
        *words
            Commands and options by their newest spelling.
        code : int or None
            The exit code that the old tree should have, or the part does not compare
            what it was written to compare.
        """
        begin = time.perf_counter()
        told = self.call("run_cli", *self.spell(words))
        self._keep(part, name, told, code)
        took = time.perf_counter() - begin
        print(f"  {self.name} {part}/{name} {took:.0f} s", file=sys.stderr, flush=True)

    def run_inside(self, part: str, name: str, *words: Any) -> None:
        """Run a function of `_golden_inside` as a step of a part."""
        self._keep(part, name, self.call(*words), 0)

    def _keep(self, part: str, name: str, told: Any, code: int | None) -> None:
        folder = self.make_folder(part)
        for kind, text in (("out", told.stdout), ("err", told.stderr)):
            (folder / f"{name}.{kind}.txt").write_text(text, encoding="utf-8")
        ended = folder / f"{name}.code.txt"
        ended.write_text(f"{told.returncode}\n", encoding="utf-8")
        if code is not None and told.returncode != code:
            last = (told.stderr.strip().splitlines() or [""])[-1]
            self.failures[part].append(
                f"{name} of the {self.name} tree ended with {told.returncode}, which "
                f"this part is not written for: {last}"
            )

    def spell(self, words: tuple[Any, ...]) -> list[str]:
        """Put the spellings of this tree for commands and options."""
        spelled: list[str] = []
        for word in map(str, words):
            names = SPELLINGS.get(word, (word,))
            group = [one for one in spelled[:2] if one in ("signals",)]
            help_of = [*group, *spelled[len(group) : len(group) + 1]]
            spelled.append(
                word if len(names) == 1 else self._find_spelling(help_of, names)
            )
        return spelled

    def _find_spelling(self, command: list[str], names: tuple[str, ...]) -> str:
        shown = self.read_help(tuple(command))
        for name in names:
            # a row of the panel of commands or options, not a mention in a sentence
            if re.search(rf"^│ [* ]*{name}(?=\s)", shown, re.MULTILINE):
                return name
        return names[0]  # the command line will say that there is none

    @functools.cached_property
    def _helps(self) -> dict[tuple[str, ...], str]:
        return {}

    def read_help(self, command: tuple[str, ...]) -> str:
        """Give the help text of a command."""
        if command not in self._helps:
            self._helps[command] = self.call("run_cli", *command, "--help").stdout
        return self._helps[command]


@contextlib.contextmanager
def checked_out(commit: str, folder: Path) -> Iterator[Path]:
    """Check a commit out beside the repository, and remove it in the end."""
    git = ["git", "-C", str(HERE), "worktree"]
    subprocess.run([*git, "add", "--detach", "-q", str(folder), commit], check=True)
    try:
        yield folder
    finally:
        subprocess.run([*git, "remove", "--force", str(folder)], check=False)


def make_environment(root: Path, work: Path, name: str) -> dict[str, str]:
    """Give the environment of one tree: its own code, its own cache of vectors."""
    cache = work / f"cache_{name}"
    cache.mkdir(exist_ok=True)
    user = Path(os.environ.get("IPRSEG_CACHE", Path.home() / ".cache" / "iprseg"))
    for folder in user.glob(STATIC):
        if not (cache / folder.name).exists():
            (cache / folder.name).symlink_to(folder)
    return {
        **os.environ,
        "PYTHONPATH": str(root),
        "IPRSEG_CACHE": str(cache),
        "IPRSEG_VAULT_KEY": VAULT_KEY,
        "HF_HUB_OFFLINE": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "COLUMNS": "100",
        "NO_COLOR": "1",
        "TZ": "UTC",
    }


def describe_commit(root: Path) -> str:
    """Name the commit of a tree, and whether files differ from it."""

    def ask_git(*words: str) -> str:
        told = subprocess.run(
            ["git", "-C", str(root), *words], capture_output=True, text=True
        )
        return told.stdout.strip()

    changed = ask_git("status", "--porcelain", "--", "iprseg", "labeling")
    files = len(changed.splitlines())
    told = f" with {files} changed file{'s' * (files > 1)}" if files else ""
    return (ask_git("rev-parse", "--short", "HEAD") or str(root)) + told
