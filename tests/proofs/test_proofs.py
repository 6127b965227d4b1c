"""The proof in Coq: models are exported to it, it is as pinned, and what is planted in it is found."""

from __future__ import annotations

import contextlib
import json
import os
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from click.testing import CliRunner
from safetensors.torch import load_file, save_file
from tests.check.tampering import checked, compiled, right
from tests.proofs.altered import accepted, one_weight, warmer
from tests.proofs.computed import QUESTIONS, compared
from tests.scripts import ROOT, surroundings

from proofformer import problem
from proofformer.artifacts.coq_file import coq_file
from proofformer.artifacts.model_folder import CONFIG, WEIGHTS
from proofformer.check import CERTIFIED
from proofformer.cli.main import cli
from proofformer.compiler import INCLUSIVE, STRICT, Spec
from proofformer.errors import InputError, ProofError
from proofformer.problems import Problem

PROOFS = ROOT / "proofs"
TINY = Path(__file__).with_name("tiny.v")
COQ = shutil.which("coqc")
FOUND = COQ and subprocess.run([COQ, "--print-version"], capture_output=True, text=True).stdout.startswith("8.16")
needs_coq = pytest.mark.skipif(
    not FOUND and "PROOFFORMER_COQ" not in os.environ,
    reason="coqc 8.16 is missing: `make proofs` installs it where it can",
)
"""Where the variable is set, as where tests run for all, a missing coqc is no reason to skip."""


def run(*words: str | Path, **env: str) -> subprocess.CompletedProcess[str]:
    """`proofs/check` with these options."""
    command = [sys.executable, str(PROOFS / "check"), *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, env=surroundings(ROOT) | env)


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The proof, compiled; and the models that `proofs/check` tries."""
    folder: Path = tmp_path_factory.mktemp("proofs")
    done = run("--build", folder)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(", and refused with one weight changed") == 14
    return folder


def folder_of(path: Path, name: str = "closest-pair", dim: int = 2, max_n: int = 2, **asked: Any) -> Path:
    of = {k: asked.pop(k) for k in ("dtype", "mask") if k in asked}
    checked(path, compiled(Spec(problem(name, dim=dim, **asked), max_n, **of)))
    return path


# The exporter, without Coq.


def test_a_tiny_model_as_a_file(tmp_path: Path) -> None:
    """As proofs/README.md shows it: python -m tests.proofs.test_proofs writes it anew."""
    assert coq_file(folder_of(tmp_path / "model")) == TINY.read_text()


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "bfloat16"])
@pytest.mark.parametrize("name", ["closest-pair", "max-ip"])
def test_every_weight_is_in_the_file(name: str, dtype: str, tmp_path: Path) -> None:
    """Read again by another reader, which knows the shapes of the tensors alone."""
    text = coq_file(folder_of(tmp_path / "model", name, 5, 9, dtype=dtype))
    found = {}
    for definition in text.split("Definition ")[1:]:
        block, body = definition.split(" ", 1)
        for part, rows in re.findall(r"(\w+) := (\[[^:]*\])(?:;| \|)", body):
            entries = [re.findall(r"\((\d+)%N,(-?\d+)\)", row) for row in re.findall(r"\[([^\[\]]*)\]", rows)]
            vector = part.endswith("_bias")
            found[block, part] = list(map(int, re.findall(r"-?\d+", rows))) if vector else entries
    names = {"hidden": "mlp.hidden.weight", "hidden_bias": "mlp.hidden.bias", "out": "mlp.output.weight"}
    names |= {"out_bias": "mlp.output.bias"} | {n: f"attention.{n}.weight" for n in ("query", "key", "value", "output")}
    tensors = load_file(tmp_path / "model" / WEIGHTS)
    for (block, part), rows in found.items():
        of = f"{part}.weight" if block == "W" else f"{block.replace('block_', 'blocks.')}.{names.get(part)}"
        if part in ("blocks", "heads") or (of not in tensors and not any(rows)):
            continue
        dense = torch.zeros_like(tensors[of])
        if part.endswith("_bias"):
            dense[:] = torch.tensor(rows)
        for r, row in enumerate(rows if dense.dim() == 2 else ()):
            for c, w in row:
                dense[r, int(c)] = int(w)
        assert torch.equal(dense, tensors.pop(of)), of
    assert not tensors


@pytest.mark.parametrize(
    ("asked", "what"),
    [
        ({"name": "msd", "dtype": "float64"}, r"msd \(cosine\)"),
        ({"metric": "cityblock", "levels": 2}, "grids"),
        ({"metric": "sqeuclidean"}, r"closest-pair \(sqeuclidean\)"),
        ({"gamma": 2}, "the factor gamma"),
    ],
)
def test_what_coq_does_not_know_is_said(asked: dict[str, Any], what: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=f"no theorem yet for {what}: it has closest-pair"):
        coq_file(folder_of(tmp_path / "model", **{"dim": 3, "max_n": 4} | asked))


def _layout(config: dict[str, Any]) -> None:
    config["shape"]["inputs"][3:5] = [["place", 2], ["doc", 1]]


def _own(config: dict[str, Any]) -> None:
    config["spec"]["problem"] |= {"name": "lacks", "metric": None, "task": {"prefers": "least"}}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda config: config.update(version=3), "its format is not version 4"),
        (lambda config: config["spec"].update(dtype="float64"), "has dtype F32"),
        (_layout, "its inputs or outputs are not those of its question"),
        (_own, "a theorem of one's own"),
    ],
)
def test_another_config_is_refused(change: Callable[[dict[str, Any]], None], why: str, tmp_path: Path) -> None:
    file = folder_of(tmp_path / "model") / CONFIG
    config = json.loads(file.read_text())
    change(config)
    file.write_text(json.dumps(config))
    with pytest.raises(InputError, match=why):
        coq_file(tmp_path / "model")


def test_weights_that_are_no_whole_numbers_are_refused(tmp_path: Path) -> None:
    file = folder_of(tmp_path / "model") / WEIGHTS
    tensors = load_file(file)
    tensors["embed.weight"][0, 0] = 0.5
    save_file(tensors, file)
    with pytest.raises(InputError, match="the weight is no whole number"):
        coq_file(tmp_path / "model")
    file.unlink()
    with pytest.raises(InputError, match=r"model\.safetensors cannot be read"):
        coq_file(tmp_path / "model")


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder_of(tmp_path / "model")

    def told(words: str) -> tuple[int, str]:
        done = CliRunner().invoke(cli, ["certify", *words.split()])
        return done.exit_code, done.output

    assert told("model --coq") == (0, TINY.read_text())
    assert [told("model --coq -o m.v") for _ in range(2)] == [(0, "written to m.v\n")] * 2
    assert Path("m.v").read_text() == TINY.read_text()
    Path("mine.v").write_text("Theorem mine : True.")
    refused = ["model --coq -o mine.v", "model -o m.v", "model --coq --json", "model --coq -o none/m.v", "no --coq"]
    for words in [*refused, "closest-pair --map --coq", "model --coq --dim 3"]:
        code, said = told(words)
        assert (code, said.count("\n")) == (2, 1), said
    assert Path("mine.v").read_text() == "Theorem mine : True."
    assert {file.name for file in (tmp_path / "model").iterdir()} == {CONFIG, WEIGHTS}


def test_the_lines_that_are_told() -> None:
    told = json.loads((ROOT / "bench" / "results" / "coq.json").read_text())["lines"]
    assert told == {file.stem: file.read_text().count("\n") for file in (PROOFS / "coq").glob("*.v")}, (
        "stale: python bench/coq.py lines, make pages"
    )


def test_without_coq_the_check_fails(tmp_path: Path) -> None:
    done = run("--build", tmp_path, PATH=str(tmp_path))
    assert (done.returncode, "coqc 8.16 is missing" in done.stderr) == (1, True)


# With Coq.


@needs_coq
def test_the_tiny_model_is_proved(build: Path, tmp_path: Path) -> None:
    shutil.copyfile(TINY, tmp_path / "tiny.v")
    words = ["coqc", "-q", "-R", build, "Proofformer", tmp_path / "tiny.v"]
    done = subprocess.run(list(map(str, words)), capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert (PROOFS / "pinned.txt").read_text().endswith("\n" + done.stdout)


@needs_coq
@pytest.mark.parametrize(("two", "mask"), [(False, STRICT), (True, STRICT), (True, INCLUSIVE)])
@pytest.mark.parametrize(
    ("name", "dim", "max_n", "threshold"),
    [
        ("min-ip", 4, 9, None),
        ("ov", 4, 9, None),
        ("closest-pair", 4, 1 << 20, None),
        ("farthest-pair", 4, 9, 2),
        ("max-ip", 4, 9, 2),
    ],
)
def test_what_coq_accepts_of_altered_models_is_right(
    name: str, dim: int, max_n: int, threshold: int | None, two: bool, mask: str, build: Path, tmp_path: Path
) -> None:
    """The third takes two rounds at READ; those with a threshold decide. None is accepted at a lower temperature."""
    decides: dict[str, Any] = {} if threshold is None else {"question": "decide", "threshold": threshold}
    rng, model = random.Random(0), compiled(Spec(problem(name, dim=dim, bichromatic=two, **decides), max_n, mask=mask))
    models = [one_weight(model, rng) for _ in range(40)]
    yes = accepted([model, warmer(model), *models], build, tmp_path)
    assert (yes[:2], yes.count(False) >= 30, yes.count(True) >= 2) == ([True, False], True, True)
    assert all(right(m) for m, so in zip(models, yes[2:], strict=True) if so)


def refused(of: Problem, build: Path, folder: Path, **asked: Any) -> str:
    """What coqc says against the file of `compared`; empty where it proves it."""
    (folder / "compared.v").write_text(compared(of, folder=folder / "model", **asked))
    words = ["coqc", "-q", "-R", build, "Proofformer", folder / "compared.v"]
    done = subprocess.run(list(map(str, words)), capture_output=True, text=True)
    assert (done.returncode == 0) == (not done.stderr)
    return done.stderr


@needs_coq
@pytest.mark.parametrize("of", QUESTIONS[:9:4], ids=lambda of: f"{of.name}-{of.question}")
def test_torch_puts_out_what_the_network_over_the_reals_does(of: Problem, build: Path, tmp_path: Path) -> None:
    assert not refused(of, build, tmp_path, count=4, seed=7)
    shutil.rmtree(tmp_path / "model")
    assert 'has type "true = true" while it is expected' in refused(of, build, tmp_path, count=4, seed=7, flip=True)


@needs_coq
def test_coq_accepts_what_the_checker_certifies(build: Path, tmp_path: Path) -> None:
    """Models of every question, size, dtype and mask that Coq knows."""
    rng, models = random.Random(0), []
    while len(models) < 24:
        name, dim = rng.choice(["closest-pair", "farthest-pair", "min-ip", "max-ip", "ov"]), rng.choice([1, 2, 5, 8])
        asked: dict[str, Any] = {"dim": dim, "bichromatic": rng.random() < 0.5}
        if rng.random() < 0.5:
            asked |= {"question": "decide"} | ({} if name == "ov" else {"threshold": rng.randint(0, dim)})
        dtype = rng.choice(["float32", "float64", "float16", "bfloat16"])
        spec = Spec(problem(name, **asked), rng.choice([2, 9, 65, 1 << 20]), dtype, rng.choice([STRICT, INCLUSIVE]))
        with contextlib.suppress(ProofError):
            models.append(compiled(spec))
    assert accepted(models, build, tmp_path) == [checked(tmp_path / "m", m)["code"] == CERTIFIED for m in models]


BITS_LENGTH = """Lemma bits_length w n : length (bits w n) = w.
Proof. unfold bits. now rewrite map_length, seq_length. Qed."""
IRRELEVANT = "pose proof (Coq.Logic.ProofIrrelevance.proof_irrelevance True I I) as same."
"""An axiom that has no place here, by a name that says so nowhere."""


@needs_coq
@pytest.mark.parametrize(
    ("file", "was", "becomes", "why"),
    [
        ("Facts", BITS_LENGTH, BITS_LENGTH.partition("Proof")[0] + "Admitted.", "has the word 'Admitted'"),
        ("Softmax", "Lemma near_0", "Axiom shortcut : 0 = 1.\nLemma near_0", "has the word 'Axiom'"),
        (
            "Softmax",
            "rewrite !exp_plus. set (e :=",
            f"{IRRELEVANT} rewrite !exp_plus. set (e :=",
            "the theorems and axioms are not",
        ),
        (
            "Spec",
            "(Z.of_nat (length body) <= max_n)",
            "(Z.of_nat (length body) < max_n)",
            "the definitions are not those",
        ),
        ("Spec", "j < length B", "i < j < length B", "the definitions are not those"),
        ("Spec", "Orthogonal, S _", "Orthogonal, S (S _)", "the definitions are not those"),
        ("Spec", "j <= j')%nat.", "j < j' + 2)%nat.", "the definitions are not those"),
        ("Net", "(firstn (if itself then S r else r) xs)", "xs", "the definitions are not those"),
        ("Net", "Rmax 0 x", "Rmax 0 (Rmin x 1)", "the definitions are not those"),
        ("Spec", "Definition document :=", "Notation always := True.\nDefinition document :=", "that is no definition"),
        ("Check", "(Z.of_nat l <? 2 ^ Z.of_nat m)", "true", "coqc refuses Sound"),
        ("Check", "(3 * (s * 2", "(2 * (s * 2", "coqc refuses Softmax"),
        ("Check", "((p <=? stop)%nat || (0 <? g))", "true", "coqc refuses SoundHeads"),
        ("Check", "(B - reach)", "B", "coqc refuses SoundHeads"),
        ("Spec", "v <= t | FarthestPair", "v < t | FarthestPair", "the definitions are not those"),
        ("Check", "(A - B - w * c)", "(A - B - w * c + w)", "coqc refuses SoundHeads"),
        ("Check", "(floor <=? B)", "true", "coqc refuses SoundHeads"),
        ("Check", "(if sees_itself W then 2 else 1)", "1", "coqc refuses Sound"),
        ("Check", "if itself then both st seen else seen", "seen", "coqc refuses Sound"),
        ("Check", "if readable lo stop v then", "if true then", "coqc refuses SoundHeads"),
        (
            "Sound",
            "max_n W : check q two l p m copies",
            "max_n W : two = false -> check q two l p m copies",
            "coqc refuses",
        ),
        ("Paper", "1 / (size X + 1) <= output x", "1 / size X <= output x", "the definitions are not those"),
        ("Paper", "INR t; 0]]", "INR t + 1; 0]]", "the definitions are not those"),
        ("Paper", "INR (inner x y) + 1", "INR (inner x y)", "the definitions are not those"),
        ("PaperProved", "c * (INR k - INR t) <= - b)", "c * (INR k - INR t) <= 1 - b)", "coqc refuses PaperProved"),
        (
            "PaperProved",
            "Theorem max_ip_wrong n : (2 <= n)",
            "Theorem max_ip_wrong n : (3 <= n)",
            "theorems and axioms",
        ),
        ("Enclose", "(6786177901268885274, 678", "(6786177901268885275, 678", "coqc refuses Enclose"),
        ("Obligations", "(y : R) : y <= 1 / 2 ->", "(y : R) : y <= 3 / 5 ->", "coqc refuses Obligations"),
        ("Floats", "(2 <= p <= q)%nat", "(1 <= p <= q)%nat", "coqc refuses Floats"),
        ("Kernel", "(1 + c) / (1 - c) * (1 + u) ^ 2", "(1 + c) / (1 - c) * (1 + u)", "coqc refuses Kernel"),
        ("Enclose", "if snd i <=? 0 then Off", "if snd i <=? 1 then Off", "coqc refuses Enclose"),
    ],
    ids=[
        *("admitted", "axiom", "imported", "fewer-inputs", "fewer-pairs", "none", "another-order", "mask", "network"),
        *("notation", "check", "leak", "prefix", "start", "threshold", "moved", "floor", "keys", "itself", "read"),
        *("theorem", "another-threshold", "another-sentinel", "no-tie", "too-warm", "fewer-sizes"),
        *("another-e", "an-obligation", "one-bit-floats", "one-rounding", "off-too-early"),
    ],
)
def test_what_is_planted_is_found(file: str, was: str, becomes: str, why: str, tmp_path: Path) -> None:
    shutil.copytree(PROOFS / "coq", tmp_path / "coq")
    text = (tmp_path / "coq" / f"{file}.v").read_text()
    if IRRELEVANT in becomes:
        text = "From Coq Require ProofIrrelevance.\n" + text
    assert text.count(was) == 1
    (tmp_path / "coq" / f"{file}.v").write_text(text.replace(was, becomes))
    done = run("--sources", tmp_path / "coq", "--build", tmp_path / "build", "--alone")
    assert done.returncode == 1
    assert why in done.stderr


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as scratch:
        TINY.write_text(coq_file(folder_of(Path(scratch) / "model")))
