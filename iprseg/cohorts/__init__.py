"""What each cohort is: names, terms, signals, rules, rates and changes over time."""

from typing import TYPE_CHECKING, Any

from iprseg import load_public_name

if TYPE_CHECKING:
    from iprseg.cohorts.lift import phrase_signals, signal_lifts
    from iprseg.cohorts.outliers import list_member_reasons, rank_outliers
    from iprseg.cohorts.profile import profile_cohorts
    from iprseg.cohorts.rates import rate_cohorts
    from iprseg.cohorts.rules import CohortRule, fit_rule
    from iprseg.cohorts.suspicion import Evidence, suspicion_scores, weigh_evidence
    from iprseg.cohorts.terms import distinctive_terms
    from iprseg.cohorts.tracking import CohortChanges, track_cohorts

# public name -> the module it lives in; loaded when first used
_MODULES = {
    "profile_cohorts": "profile",
    "rate_cohorts": "rates",
    "distinctive_terms": "terms",
    "fit_rule": "rules",
    "CohortRule": "rules",
    "suspicion_scores": "suspicion",
    "rank_outliers": "outliers",
    "list_member_reasons": "outliers",
    "weigh_evidence": "suspicion",
    "Evidence": "suspicion",
    "phrase_signals": "lift",
    "signal_lifts": "lift",
    "track_cohorts": "tracking",
    "CohortChanges": "tracking",
}

__all__ = [
    "CohortChanges",
    "CohortRule",
    "Evidence",
    "distinctive_terms",
    "fit_rule",
    "list_member_reasons",
    "phrase_signals",
    "profile_cohorts",
    "rank_outliers",
    "rate_cohorts",
    "signal_lifts",
    "suspicion_scores",
    "track_cohorts",
    "weigh_evidence",
]


def __getattr__(name: str) -> Any:
    return load_public_name(__name__, _MODULES, name)


def __dir__() -> list[str]:
    return sorted(__all__)
