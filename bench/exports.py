"""Writes docs/exports.md: each export in its own runtime: what it keeps, how large it is, how it grows, how it fails.

python bench/exports.py        measures everything: about half an hour
"""

from __future__ import annotations

import json
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

import proofformer as pf
from proofformer.cli.common import size
from proofformer.errors import InputError, ProofError
from proofformer.export import FORMATS, Format
from proofformer.planner import DTYPES
from proofformer.runtime import Model
from proofformer.verify import Campaign, Subject, run_campaign
from proofformer.verify.executors import here

TARGET = Path(__file__).resolve().parent.parent / "docs" / "exports.md"
INSTANCES, DAMAGED = 500, 1050
MAX_N, SIZES = 4096, (256, 1024, 4096, 16384)
COLUMNS = (
    *("question", "dtype", "format", "model folder", "export"),
    *("write", "load", "read", "wrong", "families", "largest n"),
)
PACKAGES = ("torch", "onnx", "onnxruntime", "transformers", "transformer-lens")


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

HEADER = """# Exports

Written by `bench/exports.py` ({versions}; {machine}, one thread). `proofformer export MODEL_DIR --to FORMAT -o PATH`
writes a model for another runtime, `proofformer verify --runtime FORMAT PATH` puts what that runtime answers to the
same tests as the model. An export is the whole model: it takes 0/1 rows and gives the bits of the answer.

| | torch | onnx |
|---|---|---|
| file | `.pt2`, for `torch.export.load(PATH).module()` | `.onnx`, for any ONNX runtime |
| inputs | a tuple of `rows` (and `others`): uint8 (batch, n, l); `lengths`: int64 (batch, sets) | the same, by name |
| outputs | a dict of bits: `i_bits`, `j_bits`, .., `found`; or `decision` | the same, by name |
| batch, n | any; n is checked up to max_n (of each set) | any; **n is not checked**: keep it within max_n |
| attention | torch's own, as the model's | from opset 23 one `Attention` node; before, softmax between two products |
| memory | grows with n where torch has a flash kernel | grows with the square of n in ONNX Runtime on a CPU |

`lengths` says how many rows of each instance count; the others may hold anything. Bits come least significant first.

## What each dtype becomes

{dtypes}

* **float16, onnx**: scores are whole numbers that float16 does not hold, and the proof assumes that they stay in
  float32. So the file casts queries, keys and values to float32 before attention and what comes out back to float16.
  ONNX Runtime on x86 multiplies the other float16 matrices in float32 and rounds once, as assumed; a provider that adds
  them up in float16 is outside the proof.
* **float64, onnx**: opset 18 if none is asked for. ONNX Runtime's `Attention` node (opset 23) takes the root of its
  scale in float32: attention is off by 4e-8 at scale 1/2, but by 4e-16 at scale 1, which it has here, since the
  temperature is in the weights.
* **bfloat16, onnx**: ONNX Runtime has no bfloat16 product on a CPU. The same problem in float32 loses nothing.

## Sizes, times, answers

l = 64, max_n = {max_n:,}. *Load* is what the runtime takes; *read* is that and proofformer's checks (the first of a
process takes torch some seconds more). *Wrong* is of {instances} adversarial instances from all families, in the
export's own runtime.

{table}

## How memory and time grow

Closest pair, l = 64, float32, one instance of n documents: the time of one call, and the most memory beyond what the
process had after one for n = 2. All answers are right.

{growth}

## What is trusted

A `.pt2` file can hold any Python: guards and shapes are evaluated, example inputs may be pickles. `torch.export.load`
says itself that it is for trusted files only. proofformer reads a file of either format by making it again: problem and
plan are read as JSON, the problem is planned and exported anew, and the file has to be that, byte for byte, before its
runtime sees it. So a `.pt2` file is read by the version of torch that wrote it; export the model again after an update.

`bench/corruptions.py` damages model folders and exports: each has to be refused with a sentence, or answer right.

{damaged}
"""


def dtype_table() -> Iterator[str]:
    """For each format and dtype, whether it is held, and if not, why."""
    yield f"| format | {' | '.join(d.name for d in DTYPES)} |\n|---|{'---|' * len(DTYPES)}"
    for known in FORMATS.values():
        yield f"| {known.name} | {' | '.join(held(known, d.name) for d in DTYPES)} |"


def held(known: Format, dtype: str) -> str:
    """What a format makes of a small model of this dtype."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            known.write(pf.compile("closest-pair", dim=4, max_n=4, dtype=dtype), Path(folder) / f"m{known.suffix}")
        except (InputError, ProofError):
            return "refused"
    return "kept"


def bytes_of(path: Path) -> int:
    return sum(file.stat().st_size for file in path.rglob("*")) if path.is_dir() else path.stat().st_size


def line_of(asked: Measured, known: Format, folder: Path) -> str:
    """The line of one question in one format: write it, read it, put it to the test."""
    model, at = asked.model(), folder / f"{asked.name}{known.suffix}"
    model.save(folder / asked.name)
    start = perf_counter()
    known.write(model, at)
    wrote = perf_counter()
    known.read(at)
    read = perf_counter()
    campaign = Campaign.of([Subject.of_export(str(at), known.name, known.read)], {"adversarial": INSTANCES}, 0)
    with here() as workers:
        report = run_campaign(campaign, workers)
    total = report.total
    assert total.instances == INSTANCES
    cells = (
        asked.label,
        asked.dtype,
        known.name,
        size(bytes_of(folder / asked.name)),
        size(bytes_of(at)),
        f"{wrote - start:.2f} s",
        f"{loaded(known, at):.2f} s",
        f"{read - wrote:.2f} s",
        f"{total.wrong} of {total.instances}",
        f"{len(report.families)}",
        f"{total.largest_n:,}",
    )
    print(*cells, flush=True)
    return f"| {' | '.join(cells)} |"


def loaded(known: Format, at: Path) -> float:
    """Seconds that the runtime alone takes to load the file."""
    if known.name == "torch":
        import torch

        start = perf_counter()
        torch.export.load(at).module()
    else:
        import onnxruntime

        start = perf_counter()
        onnxruntime.InferenceSession(at, providers=["CPUExecutionProvider"])
    return perf_counter() - start


def growth(folder: Path) -> Iterator[str]:
    """For each format and n, seconds and memory, each in a process of its own."""
    yield f"| format | {' | '.join(f'n = {n:,}' for n in SIZES)} |\n|---|{'---|' * len(SIZES)}"
    model = MEASURED[0].model(max(SIZES))
    for known in FORMATS.values():
        at = folder / f"large{known.suffix}"
        known.write(model, at)
        cells = []
        for n in SIZES:
            words = [sys.executable, __file__, "--one", known.name, str(at), str(n)]
            found = json.loads(subprocess.run(words, capture_output=True, text=True, check=True).stdout)
            cells.append(f"{found['seconds']:.2f} s, {size(found['bytes'])}")
            print(known.name, n, cells[-1], flush=True)
        yield f"| {known.name} | {' | '.join(cells)} |"


def one(name: str, at: Path, n: int) -> dict[str, Any]:
    """Seconds and memory of one call for n documents, the second after one for 2."""
    exported = FORMATS[name].read(at)
    rows = np.random.default_rng(0).integers(0, 2, (n, exported.problem.dim))
    exported.solve(rows[:2])
    # What reading took at most does not count.
    Path("/proc/self/clear_refs").write_text("5")
    before = memory("VmRSS")
    start = perf_counter()
    answer = exported.solve(rows)
    seconds = perf_counter() - start
    assert answer == exported.problem.answer(rows)
    return {"seconds": seconds, "bytes": max(0, memory("VmHWM") - before)}


def memory(which: str) -> int:
    """What this process has in memory (VmRSS), or has had at most (VmHWM), in bytes, as Linux counts it."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith(f"{which}:"))


def damaged(folder: Path) -> Iterator[str]:
    from corruptions import made, run, table

    formats = made(folder)
    run(formats, DAMAGED)
    yield from table(formats)


def versions() -> str:
    known = []
    for package in PACKAGES:
        try:
            known.append(f"{package} {version(package).partition('+')[0]}")
        except PackageNotFoundError:
            continue
    return ", ".join(known)


def main() -> None:
    import torch

    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for known in FORMATS.values():
            held(known, MEASURED[0].dtype)
        lines = [f"| {' | '.join(COLUMNS)} |", f"|{'---|' * len(COLUMNS)}"]
        lines += [line_of(asked, known, folder) for asked in MEASURED for known in FORMATS.values()]
        page = HEADER.format(
            versions=versions(),
            machine=f"{platform.machine()} {platform.system()}",
            dtypes="\n".join(dtype_table()),
            max_n=MAX_N,
            instances=INSTANCES,
            table="\n".join(lines),
            growth="\n".join(growth(folder)),
            damaged="\n".join(damaged(folder)),
        )
    TARGET.write_text(page)
    print(f"wrote {TARGET.name}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(one(sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]))))
    else:
        main()
