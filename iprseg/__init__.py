"""Segment marketplace listings and sellers into IPR-risk cohorts.

The public names are loaded when first used (PEP 562), so that ``import iprseg`` is
fast and brings in no heavy package.
"""

import importlib
import sys
from typing import Any

__version__ = "0.1.0"

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
    "rank_outliers": "cohorts",
    "track_cohorts": "cohorts",
    "write_report": "report",
    "write_signal_cards": "report",
    "SampleDesign": "survey",
    "draw_sample": "survey",
    "estimate_lift": "survey",
    "estimate_prevalence": "survey",
    "plan_sample": "survey",
}

__all__ = [*_ROOMS, "__version__"]


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
