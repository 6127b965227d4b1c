"""The page of attention kernels: what it shows happens, and its table of kernels is what the probe sees.

`tests/runtime/test_probe.py` has the table's rows one by one; the table of bugs takes minutes of `verify`.
"""

from pathlib import Path

from tests.docs.pages import run, text_of
from tests.scripts import load_script

PAGE = text_of("kernels.md")
KERNELS = load_script("bench/kernels.py")


def test_all_of_it_runs(tmp_path: Path) -> None:
    assert run(PAGE, tmp_path) >= 6


def test_the_table_is_that_of_the_script() -> None:
    assert f"<!-- kernels -->\n{KERNELS.table()}<!-- end kernels -->" in PAGE


def test_the_table_of_bugs_has_what_the_probe_sees() -> None:
    for name, kernel in KERNELS.BUGS.items():
        assert f"| {name} | {KERNELS.seen(kernel, 'float32')[0]} | " in PAGE
