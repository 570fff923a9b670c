"""Write and read a fitted segmentation as arrays and JSON, without pickle."""

import contextlib
import io
import json
import os
import zipfile
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from iprseg.errors import IprsegError
from iprseg.segment._model import SegmentModel
from iprseg.segment._scale import BlockScale

FORMAT = 4
_HEADER = "header.json"
_ARRAYS = (
    "points", "labels", "trust", "weights", "limits", "n_voters", "enough",
    "point_branch",
    "known_keys", "known_labels", "known_strength",
)  # fmt: skip
_FACTS = ("params", "edits", "n_features_in", "feature_names_in", "min_cohort_size")


def write_model(
    path: str | os.PathLike[str],
    model: SegmentModel,
    facts: Mapping[str, Any],
    extra: Mapping[str, NDArray],
) -> None:
    """Write a model and facts about it to one file.

    Parameters
    ----------
    path : path
    model : SegmentModel
    facts : mapping
        What `_FACTS` names; whatever JSON can hold.
    extra : mapping of name to array
        Further arrays to keep beside the model's.

    Raises
    ------
    IprsegError
        When a fact cannot be written as JSON, or the file cannot be written.
    """
    arrays = {f"extra/{name}": array for name, array in extra.items()}
    arrays |= {name: getattr(model, name) for name in _ARRAYS}
    arrays |= {f"tree/{name}": model.tree[name].to_numpy() for name in model.tree}
    for place, scale in enumerate(model.scales):
        for field in fields(scale):
            value = np.asarray(getattr(scale, field.name))
            arrays[f"scale/{place}/{field.name}"] = value
    header = {"format": FORMAT, "n_scales": len(model.scales), **facts}
    header["arrays"] = list(arrays)
    try:
        text = json.dumps(header, default=_plain)
        _write_in_one_step(Path(path), text, arrays)
    except (OSError, TypeError, ValueError) as error:
        raise IprsegError(
            f"The segmentation cannot be saved to {str(path)!r} ({error})."
        ) from error


def _write_in_one_step(
    target: Path, header: str, arrays: Mapping[str, NDArray]
) -> None:
    unfinished = target.with_name(f".{target.name}-{os.getpid()}")
    try:
        with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as file:
            file.writestr(_HEADER, header)
            for name, array in arrays.items():
                buffer = io.BytesIO()
                np.save(buffer, np.asarray(array), allow_pickle=False)
                file.writestr(f"{name}.npy", buffer.getvalue())
        unfinished.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):  # where nothing could be written at all
            unfinished.unlink()
        raise


def read_model(
    path: str | os.PathLike[str],
) -> tuple[SegmentModel, dict[str, Any], dict[str, NDArray]]:
    """Read what `write_model` wrote.

    Raises
    ------
    IprsegError
        When the file is missing, damaged or of another format version.
    """
    source = Path(path)
    try:
        with zipfile.ZipFile(source) as file:
            header = json.loads(file.read(_HEADER))
            version = header.pop("format")
            if version != FORMAT:
                raise IprsegError(
                    f"The segmentation in {source} has format {version}, and this "
                    f"version of iprseg reads format {FORMAT}: fit it again."
                )
            arrays = _read_arrays(file, header.pop("arrays"))
            facts = {name: header[name] for name in _FACTS}
            return _assemble(header["n_scales"], arrays), facts, _extra(arrays)
    except IprsegError:
        raise
    except FileNotFoundError as error:
        raise IprsegError(f"There is no segmentation at {source}.") from error
    except Exception as error:  # a flipped bit makes zipfile raise whatever it meets
        raise IprsegError(
            f"{source} is not a whole saved segmentation ({type(error).__name__}): it "
            "may have been cut off while copying; save it again."
        ) from error


def _read_arrays(file: zipfile.ZipFile, names: list[str]) -> dict[str, NDArray]:
    """Read the arrays that the header lists, which must be all that there is.

    Each part of the file has a checksum of its own, but for its name.
    """
    if sorted(file.namelist()) != sorted([_HEADER, *(f"{one}.npy" for one in names)]):
        raise KeyError("an array is missing or unknown")
    return {
        name: np.load(io.BytesIO(file.read(f"{name}.npy")), allow_pickle=False)
        for name in names
    }


def _assemble(n_scales: int, arrays: Mapping[str, NDArray]) -> SegmentModel:
    scales = [
        BlockScale(
            **{
                field.name: _scalar(arrays[f"scale/{place}/{field.name}"])
                for field in fields(BlockScale)
            }
        )
        for place in range(n_scales)
    ]
    of_points = ("points", "labels", "trust", "weights", "point_branch")
    if len({len(arrays[name]) for name in of_points}) > 1:
        raise ValueError("arrays of the points differ in length")
    columns = _below("tree/", arrays)
    tree = pd.DataFrame(columns).rename_axis("branch")
    return SegmentModel(
        scales, **{name: _scalar(arrays[name]) for name in _ARRAYS}, tree=tree
    )


def _extra(arrays: Mapping[str, NDArray]) -> dict[str, NDArray]:
    return _below("extra/", arrays)


def _below(prefix: str, arrays: Mapping[str, NDArray]) -> dict[str, NDArray]:
    return {
        name.removeprefix(prefix): array
        for name, array in arrays.items()
        if name.startswith(prefix)
    }


def _scalar(array: NDArray) -> Any:
    return array.item() if array.ndim == 0 else array


def _plain(value: Any) -> Any:
    """Turn numpy's numbers and any sequence into what JSON has."""
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray | pd.Index | pd.Series | set | frozenset):
        return list(value)
    raise TypeError(f"{type(value).__name__} has no place in a saved file")
