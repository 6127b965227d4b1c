"""The script for GPUs runs, on a CPU with few instances; and says in one sentence why it does not."""

import json
from subprocess import CompletedProcess

import pytest
import torch
from tests.scripts import ROOT, load_script

SCRIPT = load_script("bench/gpu.py")


def pytest_says(words: list[str], **_: object) -> CompletedProcess[str]:
    """What pytest would say, in the place of pytest."""
    assert words[-4:-1] == ["gpu", "-p", "no:cacheprovider"]
    assert "@pytest.mark.gpu" in (ROOT / words[-1] / "test_model.py").read_text()
    return CompletedProcess(words, 0, stdout="2 skipped in 1 s\n")


def test_on_a_cpu(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.argv", ["gpu.py", "--device", "cpu", "--few"])
    monkeypatch.setattr("subprocess.run", pytest_says)
    monkeypatch.setattr(SCRIPT, "SIZES", (1 << 10,))
    SCRIPT.main()
    found = json.loads(capsys.readouterr().out)
    assert found["tests"] == "2 skipped in 1 s"
    assert len(found["kernels"]) == 20
    served = [row for row in found["kernels"] if row["kernel"] in ("torch's choice", "MATH", "FLASH_ATTENTION")]
    assert [(row["fails"], row["wrong"], row["instances"]) for row in served] == [("", 0, 40)] * 12
    template = load_script("bench/render.py").environment().get_template("gpu.md")
    assert template.render(gpu=found).count("\n| ") == 20 + 3


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_without_a_device(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.argv", ["gpu.py"])
    with pytest.raises(SystemExit, match="2"):
        SCRIPT.main()
    assert capsys.readouterr() == ("", "error: torch sees no CUDA device: run this where there is one\n")
