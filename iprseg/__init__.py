"""Segment marketplace listings and sellers into IPR-risk cohorts.

The public names are loaded when first used (PEP 562), so that ``import iprseg`` is
fast and brings in no heavy package.
"""

import importlib
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from iprseg.brands import find_brand_mentions, learn_brands
    from iprseg.charts import cohort_coordinates, explore_cohorts, plot_cohorts
    from iprseg.cohorts import (
        Evidence,
        list_member_reasons,
        phrase_signals,
        profile_cohorts,
        rank_outliers,
        rate_cohorts,
        track_cohorts,
        weigh_evidence,
    )
    from iprseg.embed import TextEmbedder, embed_listings, hash_images
    from iprseg.errors import IprsegError, MissingExtraError, TableError
    from iprseg.pipeline import CohortResult, find_cohorts
    from iprseg.report import write_report, write_signal_cards
    from iprseg.segment import (
        NOISE,
        UNLABELED,
        CohortEdits,
        Segmenter,
        apply_edits,
        cohort_stability,
        make_blocks,
    )
    from iprseg.signals import (
        compute_signals,
        missing_reasons,
        signal_cards,
        signal_catalogue,
        signal_groups,
    )
    from iprseg.simulate import (
        SimulatedLabeler,
        add_adversaries,
        adversary_catalogue,
        make_marketplace,
        planted_agreement,
    )
    from iprseg.survey import (
        SampleDesign,
        draw_sample,
        estimate_lift,
        estimate_prevalence,
        plan_sample,
    )
    from iprseg.tables import (
        Marketplace,
        Vault,
        check_tables,
        draft_mapping,
        read_marketplace,
    )

__version__ = "0.2.0"

# public name -> the room it lives in
_ROOMS = {
    "IprsegError": "errors",
    "MissingExtraError": "errors",
    "TableError": "errors",
    "Marketplace": "tables",
    "read_marketplace": "tables",
    "draft_mapping": "tables",
    "check_tables": "tables",
    "Vault": "tables",
    "make_marketplace": "simulate",
    "planted_agreement": "simulate",
    "SimulatedLabeler": "simulate",
    "add_adversaries": "simulate",
    "adversary_catalogue": "simulate",
    "compute_signals": "signals",
    "missing_reasons": "signals",
    "signal_catalogue": "signals",
    "signal_cards": "signals",
    "signal_groups": "signals",
    "learn_brands": "brands",
    "find_brand_mentions": "brands",
    "TextEmbedder": "embed",
    "embed_listings": "embed",
    "hash_images": "embed",
    "Segmenter": "segment",
    "make_blocks": "segment",
    "cohort_stability": "segment",
    "CohortEdits": "segment",
    "apply_edits": "segment",
    "NOISE": "segment",
    "UNLABELED": "segment",
    "find_cohorts": "pipeline",
    "CohortResult": "pipeline",
    "cohort_coordinates": "charts",
    "profile_cohorts": "cohorts",
    "rate_cohorts": "cohorts",
    "plot_cohorts": "charts",
    "explore_cohorts": "charts",
    "Evidence": "cohorts",
    "list_member_reasons": "cohorts",
    "phrase_signals": "cohorts",
    "rank_outliers": "cohorts",
    "track_cohorts": "cohorts",
    "weigh_evidence": "cohorts",
    "write_report": "report",
    "write_signal_cards": "report",
    "SampleDesign": "survey",
    "draw_sample": "survey",
    "estimate_lift": "survey",
    "estimate_prevalence": "survey",
    "plan_sample": "survey",
}

__all__ = [
    "NOISE",
    "UNLABELED",
    "CohortEdits",
    "CohortResult",
    "Evidence",
    "IprsegError",
    "Marketplace",
    "MissingExtraError",
    "SampleDesign",
    "Segmenter",
    "SimulatedLabeler",
    "TableError",
    "TextEmbedder",
    "Vault",
    "__version__",
    "add_adversaries",
    "adversary_catalogue",
    "apply_edits",
    "check_tables",
    "cohort_coordinates",
    "cohort_stability",
    "compute_signals",
    "draft_mapping",
    "draw_sample",
    "embed_listings",
    "estimate_lift",
    "estimate_prevalence",
    "explore_cohorts",
    "find_brand_mentions",
    "find_cohorts",
    "hash_images",
    "learn_brands",
    "list_member_reasons",
    "make_blocks",
    "make_marketplace",
    "missing_reasons",
    "phrase_signals",
    "plan_sample",
    "planted_agreement",
    "plot_cohorts",
    "profile_cohorts",
    "rank_outliers",
    "rate_cohorts",
    "read_marketplace",
    "signal_cards",
    "signal_catalogue",
    "signal_groups",
    "track_cohorts",
    "weigh_evidence",
    "write_report",
    "write_signal_cards",
]


def load_public_name(package: str, places: dict[str, str], name: str) -> Any:
    """Take a public name from the module it lives in, and keep it in the package.

    It stands here, not in a file of its own, because ``import iprseg`` counts modules.
    """
    if name not in places:
        raise AttributeError(f"module {package!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{package}.{places[name]}"), name)
    setattr(sys.modules[package], name, value)
    return value


def __getattr__(name: str) -> Any:
    return load_public_name(__name__, _ROOMS, name)


def __dir__() -> list[str]:
    return sorted(__all__)
