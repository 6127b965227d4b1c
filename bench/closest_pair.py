"""Closest pair, side by side: the compiled Transformer, its oracle, and two matrix products.

Each contestant gets the same 0/1 rows (random, with one planted closest pair), as uint8 in memory, and is timed until
it has the pair and its distance: conversions, faiss's index and the model's encoding and decoding count; making the
rows, compiling the model and one warm-up do not.

GEMM, faiss's IndexFlatIP and scikit-learn get +-1 float32 rows, IndexBinaryFlat packed bits; GEMM works block by block
over the upper triangle and keeps the largest entry, and the libraries find each row's best other row, then the best of
those. The oracle and a program in C compare packed bits over the upper triangle (one thread whatever --threads says);
the latter searches for this one thing and is no library, nor attention. The model is float32.

The result is the median of the repeats; in each repeat the contestants take turns on one instance. Each has a process
of its own, which waits while another works, because libraries want different settings of OpenBLAS: two named kernels,
nothing set and the environment as found are tried for those that use it, and each then runs in what was fastest for it.
Every answer must be the planted pair; the exit code is 1 when one is not.
"""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from statistics import median
from typing import Any

import click

CONTESTANTS = {
    "gemm": "numpy GEMM, triangle, maximum",
    "faiss": "faiss IndexFlatIP, k = 2",
    "binary": "faiss IndexBinaryFlat, k = 2",
    "sklearn": "scikit-learn NearestNeighbors, brute, k = 2",
    "popcount": "popcount oracle, in numpy",
    "c": "popcount in C, triangle",
    "dense": "compiled model, torch's attention",
    "model": "compiled model, engine",
}
NEED_BLAS = ("gemm", "faiss", "sklearn")
NEED_COMPILER = ("c",)
BLAS_VARIABLES = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
BLOCK = 256
LARGE_N, LARGEST_PLAN = 65_536, 1_048_576

Answer = tuple[int, int, int]  # i, j and their distance


def instance(n: int, dim: int, seed: int) -> tuple[Any, Answer]:
    """Random 0/1 rows (n, dim), and the planted pair at distance 1."""
    import numpy as np

    rng = np.random.default_rng([seed, n, dim])
    rows = rng.integers(0, 2, (n, dim), dtype=np.uint8)
    i, j = sorted(int(k) for k in rng.choice(n, 2, replace=False))
    rows[j] = rows[i]
    rows[j, rng.integers(dim)] ^= 1
    return rows, (i, j, 1)


def gemm(rows: Any) -> Answer:
    import numpy as np

    x = np.where(rows, np.float32(1), np.float32(-1))
    best = (-np.inf, 0, 0)
    for i0 in range(0, len(x), BLOCK):
        for j0 in range(i0, len(x), BLOCK):
            scores = x[i0 : i0 + BLOCK] @ x[j0 : j0 + BLOCK].T
            if i0 == j0:
                scores[np.tril_indices(len(scores))] = -np.inf
            largest = scores.max()
            if largest >= best[0]:
                i, j = divmod(int(scores.argmax()), scores.shape[1])
                best = max(best, (largest, -i0 - i, -j0 - j))
    return -best[1], -best[2], round((x.shape[1] - float(best[0])) / 2)


def best_of(distances: Any, neighbours: Any) -> Answer:
    """Of each row's two nearest, of which itself is one unless there are more at distance 0."""
    import numpy as np

    own = np.arange(len(neighbours))
    column = (neighbours[:, 0] == own).astype(int)
    other, distance = neighbours[own, column], distances[own, column]
    i, j = min(sorted((int(i), int(other[i]))) for i in np.flatnonzero(distance == distance.min()))
    return i, j, round(float(distance.min()))


def nearest_rows(rows: Any) -> Answer:
    import faiss
    import numpy as np

    x = np.where(rows, np.float32(1), np.float32(-1))
    index = faiss.IndexFlatIP(x.shape[1])
    index.add(x)
    scores, neighbours = index.search(x, 2)
    return best_of((x.shape[1] - scores) / 2, neighbours)


def nearest_words(rows: Any) -> Answer:
    import faiss
    import numpy as np

    x = np.packbits(rows, axis=1)
    index = faiss.IndexBinaryFlat(8 * x.shape[1])
    index.add(x)
    return best_of(*index.search(x, 2))


def nearest_points(rows: Any) -> Answer:
    import numpy as np
    from sklearn.neighbors import NearestNeighbors

    x = np.where(rows, np.float32(0.5), np.float32(-0.5))
    return best_of(*NearestNeighbors(n_neighbors=2, algorithm="brute", metric="sqeuclidean").fit(x).kneighbors(x))


POPCOUNT = """
#include <stdint.h>
void nearest(const uint64_t *x, int64_t n, int64_t words, int64_t *best) {
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = i + 1; j < n; j++) {
            int64_t d = 0;
            for (int64_t w = 0; w < words; w++) d += __builtin_popcountll(x[i * words + w] ^ x[j * words + w]);
            if (d < best[2]) { best[0] = i; best[1] = j; best[2] = d; }
        }
}
"""


def in_c() -> Callable[[Any], Answer]:
    """Compiled here; raises `OSError` where there is no compiler."""
    import ctypes

    import numpy as np

    with tempfile.TemporaryDirectory() as scratch:
        source, built = Path(scratch) / "nearest.c", Path(scratch) / "nearest.so"
        source.write_text(POPCOUNT)
        options = ["-O3", "-march=native", "-shared", "-fPIC"]
        subprocess.run(["cc", *options, "-o", str(built), str(source)], check=True)
        library = ctypes.CDLL(str(built))

    def nearest(rows: Any) -> Answer:
        padded = np.pad(rows, ((0, 0), (0, -rows.shape[1] % 64)))
        words = np.packbits(padded, axis=1).view(np.uint64)
        best = np.array([0, 0, 1 << 62])
        library.nearest(
            words.ctypes.data_as(ctypes.c_void_p), ctypes.c_int64(len(words)), ctypes.c_int64(words.shape[1]),
            best.ctypes.data_as(ctypes.c_void_p),
        )  # fmt: skip
        i, j, distance = map(int, best)
        return i, j, distance

    return nearest


def contestants() -> list[str]:
    """Those that can run here."""
    return [name for name in CONTESTANTS if name not in NEED_COMPILER or shutil.which("cc")]


def contestant(name: str, dim: int, max_n: int) -> tuple[Callable[[Any], Answer], dict[str, Any]]:
    """The function to time, and facts about it; its thread count is set by the environment."""
    others = {"gemm": gemm, "faiss": nearest_rows, "binary": nearest_words, "sklearn": nearest_points}
    if name in others:
        return others[name], {}
    if name == "c":
        return in_c(), {}
    import proofformer as pf
    from proofformer.compiler import Spec, plan_of
    from proofformer.runtime.attention import BACKENDS

    asked = pf.problem("closest-pair", dim=dim)
    solve: Callable[[Any], Any] = asked.answer
    facts: dict[str, Any] = {}
    if name in ("dense", "model"):
        start = time.perf_counter()
        plan = plan_of(Spec(asked, max_n=max_n))
        facts = {"seconds": time.perf_counter() - start, "width": plan.layout.width, "rounds": plan.rounds}
        model = pf.compile("closest-pair", dim=dim, max_n=max_n)
        with tempfile.TemporaryDirectory() as scratch:
            model.save(Path(scratch) / "model")
            size = sum(f.stat().st_size for f in Path(scratch, "model").iterdir())
        model.attention = BACKENDS["sdpa" if name == "dense" else "fast"]
        if name == "model":  # as the others have their libraries, it has its kernels
            model.solve(instance(min(max_n, 2048), dim, 1)[0])
        solve, facts = model.solve, facts | {"depth": plan.depth, "bytes": size}
    return lambda rows: (*(found := solve(rows)).pair, found.value), facts


def work(name: str, dim: int, max_n: int) -> None:
    """A child process: facts first, then one line of JSON for each `n seed` on standard input."""
    unit = 2**20 if sys.platform == "darwin" else 2**10
    run, facts = contestant(name, dim, max_n)
    print(json.dumps(facts), flush=True)
    for line in sys.stdin:
        n, seed = map(int, line.split())
        rows, planted = instance(n, dim, seed)
        before = getrusage(RUSAGE_SELF).ru_maxrss / unit
        start = time.perf_counter()
        answer = run(rows)
        reply = {"seconds": time.perf_counter() - start, "answer": answer, "planted": planted, "before": before}
        print(json.dumps(reply | {"peak": getrusage(RUSAGE_SELF).ru_maxrss / unit}), flush=True)


class Worker:
    """A contestant in a process of its own. Raises `OSError` when that process ends too early."""

    def __init__(self, name: str, dim: int, max_n: int, threads: int, blas: dict[str, str] | None = None) -> None:
        self.name, self.errors = name, list[str]()
        env = {k: v for k, v in os.environ.items() if k not in BLAS_VARIABLES} | (blas or {})
        env |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), str(threads))
        env["OMP_WAIT_POLICY"] = "PASSIVE"  # a worker that waits must not take the processor from the one at work
        command = [sys.executable, __file__, f"--worker={name}", f"--dim={dim}", f"--sizes={max_n}"]
        self.process = subprocess.Popen(command, env=env, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.facts = self._reply()

    def _reply(self) -> dict[str, Any]:
        line = self.process.stdout.readline() if self.process.stdout else ""
        if not line:
            raise OSError(f"a worker ended with exit code {self.process.wait()}")
        return dict(json.loads(line))

    def ask(self, n: int, seed: int) -> dict[str, Any]:
        print(n, seed, file=self.process.stdin, flush=True)
        reply = self._reply()
        if reply["answer"] != reply["planted"]:
            self.errors.append(f"{self.name}, n = {n}: answered {reply['answer']}, planted was {reply['planted']}")
        return reply

    def close(self) -> Worker:
        self.process.communicate()
        return self


def best_blas(name: str, dim: int, n: int, threads: int) -> tuple[dict[str, str], str]:
    """The environment in which the contestant is fastest, and a name for it."""
    found = {k: os.environ[k] for k in BLAS_VARIABLES if k in os.environ}
    named = [({BLAS_VARIABLES[0]: core}, core) for core in ("HASWELL", "SKYLAKEX")]
    trials, times = [({}, "nothing set"), *named, *([(found, "as found")] if found else [])], []
    for blas, _ in trials:
        try:
            worker = Worker(name, dim, n, threads, blas)
            times.append(min(worker.ask(n, seed)["seconds"] for seed in range(3)))
            worker.close()
        except OSError:  # a kernel that this processor cannot run
            times.append(float("inf"))
    return trials[times.index(min(times))]


def machine(threads: int) -> str:
    """Processor, cores, threads and library versions."""
    info = Path("/proc/cpuinfo")
    names = re.findall(r"^model name\s*: (.*)", info.read_text() if info.exists() else "", re.MULTILINE)
    model = names[0] if names else platform.processor() or platform.machine()
    libraries = ", ".join(f"{p} {version(p)}" for p in ("numpy", "faiss-cpu", "torch"))
    return f"{model}, cores: {os.cpu_count()}, threads: {threads}; Python {platform.python_version()}, {libraries}"


def compare(sizes: list[int], dim: int, repeats: int, threads: int, say: Callable[[Any], None]) -> list[str]:
    """Print the table; return a sentence for each wrong answer."""
    from rich.table import Column, Table

    blas = {name: best_blas(name, dim, min(max(sizes), 1 << 14), threads) for name in NEED_BLAS}
    workers = {c: Worker(c, dim, max(sizes), threads, blas[c][0] if c in blas else None) for c in contestants()}
    medians: list[dict[str, float]] = []
    for n in sizes:
        times: dict[str, list[float]] = {name: [] for name in workers}
        for seed in range(repeats + 1):
            for name, worker in workers.items():
                times[name].append(worker.ask(n, seed)["seconds"])
        medians.append({name: median(t[1:]) for name, t in times.items()})
    columns = [Column(f"n = {n:,}", justify="right") for n in sizes]
    table = Table("ms, median (ratio)", *columns, title=f"closest pair, l = {dim}, float32, repeats: {repeats}")
    for name in workers:
        cells = (f"{1000 * c[name]:.1f} ({c[name] / c['gemm']:.2f})" for c in medians)
        table.add_row(CONTESTANTS[name] + (f" (OpenBLAS: {blas[name][1]})" if name in blas else ""), *cells)
    say(table)
    return [error for worker in workers.values() for error in worker.close().errors]


def large(dim: int, threads: int, say: Callable[[Any], None]) -> list[str]:
    """One run at LARGE_N, and the plan for LARGEST_PLAN; returns a sentence for each wrong answer."""
    errors: list[str] = []
    for name in ("popcount", "model"):
        worker = Worker(name, dim, LARGE_N, threads)
        reply = worker.ask(LARGE_N, 0)
        errors += worker.close().errors
        memory = f"peak resident memory {reply['peak']:,.0f} MiB ({reply['before']:,.0f} MiB before the run)"
        say(f"n = {LARGE_N:,}, {CONTESTANTS[name]}: {reply['seconds']:.1f} s, {memory}")
    f = Worker("model", dim, LARGEST_PLAN, threads).close().facts
    say(f"max_n = {LARGEST_PLAN:,}: planned in {f['seconds']:.3f} s, model folder {f['bytes']:,} bytes")
    say(f"  width {f['width']}, blocks {f['depth'][1]} ({f['depth'][0]} with attention), rounds {f['rounds']}")
    return errors


@click.command(help=(__doc__ or "").split("\n", 1)[0])
@click.option("--sizes", default="4096,16384", show_default=True, help="numbers of documents, separated by commas")
@click.option("--dim", default=64, show_default=True, type=click.IntRange(48))
@click.option("--repeats", default=5, show_default=True, type=click.IntRange(1))
@click.option("--threads", default=1, show_default=True, type=click.IntRange(1))
@click.option("--large", "with_large", is_flag=True, help=f"also n = {LARGE_N:,} once, and a plan for {LARGEST_PLAN:,}")
@click.option("--worker", type=click.Choice(list(CONTESTANTS)), hidden=True)
def main(sizes: str, dim: int, repeats: int, threads: int, with_large: bool, worker: str | None) -> None:
    if not all(n.isdecimal() and int(n) >= 2 for n in sizes.split(",")):
        raise click.BadParameter(f"{sizes!r}: pass whole numbers >= 2 such as 4096,16384", param_hint="--sizes")
    counts = [int(n) for n in sizes.split(",")]
    if worker:
        return work(worker, dim, counts[0])
    from rich.console import Console

    say = partial(Console(width=120).print, highlight=False)
    try:
        say(machine(threads))
    except PackageNotFoundError as missing:
        raise click.UsageError(f"{missing.name} is not installed: pip install 'proofformer[bench]'") from None
    errors = compare(counts, dim, repeats, threads, say) + (large(dim, threads, say) if with_large else [])
    click.echo("".join(f"{error}\n" for error in errors), err=True, nl=False)
    say("some answers are wrong" if errors else "every answer is the planted pair")
    sys.exit(bool(errors))


if __name__ == "__main__":
    main()
