import numpy as np
import pytest

from iprseg.embed.pretrained import encode_once
from iprseg.errors import IprsegError


class Lengths:
    """An encoder that remembers what it was asked."""

    def __init__(self):
        self.asked = []

    def __call__(self, texts):
        self.asked.append(texts)
        return np.array([[len(text), 1] for text in texts], dtype=np.float32)


def test_a_text_is_encoded_once_per_model(tmp_path):
    encode = Lengths()
    first = encode_once(["aa", "b", "aa"], "model-1", encode, tmp_path)
    again = encode_once(["b", "ccc"], "model-1", encode, tmp_path)
    other = encode_once(["b"], "model-2", encode, tmp_path)
    assert encode.asked == [["aa", "b"], ["ccc"], ["b"]]
    assert first.tolist() == [[2, 1], [1, 1], [2, 1]]
    assert again.tolist() == [[1, 1], [3, 1]]
    assert other.tolist() == [[1, 1]]


def test_more_texts_than_one_query_takes(tmp_path):
    texts = [str(number) for number in range(1_203)]
    encode_once(texts, "model", Lengths(), tmp_path)
    assert encode_once(texts, "model", None, tmp_path).shape == (1_203, 2)


def test_without_a_folder_nothing_is_kept():
    encode = Lengths()
    encode_once(["a"], "model", encode, None)
    encode_once(["a"], "model", encode, None)
    assert len(encode.asked) == 2


def test_a_damaged_store_says_which_file_to_delete(tmp_path):
    (tmp_path / "vectors-model.sqlite").write_bytes(b"not a database" * 100)
    with pytest.raises(IprsegError, match=r"vectors-model\.sqlite cannot be used"):
        encode_once(["a"], "model", Lengths(), tmp_path)


def test_a_folder_that_is_a_file(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(IprsegError, match="give TextEmbedder another folder"):
        encode_once(["a"], "model", Lengths(), tmp_path / "file")
