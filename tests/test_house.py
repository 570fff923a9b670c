"""The house stays one: few and full modules, names that speak, doors that are public.

The limits are those of issue and design; ``CONTRIBUTING.md`` says why.
"""

import ast
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = ("iprseg", "labeling")
MAX_MODULES, MAX_LINES, MAX_FUNCTION_LINES = 240, 600, 60
THIN_LINES, MAX_THIN, MAX_ONE_WORD, MAX_LOADED = 120, 15, 150, 90
SEGMENT = """
import sys
sys.argv = ["iprseg", "segment", "data/sample/listings.csv", "--out", sys.argv[1]]
from iprseg.cli import main
try:
    main()
except SystemExit as ended:
    assert not ended.code
print("LOADED", sum(name.split(".")[0] in ("iprseg", "labeling") for name in sys.modules))
"""


def read_modules(*folders: str) -> dict[str, tuple[Path, ast.Module]]:
    found = {}
    for path in sorted(p for one in folders for p in (ROOT / one).rglob("*.py")):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        found[name] = (path, ast.parse(path.read_text(encoding="utf-8")))
    return found


def list_imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{one.name}" for one in node.names)
        elif isinstance(node, ast.Import):
            yield from (one.name for one in node.names)


def list_functions(tree: ast.Module) -> list[ast.FunctionDef]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]


def count_code_lines(function: ast.FunctionDef) -> int:
    body = function.body
    if ast.get_docstring(function):
        body = body[1:] or body
    return (function.end_lineno or 0) - body[0].lineno + 1


LIBRARY = read_modules(*PACKAGES)


def test_modules_are_few_and_none_is_too_long():
    assert len(LIBRARY) <= MAX_MODULES
    lengths = {
        name: path.read_text(encoding="utf-8").count("\n")
        for name, (path, _) in LIBRARY.items()
    }
    assert {name: n for name, n in lengths.items() if n > MAX_LINES} == {}


def test_no_function_is_too_long():
    long = {
        f"{name}.{one.name}": count_code_lines(one)
        for name, (_, tree) in LIBRARY.items()
        for one in list_functions(tree)
        if count_code_lines(one) > MAX_FUNCTION_LINES
    }
    assert long == {}


def test_few_private_modules_serve_one_neighbour_alone():
    users = defaultdict(set)
    for name, (_, tree) in LIBRARY.items():
        for one in list_imports(tree):
            users[one].add(name)
    thin = [
        name
        for name, (path, _) in LIBRARY.items()
        if name.split(".")[-1].startswith("_")
        and path.name != "__init__.py"
        and path.read_text(encoding="utf-8").count("\n") < THIN_LINES
        and len(users[name] - {name}) == 1
    ]
    assert len(thin) <= MAX_THIN, thin


def test_names_of_private_functions_have_two_words():
    short = [
        f"{name}.{one.name}"
        for name, (_, tree) in LIBRARY.items()
        for one in list_functions(tree)
        if one.name.startswith("_")
        and not one.name.startswith("__")
        and "_" not in one.name[1:]
    ]
    assert len(short) <= MAX_ONE_WORD, short


def test_tests_enter_by_public_doors():
    private = {
        f"{name} enters by {one}"
        for name, (_, tree) in read_modules("tests").items()
        for one in list_imports(tree)
        if one.split(".")[0] in PACKAGES
        and any(
            part.startswith("_") and not part.startswith("__")
            for part in one.split(".")[1:]
        )
    }
    assert private == set()


def test_a_command_loads_what_it_needs(tmp_path):
    ran = subprocess.run(
        [sys.executable, "-c", SEGMENT, str(tmp_path / "out")],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    loaded = int(ran.stdout.rpartition("LOADED")[2])
    assert loaded <= MAX_LOADED
