"""Draw a sample with a recorded design; estimate a rate that respects it."""

from iprseg.survey._draw import draw_sample
from iprseg.survey._estimate import estimate_prevalence
from iprseg.survey._lift import estimate_lift
from iprseg.survey._plan import plan_sample
from iprseg.survey.sample_design import SampleDesign, StratumDesign

__all__ = [
    "SampleDesign",
    "StratumDesign",
    "draw_sample",
    "estimate_lift",
    "estimate_prevalence",
    "plan_sample",
]
