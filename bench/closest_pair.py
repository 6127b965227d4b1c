"""Contestants for the closest pair, each in a process of its own; `speed.py` has them take turns.

Each gets the same 0/1 rows (random, with one planted closest pair), as uint8 in memory, and is timed until it has the
pair and its distance: conversions, faiss's index and the model's encoding and decoding count; making the rows,
compiling the model and one warm-up do not.

GEMM, faiss's IndexFlatIP and scikit-learn get +-1 float32 rows, IndexBinaryFlat packed bits; GEMM works block by block
over the upper triangle and keeps the largest entry, and the libraries find each row's best other row, then the best of
those. The oracle and a program in C compare packed bits over the upper triangle (one thread whatever --threads says);
the latter searches for this one thing and is no library, nor attention. The model is float32.

A process waits while another works. They are apart because libraries want different settings of OpenBLAS: two named
kernels, nothing set and the environment as found are tried for those that use it, and each then runs in what was
fastest for it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

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


def contestant(name: str, dim: int, max_n: int) -> Callable[[Any], Answer]:
    """The function to time; its thread count is set by the environment."""
    others = {"gemm": gemm, "faiss": nearest_rows, "binary": nearest_words, "sklearn": nearest_points}
    if name in others:
        return others[name]
    if name == "c":
        return in_c()
    import proofformer as pf
    from proofformer.runtime.attention import BACKENDS

    if name == "popcount":
        solve: Callable[[Any], Any] = pf.problem("closest-pair", dim=dim).answer
    else:
        model = pf.compile("closest-pair", dim=dim, max_n=max_n)
        model.attention = BACKENDS["sdpa" if name == "dense" else "fast"]
        if name == "model":  # as the others have their libraries, it has its kernels
            model.solve(instance(min(max_n, 2048), dim, 1)[0])
        solve = model.solve
    return lambda rows: (*(found := solve(rows)).pair, found.value)


def work(name: str, dim: int, max_n: int) -> None:
    """A child process: one line when it is ready, then one line of JSON for each `n seed` on standard input."""
    run = contestant(name, dim, max_n)
    print("ready", flush=True)
    for line in sys.stdin:
        n, seed = map(int, line.split())
        rows, planted = instance(n, dim, seed)
        start = perf_counter()
        answer = run(rows)
        print(json.dumps({"seconds": perf_counter() - start, "answer": answer, "planted": planted}), flush=True)


class Worker:
    """A contestant in a process of its own, on one thread.

    Raises `OSError` when that process ends too early, and `SystemExit` when an answer is not the planted pair.
    """

    def __init__(self, name: str, dim: int, max_n: int, blas: dict[str, str] | None = None) -> None:
        self.name = name
        env = {k: v for k, v in os.environ.items() if k not in BLAS_VARIABLES} | (blas or {})
        env |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        env["OMP_WAIT_POLICY"] = "PASSIVE"  # a worker that waits must not take the processor from the one at work
        command = [sys.executable, __file__, name, str(dim), str(max_n)]
        self.process = subprocess.Popen(command, env=env, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._reply()

    def _reply(self) -> str:
        line = self.process.stdout.readline() if self.process.stdout else ""
        if not line:
            raise OSError(f"a worker ended with exit code {self.process.wait()}")
        return line

    def ask(self, n: int, seed: int) -> float:
        """Seconds that it takes."""
        print(n, seed, file=self.process.stdin, flush=True)
        reply = json.loads(self._reply())
        if reply["answer"] != reply["planted"]:
            said = f"answered {reply['answer']}, planted was {reply['planted']}"
            raise SystemExit(f"{CONTESTANTS[self.name]}, n = {n}: {said}")
        return float(reply["seconds"])

    def close(self) -> None:
        self.process.communicate()


def best_blas(name: str, dim: int, n: int) -> dict[str, str]:
    """The environment in which the contestant is fastest."""
    found = {k: os.environ[k] for k in BLAS_VARIABLES if k in os.environ}
    trials, times = [{}, *({BLAS_VARIABLES[0]: core} for core in ("HASWELL", "SKYLAKEX")), found], []
    for blas in trials:
        try:
            worker = Worker(name, dim, n, blas)
            times.append(min(worker.ask(n, seed) for seed in range(3)))
            worker.close()
        except OSError:  # a kernel that this processor cannot run
            times.append(float("inf"))
    return trials[times.index(min(times))]


if __name__ == "__main__":
    work(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
