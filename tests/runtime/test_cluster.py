"""The engine on a dask cluster: the same bits as in one process, whoever dies, and one sentence for what is missing."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from importlib.metadata import PackageNotFoundError
from typing import Any

import numpy as np
import pytest
import torch

import proofformer as pf
from proofformer.compiler import INCLUSIVE
from proofformer.errors import InputError
from proofformer.runtime import Model
from proofformer.runtime import cluster as module
from proofformer.runtime.attention import sdpa
from proofformer.runtime.cluster import Cluster, cluster
from proofformer.runtime.engine import Engine, network
from proofformer.runtime.transformer import SelfAttention

distributed = pytest.importorskip("distributed")

N = 4400
"""Five blocks of queries, the last of them short."""

ASKED: tuple[dict[str, Any], ...] = (
    {"name": "closest-pair"},
    {"name": "farthest-pair", "bichromatic": True, "dtype": "bfloat16"},
    {"name": "max-ip", "threshold": 8},
    {"name": "msd", "dtype": "float64", "threshold": "9/10"},
    {"name": "closest-pair", "metric": "cityblock", "levels": 3},
    {"name": "min-ip", "mask": INCLUSIVE},
)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0") as local:
        yield local.scheduler_address


@pytest.fixture(scope="module")
def workers(address: str) -> Iterator[Cluster]:
    with cluster(address) as there:
        yield there


def asked_of(asked: dict[str, Any], n: int = N) -> tuple[Model, list[np.ndarray]]:
    model = pf.compile(**asked, dim=9, max_n=N)
    rows = np.random.default_rng(4).integers(0, model.problem.levels + 1, (n, 9))
    rows[:, 0] = np.maximum(rows[:, 0], 1)
    return model, np.array_split(rows, [n // 3]) if model.problem.bichromatic else [rows]


def streams(model: Model, sets: list[np.ndarray], workers: Cluster) -> tuple[np.ndarray, np.ndarray]:
    """The residual streams of one process and of a cluster."""
    tokens = model.tokens(*(torch.tensor(rows)[None] for rows in sets))[0]
    mine, theirs = Engine(model.transformer), Engine(model.transformer)
    theirs.share = workers
    n = len(tokens)
    return mine.stream(tokens)[:, :n], theirs.stream(tokens)[:, :n]


@pytest.mark.parametrize("asked", ASKED, ids=lambda a: "-".join(map(str, a.values())))
def test_it_is_the_same_to_the_bit(asked: dict[str, Any], workers: Cluster) -> None:
    model, sets = asked_of(asked)
    mine, theirs = streams(model, sets, workers)
    assert mine.tobytes() == theirs.tobytes()
    if len(sets) == 2:  # of one, see below
        model.cluster = workers
        assert model.solve(*sets) == model.problem.answer(*sets)


@pytest.mark.parametrize("itself", [0, 1])
def test_values_of_any_weights(itself: int, workers: Cluster) -> None:
    rng = np.random.default_rng(itself)
    attention = SelfAttention(6, 2, 3)
    for layer in (attention.query, attention.key):
        layer.weight.data = torch.from_numpy(rng.integers(-1, 2, layer.weight.shape).astype(np.float32))
    stage = network.Stage(network.Heads(attention, np.float32), [])
    x = rng.integers(0, 2, (6, N)).astype(np.float32)
    parts = [(first, min(N, first + 1000)) for first in range(0, N, 1000)]
    streams = []
    for share in (network.in_threads(None), workers):
        streams.append(x.copy())
        fetches, finish = stage.fetching(streams[-1], N, itself)
        assert len(fetches) == 2
        assert sorted(share(fetches, parts, finish)) == parts
    assert streams[0].tobytes() == streams[1].tobytes() != x.tobytes()


def swapped(fetched: Iterator[Any]) -> Iterator[Any]:
    """The first two whole blocks that come, with each other's columns."""
    first, second, *rest = sorted(fetched, key=lambda of: of[0])[1:]
    yield first[0], second[1]
    yield second[0], first[1]
    yield from rest


def late(fetched: Iterator[Any]) -> Iterator[Any]:
    """Columns that belong one further on."""
    return ((part, [np.roll(of, 1, 1) for of in columns]) for part, columns in fetched)


@pytest.mark.parametrize("fault", [swapped, late])
def test_blocks_in_the_wrong_place_are_seen(
    fault: Callable[[Iterator[Any]], Iterator[Any]], workers: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched = Cluster._fetched
    monkeypatch.setattr(Cluster, "_fetched", lambda *of: fault(fetched(*of)))
    mine, theirs = streams(*asked_of(ASKED[0]), workers)
    assert mine.tobytes() != theirs.tobytes()


def test_it_serves_the_smallest_and_says_how_far_it_is(workers: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes, called = [], Cluster.__call__

    def call(self: Cluster, fetches: Any, parts: Any, finish: Any) -> Any:
        sizes.append(fetches[0].values.n - 2)
        return called(self, fetches, parts, finish)

    monkeypatch.setattr(Cluster, "__call__", call)
    for n in (2, 40, N):
        model, sets = asked_of(ASKED[0], n)
        model.cluster, told = workers, []
        model.progress = lambda done, of: told.append((done, of))  # noqa: B023
        assert model.solve(*sets) == model.problem.answer(*sets)
        assert told == sorted(told)
        assert told[-1][0] == told[-1][1]
    assert set(sizes) == {2, 40, N}
    model.attention, before = sdpa, len(sizes)
    model.solve(sets[0][:40])
    assert len(sizes) == before


def test_whoever_is_interrupted_leaves_nothing_behind(workers: Cluster) -> None:
    def told(done: int, of: int) -> None:
        raise KeyboardInterrupt

    model, sets = asked_of(ASKED[0])
    model.cluster, model.progress = workers, told
    with pytest.raises(KeyboardInterrupt):
        model.solve(*sets)
    for _ in range(100):
        left = workers.client.run_on_scheduler(lambda dask_scheduler: len(dask_scheduler.tasks))
        if not left:
            break
    assert not left


@pytest.mark.parametrize("all_of_them", [False, True])
def test_workers_that_die_are_replaced(address: str, all_of_them: bool) -> None:
    """As the second head begins, whose keys are on their way: dask's broadcast would wait for ever."""
    model = pf.compile("msd", metric="jaccard", norms="1-3", dim=3, max_n=N, dtype="float64")
    rows, killed = np.array([[1, 0, 0], [1, 1, 0], [0, 1, 0], [1, 1, 1]])[np.arange(N) % 4], []

    def told(done: int, of: int) -> None:
        if done < of and not killed and done * 4 >= of:
            killed.extend(pids if all_of_them else pids[:1])
            for pid in killed:
                os.kill(pid, signal.SIGKILL)

    alone = model.solve(rows)
    with cluster(address) as model.cluster:
        pids = list(model.cluster.client.run(os.getpid).values())
        model.progress = told
        assert model.solve(rows) == alone
    assert killed
    with pytest.raises(InputError, match=r"the cluster is lost \(the client is closed\): connect"):
        model.solve(rows)


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (distributed.KilledWorker("block", "worker", 3), "workers die, perhaps for want of memory: give them more"),
        (ModuleNotFoundError("No module named 'numba'"), "a worker cannot run the engine .No module.*install"),
        (distributed.client.FutureCancelledError("block", "scheduler-connection-lost"), "lost .scheduler-connection"),
        (distributed.comm.CommClosedError("in tcp://: closed"), "the cluster is lost .in tcp://: closed.: connect"),
    ],
    ids=lambda of: type(of).__name__,
)
def test_what_befalls_workers_is_one_sentence(
    error: BaseException, sentence: str, workers: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*asked: Any) -> Iterator[Any]:
        raise error
        yield

    monkeypatch.setattr(Cluster, "_fetched", failing)
    model, sets = asked_of(ASKED[0])
    model.cluster = workers
    with pytest.raises(InputError, match=sentence):
        model.solve(*sets)


def test_a_cluster_without_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE", 2)
    with (
        distributed.LocalCluster(n_workers=0, processes=False, dashboard_address=":0") as local,
        pytest.raises(InputError, match="has no workers: start some with `dask worker "),
        cluster(local.scheduler_address),
    ):
        pass


@pytest.mark.parametrize(
    ("package", "found", "at", "told"),
    [
        ("proofformer", "0.0.1", "a worker", "worker tcp://b:2 has proofformer 0.0.1"),
        ("proofformer", PackageNotFoundError("proofformer"), "a worker", "worker tcp://b:2 has no proofformer"),
        ("numba", PackageNotFoundError("numba"), "a worker", "worker tcp://b:2 has no numba"),
        ("sources", "others", "a worker", "worker tcp://b:2 has another proofformer .*"),
        ("sources", ImportError("none"), "a worker", "worker tcp://b:2 has another proofformer .*"),
        ("proofformer", "0.0.1", "the scheduler", "scheduler has proofformer 0.0.1"),
        ("proofformer", PackageNotFoundError("proofformer"), "the scheduler", "scheduler has no proofformer"),
    ],
)
def test_who_is_not_as_here(
    package: str, found: str | Exception, at: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Client:
        def wait_for_workers(self, count: int, timeout: float) -> None:
            pass

        def run(self, asked: Callable[..., str], *names: str, on_error: str) -> dict[str, Any]:
            odd = at == "a worker" and package in (*names, asked.__name__.removeprefix("engine_"))
            return {"tcp://a:1": asked(*names), "tcp://b:2": found if odd else asked(*names)}

        def run_on_scheduler(self, asked: Callable[[str], str], name: str) -> str:
            if at == "the scheduler" and isinstance(found, Exception):
                raise found
            return str(found) if at == "the scheduler" else asked(name)

    monkeypatch.setattr(module, "connected", lambda address: nullcontext(Client()))
    with pytest.raises(InputError, match=f"the {told}: install"), cluster("tcp://c:3"):
        pass
    at = "nowhere"
    with cluster("tcp://c:3") as there:
        assert isinstance(there, Cluster)
