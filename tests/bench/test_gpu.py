"""The script for GPUs runs, on a CPU with few instances; and says in one sentence why it does not."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from tests.scripts import load_script

SCRIPT = Path(__file__).resolve().parents[2] / "bench" / "gpu.py"


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, str(SCRIPT), *words], capture_output=True, text=True)


def test_on_a_cpu() -> None:
    done = run("--device", "cpu", "--few")
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert len(found["kernels"]) == 20
    served = [row for row in found["kernels"] if row["kernel"] in ("torch's choice", "MATH", "FLASH_ATTENTION")]
    assert [(row["fails"], row["wrong"], row["instances"]) for row in served] == [("", 0, 40)] * 12
    template = load_script("bench/render.py").environment().get_template("gpu.md")
    assert template.render(gpu=found).count("\n| ") == 20 + 3


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_without_a_device() -> None:
    done = run()
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "error: torch sees no CUDA device: run this where there is one\n"
