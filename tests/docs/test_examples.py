"""The example scripts run, and find what the oracle finds."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_the_eight_and_the_one_most_alike(tmp_path: Path, dtype: str) -> None:
    command = [sys.executable, EXAMPLES / "digits.py", "8", "1", "--dtype", dtype, "--figure", tmp_path / "x" / "d.png"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    found = re.search(r"Transformer: (.*)\noracle: +(.*)\n", done.stdout)
    assert found is not None
    assert found[1] == found[2] == "pair (21, 35), value 1"
    assert "242 and 346 of the data set differ in 1 of 64 pixels; pairs that tie: 1" in done.stdout
    assert (tmp_path / "x" / "d.png").read_bytes().startswith(b"\x89PNG")


def test_the_nearest_digits_of_grey_values() -> None:
    command = [sys.executable, EXAMPLES / "digits_grid.py", "--count", "60"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = [line for line in done.stdout.splitlines() if "float" in line]
    assert [line.split("│")[1].strip() for line in lines] == ["sqeuclidean", "cityblock", "cosine"]
    assert all(line.count("equal") == 2 for line in lines)
