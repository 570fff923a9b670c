"""``python -m iprseg``: the command line."""

from iprseg.cli import main

if __name__ == "__main__":
    main()
