"""Offline always; skips are loud, and failures where everything is required."""

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

os.environ["HF_HUB_OFFLINE"] = "1"  # before anything imports huggingface_hub
os.environ["TOKENIZERS_PARALLELISM"] = "false"

# A slow machine is no failure; the gate must not fail by chance on untouched code.
settings.register_profile("iprseg", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("iprseg")

# run behind the cells of notebooks, in their place
collect_ignore_glob = ["notebooks/check_*.py"]

HERE = Path(__file__).parent
REAL_DATA = HERE.parent.parent / "shared" / "data"
ALLOWED_SKIPS = HERE / "allowed_skips.txt"
_skipped: dict[str, str] = {}


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real public data beside the repository."""
    if not REAL_DATA.is_dir():
        pytest.skip("the real data sets are not beside this repository")
    return REAL_DATA


def allowed_skips() -> dict[str, str]:
    """The committed list: test id prefix -> why it may skip."""
    lines = ALLOWED_SKIPS.read_text(encoding="utf-8").splitlines()
    pairs = (line.split("|", 1) for line in lines if line and not line.startswith("#"))
    return {prefix.strip(): reason.strip() for prefix, reason in pairs}


def forbidden_skips(skipped: dict[str, str], allowed: dict[str, str]) -> dict[str, str]:
    """Skips that no entry of the committed list covers."""
    return {
        test: reason
        for test, reason in skipped.items()
        if not any(test.startswith(prefix) for prefix in allowed)
    }


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else ""
        _skipped[report.nodeid] = str(reason).removeprefix("Skipped: ")


def pytest_collectreport(report: pytest.CollectReport) -> None:
    if report.skipped:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else ""
        _skipped[report.nodeid] = str(reason).removeprefix("Skipped: ")


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    if hasattr(session.config, "workeroutput"):
        # one of several processes: the one that started them judges
        session.config.workeroutput["skipped"] = _skipped
        return
    required = os.environ.get("IPRSEG_REQUIRE_ALL") == "1"
    if required and exitstatus == 0 and forbidden_skips(_skipped, allowed_skips()):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    _skipped.update(getattr(node, "workeroutput", {}).get("skipped", {}))


def pytest_terminal_summary(terminalreporter) -> None:
    if not _skipped:
        return
    required = os.environ.get("IPRSEG_REQUIRE_ALL") == "1"
    forbidden = forbidden_skips(_skipped, allowed_skips())
    terminalreporter.section(f"{len(_skipped)} TESTS DID NOT RUN", sep="!", red=True)
    for test, reason in _skipped.items():
        verdict = (
            "FAILURE: everything is required here; "
            if required and test in forbidden
            else ""
        )
        terminalreporter.line(f"{verdict}{test}: {reason}")
