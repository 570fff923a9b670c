"""Every picture: maps and bars as figures that a notebook shows."""

from typing import TYPE_CHECKING, Any

from iprseg import load_public_name

if TYPE_CHECKING:
    from iprseg.charts.coordinates import cohort_coordinates
    from iprseg.charts.explore import explore_cohorts
    from iprseg.charts.plots import plot_cohorts

# public name -> the module it lives in; loaded when first used
_MODULES = {
    "cohort_coordinates": "coordinates",
    "plot_cohorts": "plots",
    "explore_cohorts": "explore",
}

__all__ = [
    "cohort_coordinates",
    "explore_cohorts",
    "plot_cohorts",
]


def __getattr__(name: str) -> Any:
    return load_public_name(__name__, _MODULES, name)


def __dir__() -> list[str]:
    return sorted(__all__)
