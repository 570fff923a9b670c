"""Reference data as files: lexicons, placeholder brand names, common words.

Each file names its source; ``SOURCES.md`` lists them with their licences.
"""

from iprseg.reference.loaders import (
    load_lexicon,
    load_placeholders,
    load_reference,
    load_words,
    market_groups,
    market_languages,
    market_words,
)

__all__ = [
    "load_lexicon",
    "load_placeholders",
    "load_reference",
    "load_words",
    "market_groups",
    "market_languages",
    "market_words",
]
