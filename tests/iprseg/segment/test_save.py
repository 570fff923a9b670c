import json
import zipfile

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError

from iprseg.errors import IprsegError
from iprseg.segment import Segmenter
from iprseg.segment.persistence import MODEL_FORMAT

RNG = np.random.default_rng(0)
FRAME = pd.DataFrame(
    np.vstack([RNG.normal(0, 0.4, (40, 3)), RNG.normal(5, 0.4, (60, 3))]),
    columns=["A01", "A02", "B01"],
)
FRAME.iloc[3, 1] = np.nan
BLOCKS = {"text_risk": ["A01", "A02"], "price": ["B01"]}


@pytest.fixture
def saved(tmp_path):
    segmenter = Segmenter(blocks=BLOCKS, weights={"price": 2}).fit(FRAME)
    segmenter.save(tmp_path / "model.iprseg")
    return segmenter, tmp_path / "model.iprseg"


@pytest.mark.parametrize("method", ["coreset", "reference"])
def test_a_loaded_segmenter_decides_as_before(tmp_path, method):
    segmenter = Segmenter(method, blocks=BLOCKS).fit(FRAME)
    segmenter.save(tmp_path / "model")
    loaded = Segmenter.load(tmp_path / "model")
    unseen = FRAME + 0.1
    np.testing.assert_array_equal(loaded.predict(FRAME), segmenter.labels_)
    np.testing.assert_array_equal(loaded.predict(unseen), segmenter.predict(unseen))
    np.testing.assert_array_equal(loaded.labels_, segmenter.labels_)
    np.testing.assert_array_equal(loaded.strength_, segmenter.strength_)
    pd.testing.assert_frame_equal(loaded.tree_, segmenter.tree_)
    assert loaded.get_params() == segmenter.get_params()
    assert loaded.feature_names_in_.tolist() == FRAME.columns.tolist()
    assert (loaded.n_features_in_, loaded.min_cohort_size_) == (3, 10)


def test_a_fit_on_an_array_has_no_names(tmp_path):
    segmenter = Segmenter(blocks={"a": np.array([0, 2]), "b": [1]}).fit(
        FRAME.to_numpy()
    )
    segmenter.save(tmp_path / "model")
    loaded = Segmenter.load(tmp_path / "model")
    assert not hasattr(loaded, "feature_names_in_")
    np.testing.assert_array_equal(loaded.predict(FRAME.to_numpy()), segmenter.labels_)


def test_the_file_holds_arrays_and_json_only(saved):
    with zipfile.ZipFile(saved[1]) as file:
        names = file.namelist()
        assert {name.rpartition(".")[2] for name in names} == {"json", "npy"}
        for name in names:
            if name.endswith("npy"):
                with file.open(name) as array:
                    np.load(array, allow_pickle=False)


def test_every_cut_of_the_file_is_noticed(saved):
    whole = saved[1].read_bytes()
    for share in (0.0, 0.1, 0.5, 0.9, 0.999):
        saved[1].write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(IprsegError, match="is not a whole saved segmentation"):
            Segmenter.load(saved[1])


def test_no_damage_is_loaded_as_another_model(saved):
    """One byte in forty is changed: the same model comes back, or a clear error."""
    segmenter, path = saved
    whole = path.read_bytes()
    facts = segmenter.get_params()
    loaded = 0
    for place in range(0, len(whole), 40):
        for bits in (0x01, 0x06, 0x40, 0xFF):  # 6 turns deflate's number into LZMA's
            damaged = bytearray(whole)
            damaged[place] ^= bits
            path.write_bytes(damaged)
            try:
                again = Segmenter.load(path)
            except IprsegError as error:
                assert "is not a whole saved segmentation" in str(error)
                continue
            loaded += 1
            assert again.get_params() == facts
            assert vars(again).keys() == vars(segmenter).keys()
            np.testing.assert_array_equal(again.predict(FRAME), segmenter.labels_)
            np.testing.assert_array_equal(again.strength_, segmenter.strength_)
            pd.testing.assert_frame_equal(again.tree_, segmenter.tree_)
    assert 0 < loaded < len(whole) / 20  # dates and the like are no part of the model


def rewrite(path, change):
    with zipfile.ZipFile(path) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    header = json.loads(parts["header.json"])
    change(header, parts)
    parts["header.json"] = json.dumps(header).encode()
    with zipfile.ZipFile(path, "w") as file:
        for name, content in parts.items():
            file.writestr(name, content)


def test_another_version_is_named(saved):
    rewrite(saved[1], lambda header, parts: header.update(format=MODEL_FORMAT + 1))
    with pytest.raises(
        IprsegError, match=f"has format {MODEL_FORMAT + 1}, and this version"
    ):
        Segmenter.load(saved[1])


@pytest.mark.parametrize(
    "change",
    [
        lambda header, parts: parts.pop("points.npy"),
        lambda header, parts: parts.pop("extra/labels_.npy"),
        lambda header, parts: parts.update({"extra/more.npy": parts["points.npy"]}),
        lambda header, parts: parts.update({"trust.npy": parts["limits.npy"]}),
        lambda header, parts: header.pop("n_features_in"),
        lambda header, parts: header.pop("format"),
        lambda header, parts: header.update(n_scales=3),
    ],
)
def test_a_part_that_is_missing_or_unknown_is_noticed(saved, change):
    rewrite(saved[1], change)
    with pytest.raises(IprsegError, match="is not a whole saved segmentation"):
        Segmenter.load(saved[1])


def test_a_setting_of_another_program_is_noticed(saved):
    rewrite(saved[1], lambda header, parts: header["params"].update(colour="red"))
    with pytest.raises(IprsegError, match="is not a whole saved segmentation"):
        Segmenter.load(saved[1])


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(IprsegError, match=r"no segmentation at .*nowhere"):
        Segmenter.load(tmp_path / "nowhere")


@pytest.mark.parametrize(
    "place",
    ["no/such/folder", "model.iprseg/below_a_file", "folder", "a" * 256, "", "nul\0"],
)
def test_a_place_that_cannot_be_written(saved, tmp_path, place):
    (tmp_path / "folder").mkdir()
    with pytest.raises(IprsegError, match="cannot be saved to"):
        saved[0].save(tmp_path / place if place else "")
    kept = {path.name for path in tmp_path.iterdir()}
    assert kept == {"folder", "model.iprseg"}  # nothing unfinished is left


def test_a_name_as_long_as_a_file_system_allows(saved, tmp_path):
    place = tmp_path / ("a" * 255)
    saved[0].save(place)
    assert [path.name for path in tmp_path.iterdir() if path != saved[1]] == [
        place.name
    ]


@pytest.mark.parametrize("bytes_", [b"", b"PK", b"{}", b"\x80\x04N."])
def test_another_file_is_no_model(tmp_path, bytes_):
    (tmp_path / "other").write_bytes(bytes_)
    with pytest.raises(IprsegError, match="is not a whole saved segmentation"):
        Segmenter.load(tmp_path / "other")
    with pytest.raises(IprsegError, match="is not a whole saved segmentation"):
        Segmenter.load(tmp_path)  # a folder


def test_a_setting_that_json_cannot_hold_leaves_the_old_file(saved):
    before = saved[1].read_bytes()
    saved[0].set_params(weights={"price": object()})
    with pytest.raises(IprsegError, match="object has no place in a saved file"):
        saved[0].save(saved[1])
    assert saved[1].read_bytes() == before
    assert [path.name for path in saved[1].parent.iterdir()] == ["model.iprseg"]


def test_an_unfitted_segmenter_is_not_saved(tmp_path):
    with pytest.raises(NotFittedError, match="not fitted yet"):
        Segmenter().save(tmp_path / "model")
