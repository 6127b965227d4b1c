import json

import numpy as np
import pytest

import proofformer
from proofformer.artifacts.onnx_file import FORMAT as ONNX
from proofformer.artifacts.onnx_file import OnnxFile

FEW = ("--random", "6", "--adversarial", "6")


@pytest.mark.parametrize("model", ["cp", "ov", "two"])
def test_onnx_is_written_and_verified(here, run, model):
    result = run("export", model, "--to", "onnx", "-o", "m.onnx")
    assert result.exit_code == 0, result.output
    lines = dict(line.split(maxsplit=1) for line in result.stdout.splitlines() if not line.startswith(" "))
    assert lines["file"].startswith("m.onnx (")
    assert lines["keeps"].startswith("weights in float32")
    assert lines["verify"].split() == ["proofformer", "verify", "--runtime", "onnx", "m.onnx"]
    verified = run("verify", "--runtime", "onnx", "m.onnx", *FEW)
    assert verified.exit_code == 0, verified.output
    assert verified.stdout.startswith("6 random, 6 adversarial: 0 wrong (largest n ")


def test_torch_in_json_and_by_its_runtime(here, run):
    result = run("export", "cp", "--to", "torch", "-o", "m.pt2", "--json")
    assert result.exit_code == 0, result.output
    facts = json.loads(result.stdout)
    assert facts["bytes"] == (here / "m.pt2").stat().st_size
    assert (facts["format"], facts["max_n"], facts["dtype"]) == ("torch", 32, "float32")
    verified = run("verify", "--runtime", "torch", "m.pt2", *FEW, "--json")
    assert verified.exit_code == 0, verified.output
    facts = json.loads(verified.stdout)
    assert (facts["runtime"], facts["wrong"], facts["instances"]) == ("torch", 0, 12)


def test_the_opset_is_the_one_asked_for(here, run):
    onnx = pytest.importorskip("onnx")
    assert run("export", "cp", "--to", "onnx", "-o", "m.onnx", "--opset", "18").exit_code == 0
    assert onnx.load("m.onnx").opset_import[0].version == 18


def test_a_wrong_export_fails_and_its_failure_replays(here, run, monkeypatch):
    run("export", "cp", "--to", "onnx", "-o", "m.onnx")
    real = OnnxFile.run

    def wrong(self, artifact, plan):
        exported = real(self, artifact, plan)
        monkeypatch.setattr(type(exported), "solve", lambda self, A: proofformer.problem("ov", dim=4).answer(A))
        return exported

    monkeypatch.setattr(OnnxFile, "run", wrong)
    result = run("verify", "--runtime", "onnx", "m.onnx", *FEW)
    assert result.exit_code == 1, result.output
    replay = "proofformer verify m.onnx --replay failure.npz --runtime onnx"
    assert f"  replay    {replay}" in result.stdout.splitlines()
    again = run(*replay.split()[1:])
    assert again.exit_code == 1, again.output
    monkeypatch.undo()


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("export cp --to coreml -o m", "format 'coreml' is unknown: choose one of folder"),
        ("export cp --to torch -o m --opset 18", "--opset says nothing to torch: leave it out"),
        ("export cp --to onnx -o m.onnx --opset 3", "opset 3 is unknown here: choose one from 18 to 24"),
        ("export cp --to onnx -o rows.txt", "onnx reads names that end in .onnx, not 'rows.txt'"),
        ("export cp --to onnx -o mine.onnx", "mine.onnx exists and is no onnx export of proofformer"),
        ("export cp --to hf -o cp", "exists and is no hf export of proofformer"),
        ("export cp --to onnx -o nowhere/m", "there is no folder nowhere; create it first"),
        ("export absent --to onnx -o m", "absent is no model folder: make one with `proofformer compile"),
        (
            "verify --runtime onnx absent.onnx",
            "absent.onnx is no onnx export of proofformer: make one with `proofformer export",
        ),
        ("verify --runtime onnx mine.onnx", "it is no onnx export of proofformer"),
        ("verify --runtime torch rows.txt", "it is no torch export of proofformer"),
        ("verify --runtime tflite rows.txt", "format 'tflite' is unknown"),
        ("verify --runtime onnx cp", "cp is no onnx export of proofformer"),
        ("verify --runtime onnx good.onnx --mutants 5", "--mutants needs the model and its weights"),
        ("verify --runtime onnx good.onnx --metamorphic 5", "--metamorphic needs the model and its weights"),
        ("verify --runtime onnx good.onnx --circuits 5", "--circuits tests the compiler, no export"),
        ("verify --runtime onnx good.onnx --device cuda", "leave out --device and --backend"),
        ("verify --runtime onnx good.onnx --backend reference", "leave out --device and --backend"),
        ("verify --runtime onnx good.onnx good.onnx", "is the same model as another MODEL_DIR"),
        ("verify --runtime onnx", "there is no MODEL_DIR to verify"),
    ],
)
def test_refusals_are_one_sentence(here, run, words, why):
    ONNX.write(proofformer.load("ov"), here / "good.onnx")
    (here / "mine.onnx").write_text("mine")
    before = {file: file.read_bytes() for file in here.iterdir() if file.is_file()}
    result = run(*words.split())
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert result.stderr.startswith("error: ")
    assert result.stderr.count("\n") == 1
    assert why in result.stderr
    assert {file: file.read_bytes() for file in here.iterdir() if file.is_file()} == before


def test_verify_in_processes(here, run):
    """Workers open the export by themselves."""
    ONNX.write(proofformer.load("cp"), here / "m.onnx")
    words = ("verify", "--runtime", "onnx", "m.onnx", "--random", "120", "--adversarial", "0", "--json")
    alone, together = (json.loads(run(*words, "--jobs", jobs).stdout) for jobs in "12")
    assert alone["digest"] == together["digest"]
    assert together["wrong"] == 0
    model = json.loads(run("verify", "cp", *words[4:]).stdout)
    assert np.isclose(model["largest_n"], alone["largest_n"])
