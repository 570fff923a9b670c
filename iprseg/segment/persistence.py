"""What is written down of a segmentation: its model as arrays, an analyst's choices.

Nothing is pickled: a file holds arrays and JSON.
"""

import contextlib
import io
import json
import math
import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from iprseg.errors import IprsegError
from iprseg.segment.model import SegmentModel
from iprseg.segment.scaling import BlockScale

MODEL_FORMAT = 4
_HEADER_NAME = "header.json"
_MODEL_ARRAYS = (
    "points", "labels", "trust", "weights", "limits", "n_voters", "enough",
    "point_branch",
    "known_keys", "known_labels", "known_strength",
)  # fmt: skip
_MODEL_FACTS = (
    "params",
    "edits",
    "n_features_in",
    "feature_names_in",
    "min_cohort_size",
)


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
        What `_MODEL_FACTS` names; whatever JSON can hold.
    extra : mapping of name to array
        Further arrays to keep beside the model's.

    Raises
    ------
    IprsegError
        When a fact cannot be written as JSON, or the file cannot be written.
    """
    arrays = {f"extra/{name}": array for name, array in extra.items()}
    arrays |= {name: getattr(model, name) for name in _MODEL_ARRAYS}
    arrays |= {f"tree/{name}": model.tree[name].to_numpy() for name in model.tree}
    for place, scale in enumerate(model.scales):
        for field in fields(scale):
            value = np.asarray(getattr(scale, field.name))
            arrays[f"scale/{place}/{field.name}"] = value
    header = {"format": MODEL_FORMAT, "n_scales": len(model.scales), **facts}
    header["arrays"] = list(arrays)
    try:
        text = json.dumps(header, default=_convert_to_json)
        _write_atomically(Path(path), text, arrays)
    except (OSError, TypeError, ValueError) as error:
        raise IprsegError(
            f"The segmentation cannot be saved to {str(path)!r} ({error})."
        ) from error


def _write_atomically(target: Path, header: str, arrays: Mapping[str, NDArray]) -> None:
    # shortened: a name that is just short enough must not become too long by the mark
    unfinished = target.with_name(f".{target.name[:60]}-{os.getpid()}")
    try:
        with zipfile.ZipFile(unfinished, "w") as file:
            _add_part(file, _HEADER_NAME, header)
            for name, array in arrays.items():
                buffer = io.BytesIO()
                np.save(buffer, np.asarray(array), allow_pickle=False)
                _add_part(file, f"{name}.npy", buffer.getvalue())
        unfinished.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):  # where nothing could be written at all
            unfinished.unlink()
        raise


def _add_part(file: zipfile.ZipFile, name: str, data: str | bytes) -> None:
    """Add a part without the time of day: equal models are equal files."""
    file.writestr(zipfile.ZipInfo(name), data, compress_type=zipfile.ZIP_DEFLATED)


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
            header = json.loads(file.read(_HEADER_NAME))
            version = header.pop("format")
            if version != MODEL_FORMAT:
                raise IprsegError(
                    f"The segmentation in {source} has format {version}, and this "
                    f"version of iprseg reads format {MODEL_FORMAT}: fit it again."
                )
            arrays = _read_arrays(file, header.pop("arrays"))
            facts = {name: header[name] for name in _MODEL_FACTS}
            return (
                _assemble_model(header["n_scales"], arrays),
                facts,
                _select_extra_arrays(arrays),
            )
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
    if sorted(file.namelist()) != sorted(
        [_HEADER_NAME, *(f"{one}.npy" for one in names)]
    ):
        raise KeyError("an array is missing or unknown")
    return {
        name: np.load(io.BytesIO(file.read(f"{name}.npy")), allow_pickle=False)
        for name in names
    }


def _assemble_model(n_scales: int, arrays: Mapping[str, NDArray]) -> SegmentModel:
    scales = [
        BlockScale(
            **{
                field.name: _unwrap_scalar(arrays[f"scale/{place}/{field.name}"])
                for field in fields(BlockScale)
            }
        )
        for place in range(n_scales)
    ]
    of_points = ("points", "labels", "trust", "weights", "point_branch")
    if len({len(arrays[name]) for name in of_points}) > 1:
        raise ValueError("arrays of the points differ in length")
    columns = _select_by_prefix("tree/", arrays)
    tree = pd.DataFrame(columns).rename_axis("branch")
    return SegmentModel(
        scales,
        **{name: _unwrap_scalar(arrays[name]) for name in _MODEL_ARRAYS},
        tree=tree,
    )


def _select_extra_arrays(arrays: Mapping[str, NDArray]) -> dict[str, NDArray]:
    return _select_by_prefix("extra/", arrays)


def _select_by_prefix(prefix: str, arrays: Mapping[str, NDArray]) -> dict[str, NDArray]:
    return {
        name.removeprefix(prefix): array
        for name, array in arrays.items()
        if name.startswith(prefix)
    }


def _unwrap_scalar(array: NDArray) -> Any:
    return array.item() if array.ndim == 0 else array


def _convert_to_json(value: Any) -> Any:
    """Turn numpy's numbers and any sequence into what JSON has."""
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray | pd.Index | pd.Series | set | frozenset):
        return list(value)
    raise TypeError(f"{type(value).__name__} has no place in a saved file")


EDITS_FORMAT = 1


@dataclass(frozen=True)
class Exemplars:
    """Members that stand for one side of a choice.

    Attributes
    ----------
    ids : tuple of str or int, or None
        Their ids; None where the data had none.
    rows : tuple of tuple of float or None
        Their values; None is missing.
    """

    ids: tuple[Any, ...] | None
    rows: tuple[tuple[float | None, ...], ...]


@dataclass(frozen=True)
class Choice:
    """One decision: these belong together, or these belong apart.

    Attributes
    ----------
    kind : {"merge", "split"}
    told : str
        What was done, in words.
    groups : tuple of Exemplars
        The sides: two for a split, two or more for a merge.
    columns : tuple of str, or None
        Names of the values; None where the data had none.
    """

    kind: str
    told: str
    groups: tuple[Exemplars, ...]
    columns: tuple[str, ...] | None = None


def parse_choices(text: str, what: str) -> tuple[Choice, ...]:
    """Read choices from JSON.

    Parameters
    ----------
    text : str
    what : str
        What holds it, for the error.

    Raises
    ------
    IprsegError
        When it is not what `CohortEdits.to_json` gives, or of another format.
    """
    try:
        held = json.loads(text)
        version = held["format"]
        choices = tuple(_parse_choice(one) for one in held["choices"])
    except (
        ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError,
    ) as error:  # fmt: skip
        raise IprsegError(
            f"{what} cannot be read ({type(error).__name__}): give what "
            "CohortEdits.save wrote."
        ) from error
    if version != EDITS_FORMAT:
        raise IprsegError(
            f"{what} are of format {version!r}, and this version of iprseg reads "
            f"format {EDITS_FORMAT}: make them again."
        )
    return choices


def _parse_choice(held: dict[str, Any]) -> Choice:
    kind, groups = held["kind"], tuple(_parse_exemplars(one) for one in held["groups"])
    sides = {"merge": len(groups) >= 2, "split": len(groups) == 2}
    names = held.get("columns")
    columns = None if names is None else tuple(str(name) for name in names)
    widths = {len(row) for group in groups for row in group.rows}
    if columns is not None:
        widths.add(len(columns))
    if not sides[kind] or len(widths) != 1:
        raise ValueError(kind)
    return Choice(kind, str(held["told"]), groups, columns)


def _parse_exemplars(held: dict[str, Any]) -> Exemplars:
    rows = tuple(tuple(map(_parse_value, row)) for row in held["rows"])
    ids = None if held["ids"] is None else tuple(held["ids"])
    named = ids is None or all(isinstance(one, str | int) for one in ids)
    if not rows or not named or (ids is not None and len(ids) != len(rows)):
        raise ValueError("rows and their ids")
    return Exemplars(ids, rows)


def _parse_value(held: Any) -> float | None:
    if held is not None and not math.isfinite(held):
        raise ValueError("no finite number")
    return held
