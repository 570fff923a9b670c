import json
import zipfile

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError

from iprseg.errors import IprsegError
from iprseg.segment import Segmenter
from iprseg.segment._save import FORMAT

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
    assert loaded.get_params() == segmenter.get_params() | {
        "vector_blocks": list(segmenter.vector_blocks)
    }
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


def test_a_flipped_byte_is_noticed(saved):
    whole = bytearray(saved[1].read_bytes())
    whole[len(whole) // 3] ^= 0xFF
    saved[1].write_bytes(whole)
    with pytest.raises(IprsegError, match="is not a whole saved segmentation"):
        Segmenter.load(saved[1])


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
    rewrite(saved[1], lambda header, parts: header.update(format=FORMAT + 1))
    with pytest.raises(IprsegError, match=f"has format {FORMAT + 1}, and this version"):
        Segmenter.load(saved[1])


def test_an_array_that_is_not_there_is_noticed(saved):
    rewrite(saved[1], lambda header, parts: parts.pop("points.npy"))
    with pytest.raises(IprsegError, match="is not a whole saved segmentation"):
        Segmenter.load(saved[1])


def test_a_setting_of_another_program_is_noticed(saved):
    rewrite(saved[1], lambda header, parts: header["params"].update(colour="red"))
    with pytest.raises(IprsegError, match="is not a whole saved segmentation"):
        Segmenter.load(saved[1])


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(IprsegError, match=r"no segmentation at .*nowhere"):
        Segmenter.load(tmp_path / "nowhere")


def test_a_place_that_cannot_be_written(saved, tmp_path):
    with pytest.raises(IprsegError, match="cannot be saved to"):
        saved[0].save(tmp_path / "no" / "such" / "folder")


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
