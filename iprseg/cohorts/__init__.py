"""What each cohort is: names, terms, signals, rules and maps."""

from typing import Any

from iprseg import _load

# public name -> the file it lives in; loaded when first used
_FILES = {
    "CohortResult": "result",
    "find_cohorts": "find",
    "write_results": "result",
    "profile_cohorts": "profile",
    "rate_cohorts": "rate",
    "distinctive_terms": "terms",
    "fit_rule": "rules",
    "CohortRule": "rules",
    "suspicion_scores": "suspicion",
    "single_suspects": "suspects",
    "signal_lifts": "lift",
    "cohort_coordinates": "coordinates",
    "plot_cohorts": "plot",
    "map_cohorts": "map",
    "track_cohorts": "track",
    "CohortChanges": "changes",
}

__all__ = list(_FILES)


def __getattr__(name: str) -> Any:
    return _load(__name__, _FILES, name)


def __dir__() -> list[str]:
    return sorted(__all__)
