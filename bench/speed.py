"""Writes docs/speed.md: closest pair beside exact search libraries, questions beside torch's attention, growth, and a
cluster.

python bench/speed.py              # everything, about 40 minutes
python bench/speed.py peers        # one of: peers, questions, growth, cluster

Seconds are of one thread, medians of repeats in which contestants take turns; `closest_pair.py` says how.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from statistics import median
from typing import Any

import numpy as np
import torch
from closest_pair import CONTESTANTS, NEED_BLAS, Worker, best_blas, contestants, machine

import proofformer as pf
from proofformer.runtime import Model
from proofformer.runtime.attention import fast, sdpa
from proofformer.runtime.cluster import cluster

DOCS = Path(__file__).resolve().parent.parent / "docs"
PAGE, FIGURE, NUMBERS = DOCS / "speed.md", DOCS / "speed.svg", DOCS / "speed.json"
REPEATS = 5
PEERS = {64: (1024, 4096, 16384, 65536), 256: (4096, 16384), 1024: (4096,)}
SLOW = ("sklearn", "dense", "faiss", "gemm")
"""What is asked no more often than twice at the largest n."""
QUESTIONS: tuple[dict[str, Any], ...] = (
    {"name": "closest-pair"},
    {"name": "closest-pair", "dtype": "bfloat16"},
    {"name": "closest-pair", "bichromatic": True},
    {"name": "closest-pair", "question": "decide", "threshold": 9},
    {"name": "farthest-pair"},
    {"name": "min-ip"},
    {"name": "max-ip"},
    {"name": "max-ip", "question": "decide", "threshold": 45},
    {"name": "ov"},
    {"name": "ov", "question": "decide"},
    {"name": "msd", "dtype": "float64"},
    {"name": "lsd", "dtype": "float64"},
    {"name": "msd", "dtype": "float64", "gamma": "11/10"},
    {"name": "msd", "dtype": "float64", "question": "decide", "threshold": "3/4"},
    {"name": "msd", "dtype": "float64", "metric": "jaccard", "question": "decide", "threshold": "3/4"},
    {"name": "msd", "dtype": "float64", "metric": "jaccard", "norms": "28-36"},
    {"name": "closest-pair", "metric": "cityblock", "levels": 16},
    {"name": "closest-pair", "metric": "sqeuclidean", "levels": 16},
    {"name": "farthest-pair", "metric": "sqeuclidean", "levels": 16, "question": "decide", "threshold": 9000},
)
SHARED: tuple[dict[str, Any], ...] = (
    {"name": "closest-pair"},
    {"name": "msd", "dtype": "float64", "question": "decide", "threshold": "3/4"},
)
"""What a cluster is asked."""
LARGE = (1 << 16, 1 << 17, 1 << 18, 1 << 20)


def peers() -> dict[str, Any]:
    """Seconds of each contestant, by l and n."""
    found: dict[str, Any] = {}
    for dim, sizes in PEERS.items():
        blas = {name: best_blas(name, dim, 4096, 1)[0] for name in NEED_BLAS}
        workers = {name: Worker(name, dim, max(sizes), 1, blas.get(name)) for name in contestants()}
        for n in sizes:
            times: dict[str, list[float]] = {name: [] for name in workers}
            for seed in range(REPEATS + 1):
                for name, worker in workers.items():
                    if n < LARGE[0] or name not in SLOW or seed < 2:
                        times[name].append(worker.ask(n, seed)["seconds"])
            found[f"{dim} {n}"] = {name: median(seconds[1:]) for name, seconds in times.items()}
        errors = [error for worker in workers.values() for error in worker.close().errors]
        if errors:
            raise SystemExit("\n".join(errors))
    return found


def peers_table(found: dict[str, Any]) -> Iterator[str]:
    yield f"| closest pair, ms (times GEMM) | {' | '.join('l = {}, n = {}'.format(*key.split()) for key in found)} |"
    yield "|---|" + "---|" * len(found)
    for name, label in CONTESTANTS.items():
        cells = []
        for times in found.values():
            seconds, unit = times.get(name), times["gemm"]
            cells.append("" if seconds is None else f"{1000 * seconds:.1f} ({seconds / unit:.3f})")
        yield f"| {label} | {' | '.join(cells)} |"


def instance(model: Model, n: int, seed: int) -> list[Any]:
    """Random documents that the question takes."""
    rng, asked = np.random.default_rng(seed), model.problem
    rows = rng.integers(0, asked.levels + 1, (n, asked.dim), dtype=np.uint8)
    if asked.kind.is_similarity:
        norms = list(asked.norms or range(20, 45))
        for row in rows:
            row[:] = 0
            row[rng.permutation(asked.dim)[: rng.choice(norms)]] = 1
    return [rows[: n // 2], rows[n // 2 :]] if asked.bichromatic else [rows]


def seconds(run: Callable[[], Any]) -> float:
    start = time.process_time()
    run()
    return time.process_time() - start


def gemm(n: int, dim: int) -> Callable[[], Any]:
    x = torch.from_numpy(np.random.default_rng(0).choice(np.float32([-1, 1]), (n, dim)))

    def run() -> None:
        for at in range(0, n, 512):
            (x[at : at + 512] @ x.T).amax(1)

    return run


def questions(n: int = 16384, dim: int = 64) -> dict[str, Any]:
    """CPU seconds of `solve` by the engine and by torch's attention, and of a whole product with its row maxima."""
    found = {}
    for asked in QUESTIONS:
        model = pf.compile(**asked, dim=dim, max_n=n)
        product, times = gemm(n, dim), {"engine": [], "dense": [], "gemm": []}
        for seed in range(REPEATS + 1):
            sets = instance(model, n, seed)
            for name, kernel in (("engine", fast), ("dense", sdpa)):
                model.attention = kernel
                times[name].append(seconds(partial(model.solve, *sets)))
            times["gemm"].append(seconds(product))
            if seed == 0 and not model.problem.accepts(tuple(sets) if len(sets) > 1 else sets[0], model.solve(*sets)):
                raise SystemExit(f"{asked}: wrong")
        more = [f"gamma {asked['gamma']}"] if "gamma" in asked else []
        words = [model.problem.label, str(asked.get("dtype", "float32")), *more]
        found[", ".join(words)] = {name: median(values[1:]) for name, values in times.items()}
    return found


def questions_table(found: dict[str, Any]) -> Iterator[str]:
    # One product for all rows: it is the same, and by row its time varies more than they do.
    product = median(t["gemm"] for t in found.values())
    yield f"| question, n = 16,384 | engine, s | times torch's attention | times X X^T ({product:.2f} s) |"
    yield "|---|---|---|---|"
    for label, t in found.items():
        yield f"| {label} | {t['engine']:.3f} | {t['engine'] / t['dense']:.3f} | {t['engine'] / product:.3f} |"


def growth() -> dict[str, Any]:
    """Wall-clock seconds and peak memory of closest pair, l = 64, on two threads, beside the oracle on one."""
    # A process for each, since memory that one has had counts for what follows in it.
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), max_tasks_per_child=1) as alone:
        found = {}
        for n, told in zip(LARGE, alone.map(grown, LARGE), strict=True):
            found[str(n)] = told
            print(n, told, flush=True)
    for n in LARGE:
        start, problem = time.perf_counter(), pf.compile("closest-pair", dim=64, max_n=n).problem
        right, seen = problem.answer(large(n)), found[str(n)]["answer"]
        if seen != str(right):
            raise SystemExit(f"n = {n}: {seen}, and it is {right}")
        found[str(n)]["oracle"] = time.perf_counter() - start
    return found


def grown(n: int) -> dict[str, Any]:
    torch.set_num_threads(2)
    model, rows = pf.compile("closest-pair", dim=64, max_n=n), large(n)
    model.attention = fast
    model.solve(rows[:4096])  # its kernels are loaded then
    start = time.perf_counter()
    answer = model.solve(rows)
    taken, most = time.perf_counter() - start, getrusage(RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": taken, "peak MiB": most, "rounds": model.plan.rounds, "answer": str(answer)}


def large(n: int) -> Any:
    return np.random.default_rng(n).integers(0, 2, (n, 64), dtype=np.uint8)


def growth_table(found: dict[str, Any]) -> Iterator[str]:
    yield "| n | rounds | seconds, two threads | peak memory, MiB | answer | equal to the oracle's, s |"
    yield "|---|---|---|---|---|---|"
    for n, t in found.items():
        told = f"{t['seconds']:.2f} | {t['peak MiB']:,.0f} | {t['answer']} | {t['oracle']:.1f}"
        yield f"| {int(n):,} | {t['rounds']} | {told} |"


def on_a_cluster(n: int = 1 << 17, dim: int = 64) -> dict[str, Any]:
    """Wall-clock seconds of `solve` in one process with two threads, and with two dask workers of one thread on this
    machine, which take turns."""
    from distributed import LocalCluster

    torch.set_num_threads(2)
    found = {}
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0") as local,
        cluster(local.scheduler_address) as there,
    ):
        for asked in SHARED:
            model = pf.compile(**asked, dim=dim, max_n=n)
            times: dict[str, list[float]] = {"threads": [], "cluster": []}
            for seed in range(REPEATS + 1):
                sets, answers = instance(model, n, seed), []
                for name, model.cluster in (("threads", None), ("cluster", there)):
                    start = time.perf_counter()
                    answers.append(model.solve(*sets))
                    times[name].append(time.perf_counter() - start)
                if answers[0] != answers[1]:
                    raise SystemExit(f"{asked}: {answers}")
            label = f"{model.problem.label}, {asked.get('dtype', 'float32')}"
            found[label] = {name: median(values[1:]) for name, values in times.items()}
            print(label, found[label], flush=True)
    return found


def cluster_table(found: dict[str, Any]) -> Iterator[str]:
    yield "| question, n = 131,072 | one process, two threads, s | two workers of one thread, s |\n|---|---|---|"
    for label, t in found.items():
        yield f"| {label} | {t['threads']:.2f} | {t['cluster']:.2f} |"


PARTS = {
    "peers": (peers, peers_table),
    "questions": (questions, questions_table),
    "growth": (growth, growth_table),
    "cluster": (on_a_cluster, cluster_table),
}


def figure(found: dict[str, Any]) -> None:
    """Seconds against n at l = 64, both on logarithmic scales."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    sizes = PEERS[64]
    drawing = Figure(figsize=(7, 4.5), layout="constrained")
    axes = drawing.subplots()
    for name, label in CONTESTANTS.items():
        times = [found[f"64 {n}"].get(name) for n in sizes]
        if None not in times:
            slope = np.polyfit(np.log(sizes[-2:]), np.log(times[-2:]), 1)[0]
            wide = 2.5 if name == "model" else 1.2
            axes.loglog(sizes, times, marker="o", linewidth=wide, label=f"{label}: n^{slope:.1f} in the end")
    axes.set(xlabel="documents (l = 64)", ylabel="seconds, one thread")
    axes.set_xticks(sizes, [f"{n:,}" for n in sizes])
    axes.minorticks_off()
    axes.legend(fontsize=7)
    with rc_context({"svg.hashsalt": "the same names in every file"}):
        drawing.savefig(FIGURE, metadata={"Date": None})


def written(page: str, name: str, lines: Iterator[str]) -> str:
    before, begin, rest = page.partition(f"<!-- {name} -->\n")
    return before + begin + "\n".join(lines) + "\n" + "".join(rest.partition(f"<!-- end {name} -->\n")[1:])


def main(parts: list[str]) -> None:
    found = json.loads(NUMBERS.read_text()) if NUMBERS.exists() else {}
    if unknown := set(parts) - PARTS.keys():
        raise SystemExit(f"{', '.join(sorted(unknown))}: choose from {', '.join(PARTS)}")
    for part in parts or PARTS:
        torch.set_num_threads(1)
        found |= {part: PARTS[part][0](), "machine": machine(1)}
        NUMBERS.write_text(json.dumps(found, indent=1) + "\n")
    page = written(PAGE.read_text(), "machine", iter([found["machine"] + "."]))
    for part, (_, table) in PARTS.items():
        if part in found:
            page = written(page, part, table(found[part]))
    PAGE.write_text(page)
    if "peers" in found:
        figure(found["peers"])


if __name__ == "__main__":
    main(sys.argv[1:])
