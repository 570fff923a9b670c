from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from iprseg.errors import IprsegError
from iprseg.simulate import make_marketplace, world, write_marketplace
from iprseg.simulate.__main__ import main


def test_the_files_hold_what_memory_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world, "_BATCH_LISTINGS", 120)  # several batches
    size = (700, 160, 2, 9)
    simulated = make_marketplace(*size)
    assert write_marketplace(tmp_path, *size) == tmp_path
    assert pq.ParquetFile(tmp_path / "listings.parquet").num_row_groups > 3
    for folder, frames in (
        (tmp_path, simulated.tables),
        (tmp_path / "truth", simulated.truth),
    ):
        assert sorted(f.stem for f in folder.glob("*.parquet")) == sorted(frames)
        for name, frame in frames.items():
            pd.testing.assert_frame_equal(
                pd.read_parquet(folder / f"{name}.parquet"), frame
            )


def test_batches_keep_sellers_whole_and_ids_apart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(world, "_BATCH_LISTINGS", 100)
    tables = make_marketplace(900, 160, 1, 4).tables
    for name, key in (("listings", "listing_id"), ("sellers", "seller_id"),
                      ("notices", "notice_id"), ("reviews", "review_id"),
                      ("returns", "order_id"), ("actions", "action_id")):  # fmt: skip
        assert tables[name][key].is_unique, name
    assert tables["listings"]["seller_id"].is_monotonic_increasing


def test_the_command_writes_and_refuses(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (
        main([str(tmp_path), "--listings", "40", "--sellers", "8", "--seed", "2"]) == 0
    )
    expected = make_marketplace(40, 8, 0, 2).tables["listings"]
    pd.testing.assert_frame_equal(
        pd.read_parquet(tmp_path / "listings.parquet"), expected
    )
    assert main([str(tmp_path), "--listings", "3", "--sellers", "8"]) == 2
    assert "must be at least 'n_sellers' (8)" in capsys.readouterr().err


def test_a_wrong_parameter_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(IprsegError, match="'evasion' parameter of write_marketplace"):
        write_marketplace(tmp_path / "new", evasion="high")
    assert not (tmp_path / "new").exists()
