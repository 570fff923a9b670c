import hashlib
import re
from pathlib import Path

import pandas as pd
import pytest

from iprseg.simulate.__main__ import main

DATA = Path(__file__).parents[3] / "data"
ROW = re.compile(
    r"^\| `(sample/[\w/]+\.csv)` \| (\d+) \| `([0-9a-f]{64})` \|$", re.MULTILINE
)


@pytest.fixture(scope="module")
def listed() -> dict[str, tuple[int, str]]:
    text = (DATA / "README.md").read_text(encoding="utf-8")
    return {file: (int(rows), digest) for file, rows, digest in ROW.findall(text)}


def test_the_readme_lists_every_file_with_its_hash(listed: dict) -> None:
    files = sorted((DATA / "sample").rglob("*.*"))
    assert sorted(listed) == [f.relative_to(DATA).as_posix() for f in files]
    for name, (rows, digest) in listed.items():
        assert hashlib.sha256((DATA / name).read_bytes()).hexdigest() == digest, name
        assert len(pd.read_csv(DATA / name)) == rows, name


def test_the_sample_is_small_and_holds_no_identity() -> None:
    files = [f for f in (DATA / "sample").rglob("*") if f.is_file()]
    assert sum(f.stat().st_size for f in files) <= 2**20
    assert not any("identity" in f.name for f in files)
    for file in files:
        columns = set(pd.read_csv(file, nrows=0).columns)
        assert columns.isdisjoint({"buyer", "exif", "phone", "email", "bank"}), file


def test_the_sample_can_be_made_again(tmp_path: Path, listed: dict) -> None:
    (tmp_path / "README.md").write_text(
        "<!-- files -->\n<!-- /files -->\n", encoding="utf-8"
    )
    assert main([str(tmp_path), "--sample"]) == 0
    for name in listed:
        assert (tmp_path / name).read_bytes() == (DATA / name).read_bytes(), name
    made = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert (
        made.splitlines()[1:-1]
        == (DATA / "README.md")
        .read_text(encoding="utf-8")
        .split("<!-- files -->\n")[1]
        .split("<!-- /files -->")[0]
        .splitlines()
    )
