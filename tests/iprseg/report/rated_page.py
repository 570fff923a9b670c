"""A page of cohorts with gold, one of each kind, and its rows by name."""

from .page import Page, report
from .small_gold import KINDS, add_gold, many_cohorts
from .small_report import make_cohorts


def kinds_of(frame):
    """Rows of the page by the kind of gold that `add_gold` gave the cohort."""
    return {cohort: list(KINDS)[cohort % len(KINDS)] for cohort in frame.index}


def named_cohorts(n=7):
    """Cohorts of one kind of gold each, named after it, without hostile text."""
    frame = many_cohorts(make_cohorts(1), n)
    frame["name"] = [f"kind {kind}" for kind in kinds_of(frame).values()]
    frame["sellers"] = 50.0
    return frame


def rated_page(tmp_path, frame=None, **options) -> Page:
    frame = add_gold(named_cohorts()) if frame is None else frame
    return report(tmp_path, cohorts=frame, titles=None, **options)


def by_name(page, table=0):
    return {row["name"][0].removeprefix("kind "): row for row in page.tables[table]}
