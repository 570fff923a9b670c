"""Branches of the hierarchy and the coreset points they hold."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from iprseg.errors import IprsegError
from iprseg.segment._near import nearest_points


def points_below(model: Any, branch: int) -> NDArray[np.bool_]:
    """Return which coreset points lie in a branch or below it.

    Parameters
    ----------
    model : SegmentModel
    branch : int

    Returns
    -------
    array of bool, shape (m,)
    """
    parent = model.tree["parent"].to_numpy()
    inside = np.zeros(len(parent), dtype=bool)
    inside[branch] = True
    for one in range(branch + 1, len(parent)):  # parents come before their children
        inside[one] = parent[one] >= 0 and inside[parent[one]]
    return inside[model.point_branch]


def dividing_branches(
    model: Any, members: NDArray[np.bool_]
) -> list[tuple[int, NDArray[np.bool_]]]:
    """Return the branches that hold some of the points and not all, coarse to fine.

    Parameters
    ----------
    model : SegmentModel
    members : array of bool, shape (m,)
        The points of a cohort.

    Returns
    -------
    list of (branch, array of bool, shape (m,))
        With which of the points it holds.
    """
    found = []
    for branch in model.tree.index[model.tree["parent"] >= 0]:
        held = points_below(model, int(branch)) & members
        if held.any() and (held != members).any():
            found.append((int(branch), held))
    return found


def divide(model: Any, members: NDArray[np.bool_], branch: int) -> NDArray[np.bool_]:
    """Return which points of a cohort leave with a branch.

    Points of the cohort that lie in no finer branch, neither in this one nor beside
    it, go with the nearest point that does.

    Returns
    -------
    array of bool, shape (m,)
    """
    leaves = points_below(model, branch) & members
    above = [branch]
    while above[-1] >= 0:
        above.append(int(model.tree["parent"].iloc[above[-1]]))
    open_ = members & np.isin(model.point_branch, above[1:])
    stays = members & ~leaves & ~open_
    if open_.any() and stays.any():
        sure = np.flatnonzero(leaves | stays)
        near = nearest_points(model.points[open_], model.points[sure], 1).found[:, 0]
        leaves[open_] = leaves[sure[near]]
    return leaves


def branches_of_split(
    model: Any, members: NDArray[np.bool_], cohort: int, branch: int | None, size: int
) -> list[int]:
    """Return the branches that may leave a cohort, the likeliest first.

    Parameters
    ----------
    model : SegmentModel
    members : array of bool, shape (m,)
        The points of the cohort.
    cohort : int
    branch : int, optional
        The one asked for.
    size : int
        Least rows of a cohort at the fit.

    Raises
    ------
    IprsegError
        When there is none, or the one asked for does not divide the cohort.
    """
    found = dict(dividing_branches(model, members))
    if branch is not None:
        if branch not in found:
            inside = ", ".join(map(str, list(found)[:12])) or "none"
            raise IprsegError(
                f"Branch {branch} does not divide cohort {cohort}; branches of tree_ "
                f"that do: {inside}."
            )
        return [int(branch)]
    # others only reach into it: points of theirs that joined it as labels spread
    own = [
        one
        for one, held in found.items()
        if 2 * held.sum() >= points_below(model, one).sum()
    ]
    if not own:
        raise no_finer_branch(cohort, size)
    depth = model.tree["depth"]
    return sorted(own, key=lambda one: (int(depth[one]), int(found[one].sum()), one))


def no_finer_branch(cohort: int, size: int) -> IprsegError:
    """Return what to tell whoever wants to split a cohort that no branch divides."""
    return IprsegError(
        f"Cohort {cohort} has no finer branch in tree_, along which it could be split: "
        f"find cohorts with a min_cohort_size below {size} (`iprseg segment "
        "--min-cohort-size`), or fit another Segmenter on its members alone."
    )
