"""What docs/speed.md tells: closest pair beside exact search libraries, questions beside torch's attention, growth, and
a cluster.

python bench/speed.py [peers] [questions] [growth] [cluster]        about 40 minutes in all

Seconds are of one thread where nothing else is said.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from resource import RUSAGE_SELF, getrusage
from typing import Any

import numpy as np
import torch
from closest_pair import CONTESTANTS, NEED_BLAS, Worker, best_blas, contestants
from results import in_turns, measure, seconds

import proofformer as pf
from proofformer.runtime import Model
from proofformer.runtime.attention import fast, sdpa
from proofformer.runtime.cluster import cluster

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
        blas = {name: best_blas(name, dim, 4096) for name in NEED_BLAS}
        workers = {name: Worker(name, dim, max(sizes), blas.get(name)) for name in contestants()}
        for n in sizes:
            asked = {CONTESTANTS[name]: partial(_asked, worker, n) for name, worker in workers.items()}
            found[f"{dim} {n}"] = in_turns(asked)
        for worker in workers.values():
            worker.close()
    return found


def _asked(worker: Worker, n: int, seed: int) -> float | None:
    return worker.ask(n, seed) if n < LARGE[0] or worker.name not in SLOW or seed < 2 else None


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


def gemm(n: int, dim: int) -> Callable[[], Any]:
    x = torch.from_numpy(np.random.default_rng(0).choice(np.float32([-1, 1]), (n, dim)))

    def run() -> None:
        for at in range(0, n, 512):
            (x[at : at + 512] @ x.T).amax(1)

    return run


def questions(n: int = 16384, dim: int = 64) -> dict[str, Any]:
    """CPU seconds of `solve` by the engine and by torch's attention, and of a whole product with its row maxima."""
    torch.set_num_threads(1)
    found, product = {}, gemm(n, dim)
    for asked in QUESTIONS:
        model = pf.compile(**asked, dim=dim, max_n=n)

        def solved(kernel: Any, seed: int, model: Model = model) -> float:
            sets, model.attention = instance(model, n, seed), kernel
            return seconds(lambda: check(model, sets) if seed == 0 else model.solve(*sets), time.process_time)

        more = [f"gamma {asked['gamma']}"] if "gamma" in asked else []
        label = ", ".join([model.problem.label, str(asked.get("dtype", "float32")), *more])
        contestants = {"engine": partial(solved, fast), "dense": partial(solved, sdpa)}
        found[label] = in_turns(contestants | {"gemm": lambda seed: seconds(product, time.process_time)})
    return found


def check(model: Model, sets: list[Any]) -> None:
    """Raises `SystemExit` for a wrong answer."""
    if not model.problem.accepts(tuple(sets) if len(sets) > 1 else sets[0], model.solve(*sets)):
        raise SystemExit(f"{model.problem.label}: wrong")


def growth() -> dict[str, Any]:
    """Wall-clock seconds and peak memory of closest pair, l = 64, on two threads, beside the oracle on one."""
    # A process for each, since memory that one has had counts for what follows in it.
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), max_tasks_per_child=1) as alone:
        found = {str(n): told for n, told in zip(LARGE, alone.map(grown, LARGE), strict=True)}
    torch.set_num_threads(1)
    for n in LARGE:
        start = time.perf_counter()
        right, seen = pf.problem("closest-pair", dim=64).answer(large(n)), found[str(n)]["answer"]
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
            model, answers = pf.compile(**asked, dim=dim, max_n=n), dict[int, Any]()

            def solved(shared: Any, seed: int, model: Model = model, answers: dict[int, Any] = answers) -> float:
                sets, model.cluster = instance(model, n, seed), shared
                start = time.perf_counter()
                answer = model.solve(*sets)
                taken = time.perf_counter() - start
                if answers.setdefault(seed, answer) != answer:
                    raise SystemExit(f"{model.problem.label}: {answer}, and {answers[seed]} on a cluster or without")
                return taken

            label = f"{model.problem.label}, {asked.get('dtype', 'float32')}"
            found[label] = in_turns({"threads": partial(solved, None), "cluster": partial(solved, there)})
    return found


PARTS = {"peers": peers, "questions": questions, "growth": growth, "cluster": on_a_cluster}

if __name__ == "__main__":
    measure("speed", PARTS, ("numpy", "faiss-cpu"))
