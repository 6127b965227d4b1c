"""What every command says today: exit code, stdout and stderr, in this process, in an empty folder.

The console blocks are those of README.md and docs/*.md, run in order; none of them takes minutes, so none is skipped.
Pages that write files of their own are left out: tests/docs/test_pages.py runs them.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from pathlib import Path
from typing import Any

from tests.cli import test_bad_input as bad_input
from tests.golden.internals import cli
from tests.scripts import ROOT, shell

OWN = ("challenge.md", "kernels.md", "temperature.md", "your-own-theorem.md")
"""Pages that write files of their own."""
VARIES = (
    (r" +$", ""),
    # In words.
    (r"\b\d[\d,.]*(e-?\d+)? s\b", "<seconds> s"),
    (r"\(\d[\d.]* (bytes|kB|MB|GB)\)", "(<bytes>)"),
    # In JSON. `documents` has seconds by step.
    (r'("\w*seconds"|"per_second"|"(reading|torch|compiling|answer|oracle)"): [\d.e-]+', r'\1: "<seconds>"'),
    (r'("(folder_)?bytes"): \d+', r'\1: "<bytes>"'),
    # Of the answers and of the model's hash, which is not what is frozen here: campaigns.json has the answers.
    (r'"digest": "[0-9a-f]{64}"', '"digest": "<digest>"'),
)
"""Patterns of what differs from run to run, or with how a model is stored, and what stands for it."""

IN_JSON = (
    r"printf '101\n011\n110\n111\n' > rows.txt",
    r"printf '100\n010\n001\n' > units.txt",
    "proofformer compile closest-pair --dim 3 --max-n 6 -o model --json",
    "proofformer compile ov --bichromatic --dim 3 --max-n 8 --dtype float16 -o two --json",
    "proofformer compile max-ip --threshold 2 --dim 3 --max-n 6 --dtype bfloat16 -o decide --json",
    "proofformer compile msd --gamma 11/10 --dim 3 --max-n 6 --dtype float64 -o similar --json",
    "proofformer solve model rows.txt --json",
    "proofformer solve two rows.txt units.txt --json",
    "proofformer solve two rows.txt rows.txt --json",
    "proofformer solve decide rows.txt --json",
    "proofformer solve similar rows.txt --json",
    "proofformer verify model two --random 6 --adversarial 10 --metamorphic 6 --json",
    "proofformer verify decide --exhaustive --seed 3 --json",
    "proofformer verify --circuits 5 --json",
    "proofformer export model --to onnx -o model.onnx --json",
    "proofformer verify --runtime onnx model.onnx --random 5 --adversarial 5 --json",
    "proofformer documents examples/documents --json",
    "proofformer documents examples/documents --metric jaccard --keywords 8 --least --json",
    "proofformer prove closest-pair --dim 8 --max-n 64 --json",
    "proofformer prove ov --as-published --json",
    "proofformer prove half-assignments --json",
    "proofformer sat examples/formula.cnf --json",
    "proofformer sat examples/formula.cnf --via lsd --json",
    "proofformer reduce ov lsd rows.txt units.txt -o reduced",
    "cat reduced/reduction.json",
    "proofformer reduce sat ov examples/formula.cnf -o formula",
    "cat formula/reduction.json",
)
INSPECTED = ("proofformer compile closest-pair --dim 3 --max-n 6 -o model", "proofformer inspect model --json")
OF_THE_MACHINE = ("CUDA where there is none",)
"""Refusals that are none on another machine."""


def normalised(text: str) -> str:
    for pattern, stands in VARIES:
        text = re.sub(pattern, stands, text, flags=re.MULTILINE)
    return text


def console() -> dict[str, Any]:
    """page, number of the block, command -> what it said."""
    found: dict[str, Any] = {}
    for page in (Path("README.md"), *sorted(path.relative_to(ROOT) for path in ROOT.glob("docs/*.md"))):
        if page.name in OWN:
            continue
        blocks = re.findall(r"```console\n(.*?)```", (ROOT / page).read_text(), re.DOTALL)
        for number, block in enumerate(blocks, 1):
            commands = [step.splitlines()[0] for step in block.split("$ ")[1:]]
            said = run_all(commands)
            found |= {f"{page}, block {number}: {command}": facts for command, facts in said.items()}
    return found


def in_json() -> dict[str, Any]:
    return run_all(IN_JSON)


def inspected() -> dict[str, Any]:
    """The whole of `inspect --json`, whose keys and values are an interface."""
    shown: dict[str, Any] = run_all(INSPECTED)[INSPECTED[-1]]["stdout"]
    return shown


def help_pages() -> dict[str, Any]:
    return run_all([f"proofformer {name} --help".replace("  ", " ") for name in ("", *cli.commands)])


def refusals() -> dict[str, Any]:
    """case of the table of bad input -> command, exit code, sentence."""
    found: dict[str, Any] = {}
    with empty_folder() as folder:
        bad_input.prepare(folder)
        for name, words in bad_input.CASES.items():
            if name not in OF_THE_MACHINE:
                result = bad_input.attempt(name)
                texts = (text.replace(bad_input.LONG, "xxx..") for text in (words, result.stderr))
                command, sentence = map(normalised, texts)
                found[name] = {"command": command, "exit": result.exit_code, "stderr": sentence}
    return found


def run_all(commands: tuple[str, ...] | list[str]) -> dict[str, Any]:
    """The commands in order in one new folder, with the examples in it."""
    with empty_folder() as folder:
        (folder / "examples").symlink_to(ROOT / "examples")
        return {command: run(command) for command in commands}


def run(command: str) -> dict[str, Any]:
    """Exit code, stdout (read, where it is JSON) and stderr of one command line."""
    code, out, err = shell(command)
    out, err = normalised(out), normalised(err)
    said = json.loads(out) if out.startswith("{") else out.splitlines()
    return {"exit": code, "stdout": said, "stderr": err.splitlines()}


@contextmanager
def empty_folder() -> Iterator[Path]:
    """A new current folder. What runs in it has one processor, so that `verify` starts no processes, and no warnings
    of other packages, which pytest would keep from stderr."""
    had = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()
    with tempfile.TemporaryDirectory() as folder, chdir(folder), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if had:
            os.sched_setaffinity(0, {min(had)})
        try:
            yield Path(folder)
        finally:
            if had:
                os.sched_setaffinity(0, had)
