"""`iprseg hash`: image files become the table images, whatever some of them hold."""

import sys

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import iprseg
from iprseg.cli import hash

BAD = {
    "cut.jpg": "damaged",
    "empty.jpg": "empty_file",
    "text.jpg": "not_an_image",
    "wide.png": "too_many_pixels",
    "nowhere.jpg": "no_file",
    "../secret.png": "outside_folder",
    "more": "not_a_file",
    "=cmd.jpg": "no_file",
}


def picture(seed: int) -> Image.Image:
    """Soft shapes: random colours on a coarse grid, blurred."""
    coarse = np.random.default_rng(seed).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize((300, 200), Image.Resampling.BICUBIC)


@pytest.fixture
def photos(tmp_path):
    """A folder of good and bad files; a.jpg and more/again.jpg show the same."""
    folder = tmp_path / "photos"
    (folder / "more").mkdir(parents=True)
    picture(0).save(folder / "a.jpg")
    picture(0).save(folder / "more/again.jpg", quality=40)
    picture(1).save(folder / "b.png")
    picture(2).save(tmp_path / "secret.png")
    Image.new("RGB", (90, 90), "grey").save(folder / "plain.png")
    Image.new("L", (40_000, 20), 128).save(folder / "wide.png")
    (folder / "cut.jpg").write_bytes((folder / "a.jpg").read_bytes()[:2000])
    (folder / "empty.jpg").touch()
    (folder / "text.jpg").write_text("<html>not found</html>")
    return folder


def listed(tmp_path, rows, columns=("listing_id", "file"), name="map.csv"):
    path = tmp_path / name
    frame = pd.DataFrame(rows, columns=list(columns), dtype=object)
    frame.to_excel(path, index=False) if name.endswith("x") else frame.to_csv(
        path, index=False
    )
    return path


def hashed(run, photos, rows, **more):
    tables = photos.parent / "tables"
    out = tables / "images.parquet"
    path = listed(photos.parent, rows, **more)
    outcome = run("hash", photos, "--listings", path, "--out", out)
    assert outcome.code == 0, outcome.err
    return pd.read_parquet(out), tables / "images_bad.csv", outcome


def test_good_files_get_hashes_and_bad_ones_a_reason(run, photos):
    good = [("1", "a.jpg"), ("2", "more/again.jpg"), ("3", "plain.png")]
    images, bad, outcome = hashed(run, photos, [*good, *(("4", file) for file in BAD)])
    told = pd.read_csv(bad).set_index("file")["reason"]
    assert told.to_dict() == {("'" + f if f[0] == "=" else f): BAD[f] for f in BAD}
    images = images.set_index("image_id")
    assert images.index.tolist() == [*(file for _, file in good), *BAD]
    assert images["pdq_hex"].notna().tolist() == [True] * 3 + [False] * len(BAD)
    assert images.loc["a.jpg", "listing_id"] == "1"
    assert images.loc["wide.png", "width"] == 40_000
    assert "3 images hashed, of 11 rows" in outcome.told
    assert "1 image of them too plain to compare" in outcome.told
    assert "the file has 0 bytes 1" in outcome.told


def test_every_reason_has_words(photos):
    rows = [("1", file) for file in [*BAD, None]] + [(None, "a.jpg")]
    frame = hash.read_file_list(listed(photos.parent, rows))
    _, bad = hash.hash_listed_files(frame, photos, lambda done: None)
    assert set(bad["reason"]) - {"no_path", "no_owner"} == set(BAD.values())
    assert set(bad["reason"]) <= set(hash.REASONS)


def test_rows_without_a_file_or_an_owner_are_told_and_left_out(run, photos):
    rows = [("1", "a.jpg"), ("2", None), (None, "b.png")]
    images, bad, _ = hashed(run, photos, rows)
    assert images["listing_id"].tolist() == ["1"]
    assert pd.read_csv(bad)["reason"].tolist() == ["no_path", "no_owner"]


def test_a_file_of_two_listings_is_an_image_of_each_and_hashed_once(
    run, photos, monkeypatch
):
    from iprseg import embed

    asked = []
    real = embed.hash_images
    monkeypatch.setattr(
        embed, "hash_images", lambda paths: real(asked.extend(p := list(paths)) or p)
    )
    rows = [("1", "a.jpg"), ("2", "a.jpg"), ("2", "b.png"), ("2", "a.jpg")]
    images, bad, _ = hashed(run, photos, rows)
    assert images["image_id"].tolist() == ["a.jpg#1", "a.jpg#2", "b.png"]
    assert images["image_id"].is_unique and not bad.exists()
    assert images["pdq_hex"].iloc[0] == images["pdq_hex"].iloc[1]
    assert len(asked) == 2


def test_ids_and_columns_of_ones_own_are_kept(run, photos):
    rows = [(7, "I1", "a.jpg", "SALE"), (None, "I2", "b.png", None)]
    columns = ("Listing_ID", "image_id", "file", "ocr_text")
    images, _, _ = hashed(run, photos, rows, columns=columns, name="map.xlsx")
    assert images["image_id"].tolist() == ["I1", "I2"]
    assert images["listing_id"].iloc[0] == "7" and pd.isna(images["listing_id"].iloc[1])
    assert images["ocr_text"].iloc[0] == "SALE"


def test_check_and_signals_read_what_was_written(run, photos):
    rows = [(1, "a.jpg"), (2, "more/again.jpg"), (3, "b.png"), (4, "cut.jpg")]
    hashed(run, photos, rows)
    tables = photos.parent / "tables"
    shops = [(i, f"s{i}", f"Bag number {i}") for i in range(1, 6)]
    columns = ["listing_id", "seller_id", "title"]
    pd.DataFrame(shops, columns=columns).to_csv(tables / "listings.csv", index=False)
    checked = run("check", tables)
    assert checked.code == 0 and "0 errors, 0 warnings" in checked.out
    assert "images: 4 of 4 rows kept" in checked.out
    # of five listings two show one photograph, one another, one none that can be read
    card = run("signals", "card", "C01", tables)
    assert "C01_pdq_dup_sellers: known for 60 % of 5 listings" in card.told


def test_a_mirrored_and_a_turned_file_are_known_again(run, photos):
    way = Image.Transpose
    picture(0).transpose(way.FLIP_LEFT_RIGHT).save(photos / "mirrored.jpg", quality=60)
    picture(0).transpose(way.ROTATE_90).resize((150, 225)).save(photos / "turned.png")
    files = ["a.jpg", "mirrored.jpg", "turned.png", "b.png", "more/again.jpg"]
    hashed(run, photos, list(enumerate(files)))
    tables = photos.parent / "tables"
    days = [f"2024-01-0{i + 1}" for i in range(5)]
    shops = {"listing_id": range(5), "seller_id": list("abcde"), "created_at": days}
    pd.DataFrame({**shops, "title": "bag"}).to_csv(tables / "listings.csv", index=False)
    with iprseg.read_marketplace(tables) as marketplace:
        signals = iprseg.compute_signals(marketplace)
    # the first is nobody's copy; the last is a plain copy of it, which C01 tells
    assert signals["C10_image_transform_of_known"].tolist() == [0, 1, 1, 0, 0]
    assert signals["C01_pdq_dup_sellers"].tolist() == [1, 0, 0, 0, 1]


@pytest.mark.text
def test_segment_counts_sellers_who_share_a_photograph(run, photos):
    n = 60
    hashed(run, photos, [(i, "a.jpg" if i < 3 else "b.png") for i in (0, 1, 2, 3)])
    tables = photos.parent / "tables"
    shops = {"listing_id": range(n), "seller_id": [f"s{i}" for i in range(n)]}
    titles = [f"{'Canvas bag' if i % 2 else 'Steel watch'} {i}" for i in range(n)]
    pd.DataFrame({**shops, "title": titles}).to_csv(tables / "listings.csv")
    out = photos.parent / "out"
    assert run("segment", tables, "--out", out).code == 0
    signals = pd.read_parquet(out / "signals.parquet").set_index("listing_id")
    shared = signals["C01_pdq_dup_sellers"]
    assert shared.loc[["0", "1", "2", "3"]].tolist() == [2, 2, 2, 0]
    assert shared.drop(["0", "1", "2", "3"]).isna().all()


def test_nothing_is_written_over(run, photos):
    hashed(run, photos, [("1", "a.jpg")])
    out = photos.parent / "tables/images.parquet"
    before = out.read_bytes()
    again = run("hash", photos, "--listings", photos.parent / "map.csv", "--out", out)
    assert "is there already: give --out another name" in again.error
    assert out.read_bytes() == before


@pytest.mark.parametrize(
    ("columns", "rows", "out", "message"),
    [
        (("listing_id", "path"), [(1, "a.jpg")], "i.parquet", "needs the column 'file'"),
        (("listing_id", "file"), [], "i.parquet", "has no rows"),
        (("listing_id", "file"), [(1, "x.jpg"), (2, None)], "new/i.parquet",
         r"None of the 1 file of .* \(first: 'x.jpg'\)"),
        (("listing_id", "file"), [(1, "a.jpg")], "i.png", "must end in .parquet or .csv"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_one_sentence(run, photos, columns, rows, out, message):
    path, target = listed(photos.parent, rows, columns), photos.parent / out
    outcome = run("hash", photos, "--listings", path, "--out", target)
    assert pd.Series([outcome.error]).str.contains(message).all(), outcome.error
    assert not target.exists()
    assert not (photos.parent / "new").exists()


def test_a_folder_that_is_none(run, photos):
    path = listed(photos.parent, [("1", "a.jpg")])
    outcome = run("hash", photos / "a.jpg", "--listings", path)
    assert "There is no folder" in outcome.error


def test_without_the_extra_one_clear_error_before_any_work(run, photos, monkeypatch):
    monkeypatch.setitem(sys.modules, "pdqhash", None)
    outcome = run("hash", photos, "--listings", photos.parent / "no-such-table.csv")
    assert "pip install 'iprseg[image]'" in outcome.error


def test_help_is_for_newcomers(run):
    text = run("hash", "--help").told
    assert "Hash the image files of your listings" in text
    assert "listing_id and file" in " ".join(text.replace("│", " ").split())


def test_ids_in_a_csv_stay_as_they_are_or_are_refused(run, photos):
    rows = [("00123", "a.jpg"), ("-7", "b.png")]
    out = photos.parent / "images.csv"
    hostile = listed(photos.parent, [*rows, ("=1+1", "plain.png")], name="bad.csv")
    outcome = run("hash", photos, "--listings", hostile, "--out", out)
    assert "'=1+1') would be run by a spreadsheet" in " ".join(outcome.err.split())
    assert not out.exists()
    plain = listed(photos.parent, rows, name="good.csv")
    assert run("hash", photos, "--listings", plain, "--out", out).code == 0
    told = pd.read_csv(out, dtype=str)
    assert told["listing_id"].tolist() == ["00123", "-7"]
    assert told["image_id"].tolist() == ["a.jpg", "b.png"]
