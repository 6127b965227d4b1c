import json

import onnx

import proofformer
from proofformer.artifacts.onnx_file import FORMAT as ONNX
from proofformer.artifacts.onnx_file import OnnxFile

FEW = ("--random", "6", "--adversarial", "6")


def test_what_is_written_is_verified(here, run):
    result = run("export", "cp", "--to", "onnx", "-o", "m.onnx", "--opset", "18")
    assert result.exit_code == 0, result.output
    lines = dict(line.split(maxsplit=1) for line in result.stdout.splitlines() if not line.startswith(" "))
    assert lines["file"].startswith("m.onnx (")
    assert lines["keeps"].startswith("weights in float32")
    assert lines["verify"].split() == ["proofformer", "verify", "--runtime", "onnx", "m.onnx"]
    verified = run("verify", "--runtime", "onnx", "m.onnx", *FEW)
    assert verified.exit_code == 0, verified.output
    assert verified.stdout.startswith("6 random, 6 adversarial: 0 wrong (largest n ")
    assert onnx.load("m.onnx").opset_import[0].version == 18


def test_in_json(here, run):
    result = run("export", "two", "--to", "onnx", "-o", "m.onnx", "--json")
    assert result.exit_code == 0, result.output
    facts = json.loads(result.stdout)
    assert facts["bytes"] == (here / "m.onnx").stat().st_size
    assert (facts["format"], facts["max_n"], facts["dtype"]) == ("onnx", 32, "float32")
    verified = run("verify", "--runtime", "onnx", "m.onnx", *FEW, "--json")
    assert verified.exit_code == 0, verified.output
    facts = json.loads(verified.stdout)
    assert (facts["runtime"], facts["wrong"], facts["instances"]) == ("onnx", 0, 12)


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


def test_verify_in_processes(here, run):
    """Workers open the export by themselves."""
    ONNX.write(proofformer.load("cp"), here / "m.onnx")
    words = ("verify", "--runtime", "onnx", "m.onnx", "--random", "20", "--adversarial", "0", "--json")
    alone, together = (json.loads(run(*words, "--jobs", jobs).stdout) for jobs in "12")
    assert alone["digest"] == together["digest"]
    assert together["wrong"] == 0
