"""A report as a parser sees it."""

import datetime
from html.parser import HTMLParser

from iprseg.report import write_report
from tests.iprseg.report.small_report import make_cohorts, make_titles

DAY = datetime.date(2024, 5, 1)


class Page(HTMLParser):
    """Tags with attributes, the text a reader sees, and the tables of cohorts.

    `tables` holds, for each table of cohorts, rows of cells by label: text and the
    value that the column sorts by; the name of a cohort has the label ``name``.
    """

    def __init__(self, text):
        super().__init__()
        self.tags, self.seen, self.tables = [], [], []
        self._open, self._cell = None, None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.tags.append((tag, attrs))
        self._open = tag
        if tag == "table":
            kept = "cohorts" in attrs.get("class", "").split()
            self._rows = [] if kept else None
            if kept:
                self.tables.append(self._rows)
        elif tag == "tr" and self._rows is not None:
            self._rows.append({})
        elif tag in ("td", "th") and self._rows:
            label = attrs.get("data-label", "name")
            self._cell = self._rows[-1][label] = ["", attrs.get("data-value")]

    def handle_endtag(self, tag):
        self._open = None
        if tag in ("td", "th"):
            self._cell = None
        if tag == "thead" and self._rows is not None:
            self._rows.clear()

    def handle_data(self, data):
        if self._open not in ("style", "script"):
            self.seen.append(data)
        if self._cell is not None:
            self._cell[0] = " ".join((self._cell[0] + " " + data).split())

    @property
    def text(self):
        return " ".join(" ".join(self.seen).split())

    def with_class(self, name):
        """Attributes of every tag of a class."""
        return [a for _, a in self.tags if name in a.get("class", "").split()]


def report(tmp_path, **options):
    options = {
        "cohorts": make_cohorts(),
        "titles": make_titles(),
        "date": DAY,
    } | options
    return Page(
        write_report(tmp_path / "report.html", **options).read_text(encoding="utf-8")
    )
