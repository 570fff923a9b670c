"""What a `Segmenter` says when a fit is empty or a saved setting unknown."""

import warnings
from typing import Any

from iprseg.errors import IprsegError


def restore_params(segmenter: Any, params: dict[str, Any], path: Any) -> Any:
    """Set the parameters that a file holds, or say that the file is of no use."""
    if isinstance(params.get("vector_blocks"), list):  # JSON has no tuples
        params = {**params, "vector_blocks": tuple(params["vector_blocks"])}
    try:
        return segmenter.set_params(**params)
    except ValueError as error:
        raise IprsegError(
            f"{path} is not a whole saved segmentation of this version: it has a "
            "setting that Segmenter does not know."
        ) from error


def warn_no_cohort(n_rows: int, size: int) -> None:
    """Warn that every row is noise, with the reason."""
    reason = (
        f"no group of {size} or more stands out from the rest"
        if n_rows >= 2 * size
        else f"two cohorts of {size} need at least {2 * size} rows"
    )
    warnings.warn(
        f"Segmenter put none of the {n_rows} rows in a cohort: {reason}. A smaller "
        "min_cohort_size or other blocks may find some.",
        stacklevel=3,
    )
