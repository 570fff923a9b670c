"""Draw a sample with a recorded design; estimate a rate that respects it."""

from typing import TYPE_CHECKING, Any

from iprseg import load_public_name

if TYPE_CHECKING:
    from iprseg.survey.design import SampleDesign, StratumDesign
    from iprseg.survey.draw import draw_sample
    from iprseg.survey.estimate import estimate_prevalence
    from iprseg.survey.lift import estimate_lift
    from iprseg.survey.plan import plan_sample

# public name -> the module it lives in; loaded when first used
_MODULES = {
    "draw_sample": "draw",
    "estimate_prevalence": "estimate",
    "estimate_lift": "lift",
    "plan_sample": "plan",
    "SampleDesign": "design",
    "StratumDesign": "design",
}

__all__ = [
    "SampleDesign",
    "StratumDesign",
    "draw_sample",
    "estimate_lift",
    "estimate_prevalence",
    "plan_sample",
]


def __getattr__(name: str) -> Any:
    return load_public_name(__name__, _MODULES, name)


def __dir__() -> list[str]:
    return sorted(__all__)
