"""Write and read a fitted segmentation as arrays and JSON, without pickle."""

import io
import json
import os
import zipfile
import zlib
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

FORMAT = 2
_HEADER = "header.json"
_ARRAYS = (
    "points", "labels", "weights", "limits", "n_voters", "enough",
    "point_branch",
    "known_keys", "known_labels", "known_strength",
)  # fmt: skip


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
        Whatever JSON can hold.
    extra : mapping of name to array
        Further arrays to keep beside the model's.

    Raises
    ------
    IprsegError
        When a fact cannot be written as JSON, or the file cannot be written.
    """
    target = Path(path)
    arrays = {f"extra/{name}": array for name, array in extra.items()}
    arrays |= {name: getattr(model, name) for name in _ARRAYS}
    arrays |= {f"tree/{name}": model.tree[name].to_numpy() for name in model.tree}
    for place, scale in enumerate(model.scales):
        for field in fields(scale):
            value = np.asarray(getattr(scale, field.name))
            arrays[f"scale/{place}/{field.name}"] = value
    header = {"format": FORMAT, "n_scales": len(model.scales), **facts}
    unfinished = target.with_name(f".{target.name}-{os.getpid()}")
    try:
        text = json.dumps(header, default=_plain)
        with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as file:
            file.writestr(_HEADER, text)
            for name, array in arrays.items():
                buffer = io.BytesIO()
                np.save(buffer, np.asarray(array), allow_pickle=False)
                file.writestr(f"{name}.npy", buffer.getvalue())
        unfinished.replace(target)
    except (OSError, TypeError) as error:
        unfinished.unlink(missing_ok=True)
        raise IprsegError(
            f"The segmentation cannot be saved to {target} ({error})."
        ) from error


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
            arrays = _read_arrays(file)
            return _assemble(header.pop("n_scales"), arrays), header, _extra(arrays)
    except FileNotFoundError as error:
        raise IprsegError(f"There is no segmentation at {source}.") from error
    except (
        OSError, KeyError, TypeError, ValueError, AttributeError, EOFError,
        zipfile.BadZipFile, zlib.error,
    ) as error:  # fmt: skip
        if isinstance(error, IprsegError):
            raise
        raise IprsegError(
            f"{source} is not a whole saved segmentation ({type(error).__name__}): it "
            "may have been cut off while copying; save it again."
        ) from error


def _read_arrays(file: zipfile.ZipFile) -> dict[str, NDArray]:
    return {
        name.removesuffix(".npy"): np.load(
            io.BytesIO(file.read(name)), allow_pickle=False
        )
        for name in file.namelist()
        if name != _HEADER
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
