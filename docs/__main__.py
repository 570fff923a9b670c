"""Build the site: `python -m docs OUT`. Nothing is executed, downloaded or left behind.

The sources are copied to a folder beside the site and completed there with the
generated pages, so that the repository never holds a page that code could contradict.
"""

import shutil
import sys
import tempfile
from pathlib import Path

from docs.pages import write_generated_pages

HERE = Path(__file__).parent


def build_site(out: Path, source: Path) -> int:
    """Build the site into `out`, from pages gathered in `source`.

    Parameters
    ----------
    out : Path
        Folder of the site; what an earlier build left there is replaced.
    source : Path
        Empty folder for the gathered sources.

    Returns
    -------
    int
        Sphinx's exit code: 0, or 1 where it has anything to say (``-W``).
    """
    from sphinx.cmd.build import build_main

    shutil.copytree(
        HERE,
        source,
        dirs_exist_ok=True,
        ignore=shutil.ignore_patterns("__*", "pages.py", "*.csv"),
    )
    write_generated_pages(source)
    if out.exists():
        shutil.rmtree(out)
    return build_main(["-W", "--keep-going", "-q", "-b", "html", str(source), str(out)])


def main(arguments: list[str]) -> int:
    """Build the site into the folder that the command line names."""
    out = Path(arguments[0] if arguments else "out/docs")
    with tempfile.TemporaryDirectory() as folder:
        failed = build_site(out, Path(folder))
    if not failed:
        sys.stdout.write(f"Site: {out.resolve()}/index.html (open it in a browser)\n")
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
