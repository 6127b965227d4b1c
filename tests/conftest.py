import json
from collections import defaultdict
from pathlib import Path

import pytest
import torch

SECONDS = Path(__file__).with_name("seconds.json")
"""What each test took, all its cases together, when `make seconds` last wrote it; tests of a tenth of a second are left
out. It is read to share work out, never to judge."""

QUICK = 2.0
"""Seconds that a test of `make quick` may take."""


@pytest.fixture(autouse=True, scope="session")
def one_thread() -> None:
    """Models this small run slower on two threads than on one, and much slower beside another process."""
    torch.set_num_threads(1)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--part", default="1/1", help="of the files of tests, the Kth of N parts that take as long: K/N")
    parser.addoption("--quick", action="store_true", help=f"without tests that took more than {QUICK:g} s")
    parser.addoption("--seconds", action="store_true", help=f"write {SECONDS.name} anew")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("seconds"):
        config.pluginmanager.register(Clock(), "seconds")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    took = json.loads(SECONDS.read_text())
    if config.getoption("quick"):
        keep(config, items, [took.get(test_of(item.nodeid), 0) <= QUICK for item in items])
    part, parts = map(int, config.getoption("part").split("/"))
    if parts > 1:
        files = shares(items, took, parts)
        keep(config, items, [files[item.path] == part - 1 for item in items])


def keep(config: pytest.Config, items: list[pytest.Item], kept: list[bool]) -> None:
    config.hook.pytest_deselected(items=[item for item, k in zip(items, kept, strict=True) if not k])
    items[:] = [item for item, k in zip(items, kept, strict=True) if k]


def test_of(nodeid: str) -> str:
    """The test without the case."""
    return nodeid.partition("[")[0]


def shares(items: list[pytest.Item], took: dict[str, float], parts: int) -> dict[Path, int]:
    """Which part each file of tests belongs to: the longest first, each to the part that has least to do."""
    files: dict[Path, float] = defaultdict(float)
    for item in {test_of(item.nodeid): item for item in items}.values():
        files[item.path] += took.get(test_of(item.nodeid), 0.1)
    todo, part = [0.0] * parts, {}
    for file, seconds in sorted(files.items(), key=lambda f: (-f[1], f[0])):
        part[file] = todo.index(min(todo))
        todo[part[file]] += seconds
    return part


class Clock:
    """Adds up what the tests of a run take, and writes it."""

    def __init__(self) -> None:
        self.took: dict[str, float] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        test = test_of(report.nodeid)
        self.took[test] = self.took.get(test, 0) + report.duration

    def pytest_sessionfinish(self) -> None:
        found = {test: round(s, 1) for test, s in sorted(self.took.items()) if s >= 0.1}
        SECONDS.write_text(json.dumps(found, indent=0) + "\n")
