"""Writes docs/exports.md: each export in its own runtime: what it keeps, how large it is, how it grows, how it fails.

python bench/exports.py             measures everything: about a quarter of an hour
python bench/exports.py --quotas    the instances of bench/sweep.py at l = 64, with their quotas, through every export
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
from proofformer.artifacts import FOLDER, Format, formats, read
from proofformer.artifacts.stock import ARCHITECTURES
from proofformer.cli.common import size
from proofformer.errors import InputError, ProofError
from proofformer.planner import DTYPES
from proofformer.runtime import Model
from proofformer.verify import Campaign, Subject, run_campaign
from proofformer.verify.executors import here
from prooflab.sweeps.drawn import campaign
from prooflab.sweeps.quotas import format_quota_table, measure, quota_table

DOCS = Path(__file__).resolve().parent.parent / "docs"
TEMPLATE, TARGET = DOCS / "exports.template.md", DOCS / "exports.md"
INSTANCES, DAMAGED, FALSIFIED = 500, 1050, 2000
EXPORTS = {name: form for name, form in formats().items() if form is not FOLDER}
MAX_N, SIZES = 4096, (256, 1024, 4096, 16384)
SQUARE = 4096
"""What keeps all n x n weights is not asked for more documents than this."""
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


def dtype_table() -> Iterator[str]:
    """For each format and dtype, whether it is held, and if not, why."""
    yield f"| format | {' | '.join(d.name for d in DTYPES)} |\n|---|{'---|' * len(DTYPES)}"
    for known in EXPORTS.values():
        yield f"| {known.name} | {' | '.join(held(known, d.name) for d in DTYPES)} |"


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


def line_of(asked: Measured, called: str, known: Format, options: dict[str, str], folder: Path) -> str:
    """The line of one question in one format: write it, read it, put it to the test."""
    model, at = asked.model(), folder / f"{asked.name}-{called.replace(', ', '-')}{known.suffix}"
    model.save(folder / asked.name)
    start = perf_counter()
    known.write(model, at, **options)
    wrote = perf_counter()
    read(at)
    checked = perf_counter()
    asked_of_all = Campaign.of([Subject.of(str(at), runtime=known.name)], {"adversarial": INSTANCES}, 0)
    with here() as workers:
        report = run_campaign(asked_of_all, workers)
    total = report.total
    assert total.instances == INSTANCES
    cells = (
        asked.label,
        asked.dtype,
        called,
        size(bytes_of(folder / asked.name)),
        size(bytes_of(at)),
        f"{wrote - start:.2f} s",
        f"{loaded(known, at):.2f} s",
        f"{checked - wrote:.2f} s",
        f"{total.wrong} of {total.instances}",
        f"{len(report.families)}",
        f"{total.largest_n:,}",
    )
    print(*cells, flush=True)
    return f"| {' | '.join(cells)} |"


def with_quotas(folder: Path) -> int:
    """500 instances of each question, whose quotas are printed, through every export; how much is wrong."""
    bad = 0
    for asked in MEASURED:
        problem, model = pf.problem(asked.name, dim=64, question=asked.question), asked.model(600)
        drawn = campaign(asked.name, asked.question, False, 0, INSTANCES, l_range=(64, 64), lengths=[64])
        sets = [instance for _, instance in drawn]
        rows = quota_table(measure(asked.question, False, ((problem, s) for s in sets), problem.kind), len(sets))
        print(f"\n{asked.label}\n{format_quota_table(rows)}", flush=True)
        bad += sum(not row.met for row in rows)
        right = [problem.answer(*s) for s in sets]
        for called, known, options in variants(asked.dtype):
            at = folder / f"quotas-{asked.name}-{called.replace(', ', '-')}{known.suffix}"
            known.write(model, at, **options)
            exported = read(at)
            wrong = sum(exported.solve(*s) != answer for s, answer in zip(sets, right, strict=True))
            print(f"{called:18} {asked.dtype}: {len(sets)} instances, {wrong} wrong", flush=True)
            bad += wrong
    return bad


def loaded(known: Format, at: Path) -> float:
    """Seconds that the runtime alone takes to load the file."""
    if known.name == "torch":
        import torch

        start = perf_counter()
        torch.export.load(at).module()
    elif known.name == "onnx":
        import onnxruntime

        start = perf_counter()
        onnxruntime.InferenceSession(at, providers=["CPUExecutionProvider"])
    elif known.name == "hf":
        import transformers

        options = json.loads((at / "proofformer.json").read_text())["options"]
        loader = ARCHITECTURES[options["architecture"]].loader
        start = perf_counter()
        getattr(transformers, loader).from_pretrained(at, local_files_only=True)
    else:
        start = perf_counter()
        read(at)
    return perf_counter() - start


def growth(folder: Path) -> Iterator[str]:
    """For each format and n, seconds and memory, each in a process of its own."""
    yield f"| format | {' | '.join(f'n = {n:,}' for n in SIZES)} |\n|---|{'---|' * len(SIZES)}"
    model = MEASURED[0].model(max(SIZES))
    for known in EXPORTS.values():
        at = folder / f"large-{known.name}{known.suffix}"
        known.write(model, at)
        cells = []
        for n in SIZES:
            if n > SQUARE and known.name == "transformerlens":
                cells.append("not tried")
                continue
            words = [sys.executable, __file__, "--one", str(at), str(n)]
            found = json.loads(subprocess.run(words, capture_output=True, text=True, check=True).stdout)
            cells.append(f"{found['seconds']:.2f} s, {size(found['bytes'])}")
            print(known.name, n, cells[-1], flush=True)
        yield f"| {known.name} | {' | '.join(cells)} |"


def one(at: Path, n: int) -> dict[str, Any]:
    """Seconds and memory of one call for n documents, the second after one for 2."""
    exported = read(at)
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
    from corruptions import FALSIFIED as KINDS
    from corruptions import made, run, table

    chosen = made(folder)
    run(chosen, DAMAGED)
    run(chosen, FALSIFIED, KINDS)
    yield from table(chosen)


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
        for known in EXPORTS.values():
            held(known, MEASURED[0].dtype)
        lines = [f"| {' | '.join(COLUMNS)} |", f"|{'---|' * len(COLUMNS)}"]
        lines += [line_of(asked, *variant, folder) for asked in MEASURED for variant in variants(asked.dtype)]
        page = TEMPLATE.read_text().format(
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
        print(json.dumps(one(Path(sys.argv[2]), int(sys.argv[3]))))
    elif sys.argv[1:] == ["--quotas"]:
        with tempfile.TemporaryDirectory() as scratch:
            sys.exit(int(with_quotas(Path(scratch)) > 0))
    else:
        main()
