"""A page as one file: the template filled in, style and script inside it."""

import base64
import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

_HERE = Path(__file__).parent


def rendered(
    template: str, styles: tuple[str, ...], scripts: tuple[str, ...], **values: Any
) -> str:
    """Fill in a template of this folder; style and script are admitted by their hash.

    Parameters
    ----------
    template : str
        Such as ``"report.html.j2"``.
    styles : tuple of str
        Names of CSS files, the later ones on top.
    scripts : tuple of str
        Names of JavaScript files, run in this order.
    **values
        What the template shows; each is escaped.
    """
    return _template(template).render(**values, **_inlined(styles, scripts))


@lru_cache
def _template(name: str) -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    # every value is escaped, whatever the template forgets
    environment = Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name)


@lru_cache
def _inlined(styles: tuple[str, ...], scripts: tuple[str, ...]) -> dict[str, Any]:
    """Return style and script with their hashes: the policy admits these texts only."""
    from markupsafe import Markup

    made: dict[str, Any] = {}
    for name, files in (("css", styles), ("js", scripts)):
        text = "".join((_HERE / file).read_text(encoding="utf-8") for file in files)
        digest = hashlib.sha256(text.encode("utf-8")).digest()
        made[name] = Markup(text)  # noqa: S704 (our own files, no data in them)
        made[f"{name}_hash"] = "sha256-" + base64.b64encode(digest).decode("ascii")
    return made
