"""Each export in its own runtime: what it keeps, how large it is, how it grows, how it fails. For docs/exports.md.

python bench/exports.py [dtypes] [formats] [growth] [damaged]        about a quarter of an hour in all
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from results import measure, seconds

import proofformer as pf
from proofformer.artifacts import FOLDER, Format, formats, read
from proofformer.artifacts.stock import ARCHITECTURES
from proofformer.cli.common import size
from proofformer.errors import InputError, ProofError
from proofformer.planner import DTYPES
from proofformer.runtime import Model
from proofformer.verify import Campaign, Subject, run_campaign
from proofformer.verify.executors import here

INSTANCES, DAMAGED, FALSIFIED = 500, 1050, 2000
EXPORTS = {name: form for name, form in formats().items() if form is not FOLDER}
MAX_N, SIZES = 4096, (256, 1024, 4096, 16384)
SQUARE = 4096
"""What keeps all n x n weights is not asked for more documents than this."""
PACKAGES = ("onnx", "onnxruntime", "transformers", "transformer-lens")


@dataclass(frozen=True)
class Measured:
    """One question; a search for the best cosine needs float64 at this l."""

    name: str
    question: str
    dtype: str

    @property
    def label(self) -> str:
        return f"{self.name}, {self.question}"

    def model(self, max_n: int = MAX_N) -> Model:
        return pf.compile(self.name, dim=64, max_n=max_n, question=self.question, dtype=self.dtype)


MEASURED = (
    Measured("closest-pair", "search", "float32"),
    Measured("ov", "decide", "float32"),
    Measured("msd", "search", "float64"),
)


def dtypes() -> dict[str, list[str]]:
    """For each format, what it makes of each dtype."""
    return {known.name: [held(known, d.name) for d in DTYPES] for known in EXPORTS.values()}


def held(known: Format, dtype: str) -> str:
    """What a format makes of a small model of this dtype."""
    if known.name == "hf":
        kept = [name for name, a in ARCHITECTURES.items() if dtype in a.dtypes]
        return ", ".join(kept) or "refused"
    with tempfile.TemporaryDirectory() as folder:
        try:
            known.write(pf.compile("closest-pair", dim=4, max_n=4, dtype=dtype), Path(folder) / f"m{known.suffix}")
        except (InputError, ProofError):
            return "refused"
    return "kept"


def bytes_of(path: Path) -> int:
    return sum(file.stat().st_size for file in path.rglob("*")) if path.is_dir() else path.stat().st_size


def variants(dtype: str) -> Iterator[tuple[str, Format, dict[str, str]]]:
    """The formats, and the architectures of hf that can hold the dtype."""
    for known in EXPORTS.values():
        if known.name != "hf":
            yield known.name, known, {}
            continue
        for name, architecture in ARCHITECTURES.items():
            if dtype in architecture.dtypes:
                yield f"hf, {name}", known, {"architecture": name}


def measured(asked: Measured, called: str, known: Format, options: dict[str, str], folder: Path) -> dict[str, Any]:
    """One question in one format: write it, read it, put it to the test."""
    model, at = asked.model(), folder / f"{asked.name}-{called.replace(', ', '-')}{known.suffix}"
    model.save(folder / asked.name)
    wrote, checked = (seconds(partial(run, at)) for run in (partial(known.write, model, **options), read))
    asked_of_all = Campaign.of([Subject.of(str(at), runtime=known.name)], {"adversarial": INSTANCES}, 0)
    with here() as workers:
        report = run_campaign(asked_of_all, workers)
    return {
        "question": asked.label,
        "dtype": asked.dtype,
        "format": called,
        "folder": size(bytes_of(folder / asked.name)),
        "export": size(bytes_of(at)),
        "write": wrote,
        "load": seconds(partial(load, known, at)),
        "read": checked,
        "wrong": report.total.wrong,
        "asked": report.total.instances,
        "families": len(report.families),
        "largest n": report.total.largest_n,
    }


def sizes() -> list[dict[str, Any]]:
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as scratch:
        # The first time that a library is used does not count.
        for known in EXPORTS.values():
            held(known, MEASURED[0].dtype)
        return [measured(asked, *variant, Path(scratch)) for asked in MEASURED for variant in variants(asked.dtype)]


def load(known: Format, at: Path) -> None:
    """What the runtime alone does to load the file."""
    if known.name == "torch":
        torch.export.load(at).module()
    elif known.name == "onnx":
        import onnxruntime

        onnxruntime.InferenceSession(at, providers=["CPUExecutionProvider"])
    elif known.name == "hf":
        import transformers

        options = json.loads((at / "proofformer.json").read_text())["options"]
        loader = ARCHITECTURES[options["architecture"]].loader
        getattr(transformers, loader).from_pretrained(at, local_files_only=True)
    else:
        read(at)


def growth() -> dict[str, list[dict[str, Any] | None]]:
    """For each format and n, seconds and memory, each in a process of its own."""
    model, found = MEASURED[0].model(max(SIZES)), {}
    with tempfile.TemporaryDirectory() as scratch:
        for known in EXPORTS.values():
            at = Path(scratch) / f"large-{known.name}{known.suffix}"
            known.write(model, at)
            tried = [n for n in SIZES if n <= SQUARE or known.name != "transformerlens"]
            words = [[sys.executable, __file__, "--one", str(at), str(n)] for n in tried]
            said = [subprocess.run(w, capture_output=True, text=True, check=True).stdout for w in words]
            found[known.name] = [*map(json.loads, said), *[None] * (len(SIZES) - len(tried))]
    return found


def one(at: Path, n: int) -> dict[str, Any]:
    """Seconds and memory of one call for n documents, the second after one for 2."""
    exported = read(at)
    rows = np.random.default_rng(0).integers(0, 2, (n, exported.problem.dim))
    exported.solve(rows[:2])
    # What reading took at most does not count.
    Path("/proc/self/clear_refs").write_text("5")
    before = memory("VmRSS")
    taken = seconds(partial(exported.solve, rows))
    used = memory("VmHWM") - before
    assert exported.solve(rows) == exported.problem.answer(rows)
    return {"seconds": taken, "memory": size(max(0, used))}


def memory(which: str) -> int:
    """What this process has in memory (VmRSS), or has had at most (VmHWM), in bytes, as Linux counts it."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith(f"{which}:"))


def damaged() -> list[dict[str, Any]]:
    from corruptions import FALSIFIED as KINDS
    from corruptions import made, run, told

    with tempfile.TemporaryDirectory() as scratch:
        chosen = made(Path(scratch))
        run(chosen, DAMAGED)
        run(chosen, FALSIFIED, KINDS)
    return told(chosen)


PARTS = {"dtypes": dtypes, "formats": sizes, "growth": growth, "damaged": damaged}

if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(one(Path(sys.argv[2]), int(sys.argv[3]))))
    else:
        measure("exports", PARTS, PACKAGES)
