"""What was not run is said once more at the end, where nobody overlooks it."""

import pytest

_NOT_RUN = "WAS NOT RUN"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for report in terminalreporter.stats.get("skipped", []):
        if _NOT_RUN in str(report.longrepr):
            reason = str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr)
            terminalreporter.write_sep("*", reason.removeprefix("Skipped: "), yellow=True, bold=True)
