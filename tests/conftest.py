import pytest
import torch


@pytest.fixture(autouse=True, scope="session")
def one_thread() -> None:
    """Models this small run slower on two threads than on one, and much slower beside another process."""
    torch.set_num_threads(1)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--part", default="1/1", help="of the files of tests, every Nth from the Kth on: K/N")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Two processes on two cores, each with its own files, are done in half the time."""
    part, parts = map(int, config.getoption("part").split("/"))
    files = {file: k % parts == part - 1 for k, file in enumerate(sorted({item.path for item in items}))}
    config.hook.pytest_deselected(items=[item for item in items if not files[item.path]])
    items[:] = [item for item in items if files[item.path]]
