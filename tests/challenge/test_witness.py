"""A witness is written whole, read back only as it was written, and asked again; no code of anybody's runs unnamed."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import proofformer as pf
from proofformer.challenge.kernels import BUILT_IN
from proofformer.challenge.verdicts import Verdict
from proofformer.challenge.witness import DOCUMENTS, JSON, read_witness, replay
from proofformer.cli.main import cli
from proofformer.errors import InputError

KERNEL = """
from pathlib import Path
Path("ran").touch()
from proofformer.runtime.attention import sdpa
def mine(q, k, v, *, scale, causal):
    return sdpa(q, k, v, scale=scale / 100, causal=causal)
three = 3
"""


@pytest.fixture(scope="module")
def elu(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("witnesses") / "elu"
    pf.challenge("elu", dim=2, max_n=8).save(folder)
    return folder


@pytest.fixture
def here(elu: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "mine.py").write_text(KERNEL)
    for file in elu.iterdir():
        (tmp_path / "elu").mkdir(exist_ok=True)
        (tmp_path / "elu" / file.name).write_bytes(file.read_bytes())
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(command: str) -> Result:
    return CliRunner().invoke(cli, ["challenge", *command.split()], prog_name="proofformer")


def test_what_is_read_is_what_was_written(elu: Path) -> None:
    witness = read_witness(elu)
    assert witness.files() == {name: (elu / name).read_bytes() for name in (JSON, DOCUMENTS)}
    assert witness.verdict is Verdict.COLLISION
    said = json.loads((elu / JSON).read_text())
    assert said["verdict"] == "collision"
    assert said["spec"]["dtype"] == "float32"
    assert {"proofformer", "torch", "python"} <= said["versions"].keys()
    assert said["replay"] == "proofformer challenge elu --replay ."


def test_it_holds_here_and_not_for_softmax(elu: Path) -> None:
    again = replay(elu)
    assert again.holds
    assert again.verdict is Verdict.COLLISION
    assert [left is not None for left in again.left] == [True] * 3
    right = replay(elu, BUILT_IN["softmax"])
    assert not right.holds
    assert right.verdict is Verdict.NOTHING


def test_a_collision_of_another_kernel_is_a_wrong_answer(elu: Path) -> None:
    """Two documents are no collision for 1 + s + s^2 / 2, but it is wrong on one of the two."""
    assert replay(elu, BUILT_IN["taylor"]).verdict is Verdict.WRONG


EDITS = {
    "a number": lambda said: said["spec"].update(max_n=9),
    "another dtype": lambda said: said["spec"].update(dtype="float64"),
    "a dtype that there is not": lambda said: said["spec"].update(dtype="float8"),
    "the verdict": lambda said: said.update(verdict="nothing found"),
    "the cost": lambda said: said.update(cost="quadratic"),
    "a version": lambda said: said["versions"].update(torch="0"),
    "an answer": lambda said: said["findings"][0].update(got="no?"),
    "a setting": lambda said: said["findings"][2].update(settings=[[1, 2]]),
    "what was read": lambda said: said["findings"][0]["misread"].update(got=0.5),
    "what was read, as text": lambda said: said["findings"][0]["misread"].update(got="much"),
    "the kernel": lambda said: said.update(kernel="softmax"),
    "whose it is": lambda said: said.update(built_in=False),
    "the command": lambda said: said.update(replay="rm -r ."),
    "a finding less": lambda said: said["findings"].pop(),
    "a finding more": lambda said: said["findings"].append(said["findings"][0]),
    "a field more": lambda said: said.update(more=1),
    "a field less": lambda said: said.pop("cost"),
    "the format": lambda said: said.update(format="proofformer witness 2"),
    "findings that are none": lambda said: said.update(findings=3),
    "no spec": lambda said: said.update(spec=None),
    "its own digest": lambda said: said.update(sha256="0" * 64),
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edited_witness_is_told_in_a_sentence(here: Path, edit: str) -> None:
    said = json.loads((here / "elu" / JSON).read_text())
    EDITS[edit](said)
    (here / "elu" / JSON).write_text(json.dumps(said, indent=1) + "\n")
    result = run("--replay elu")
    assert result.exit_code == 2, result.output
    assert result.stderr.startswith("error: elu")
    assert "make " in result.stderr
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize("file", [JSON, DOCUMENTS])
def test_bytes_that_were_edited(here: Path, file: str) -> None:
    whole = (here / "elu" / file).read_bytes()
    for edited in (b"", b"[]", whole[:-1], whole + b"\n", whole.replace(b"1", b"0"), whole[:-1] + b"\x07"):
        (here / "elu" / file).write_bytes(edited)
        with pytest.raises(InputError):
            read_witness("elu")
    (here / "elu" / file).unlink()
    with pytest.raises(InputError, match="missing"):
        read_witness("elu")


def test_code_runs_only_if_it_is_named(here: Path) -> None:
    result = run("mine.py:mine --dim 2 --max-n 6 -o own")
    assert result.exit_code == 1, result.output
    assert "verdict     wrong answer" in result.output
    (here / "ran").unlink()
    result = run("--replay own")
    assert result.exit_code == 2
    assert "proofformer challenge mine.py:mine --replay own" in result.stderr
    assert not (here / "ran").exists()
    result = run("mine.py:mine --replay own")
    assert result.exit_code == 1
    assert (here / "ran").exists()
    # Mended, it does not hold any more.
    (here / "mine.py").write_text(KERNEL.replace(" / 100", ""))
    result = run("mine.py:mine --replay own")
    assert result.exit_code == 0, result.output
    assert "nothing found, it was: wrong answer" in result.output


def test_a_function_that_is_called_as_a_built_in_kernel_is_none(tmp_path: Path) -> None:
    def elu(q, k, v, *, scale, causal):
        return 0 * q

    pf.challenge(elu, dim=2, max_n=2).save(tmp_path / "own")
    with pytest.raises(InputError, match="somebody's own"):
        replay(tmp_path / "own")


def test_a_cost_that_is_said_makes_it_lossy(here: Path) -> None:
    result = run("mine.py:mine --dim 2 --max-n 6 --cost quadratic --json")
    assert result.exit_code == 1
    said = json.loads(result.stdout)
    assert said["verdict"] == "quadratic but lossy"
    assert said["witness"] is None


def test_what_nothing_found_is_of(here: Path) -> None:
    (here / "mine.py").write_text(KERNEL.replace(" / 100", ""))
    advice = "of this question; `verify MODEL_DIR --backend FILE.py:NAME --assumptions` tests the kernel itself"
    for kernel, told in (("mine.py:mine", True), ("softmax", False)):
        assert (advice in run(f"{kernel} --dim 2 --max-n 4").output) is told


def test_documents_without_ones(here: Path) -> None:
    (here / "mine.py").write_text("def mine(q, k, v, *, scale, causal):\n    return 0 * q\n")
    assert " documents, all 0: " in run("mine.py:mine --dim 2 --max-n 4").output


def test_nothing_found_writes_nothing(here: Path) -> None:
    result = run("softmax --dim 2 --max-n 4 -o none --json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["verdict"] == "nothing found"
    assert not (here / "none").exists()
    with pytest.raises(InputError, match="no witness"):
        pf.challenge("softmax", dim=2, max_n=3).save(here / "none")


def test_replayed_as_json(here: Path) -> None:
    result = run("--replay elu --json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["holds"] is True


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("elu --dim 2 --max-n 8 -o elu", ("elu exists", "another folder")),
        ("elu --dim 2 --max-n 8 -o mine.py", ("mine.py exists",)),
        ("elu --dim 2 --max-n 8 -o mine.py/in", ("mine.py/in",)),
        ("", ("no KERNEL",)),
        ("performer --dim 2", ("'performer'", "FILE.py:NAME")),
        ("mine.py:three --dim 2", ("mine.py:three is 3", "attention(q, k, v")),
        ("mine.py:four --dim 2", ("no four",)),
        ("elu --problem sorting", ("sorting",)),
        ("elu --dim 2 --cost quadratic", ("'quadratic'", "elu is built in")),
        ("mine.py:mine --dim 2 --cost cheap", ("'cheap'", "linear, quadratic")),
        ("elu --problem msd --question search --dim 64 --max-n 64", ("cannot be guaranteed",)),
        ("elu --replay absent", ("absent", "witness")),
        ("--replay mine.py", ("mine.py", "witness")),
    ],
)
def test_bad_input(here: Path, command: str, words: tuple[str, ...]) -> None:
    before = sorted(here.rglob("*"))
    result = run(command)
    assert result.exit_code == 2, result.output
    assert all(word in result.stderr for word in words), result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert [file for file in sorted(here.rglob("*")) if file.name != "ran"] == before


@pytest.mark.parametrize("option", ["--layers 3", "--dim 7", "-o zz", "--seed 2", "--max-n 9", "--problem msd"])
def test_what_a_witness_says_is_not_asked_otherwise(option: str, here: Path) -> None:
    result = run(f"--replay elu {option}")
    assert result.exit_code == 2
    assert "is not for --replay, where the witness says what is asked: leave it out" in result.stderr
