"""The engine's attention on the workers of a dask scheduler: each has all keys, and takes blocks of queries.

Whoever has all keys makes a row's softmax as one process does, to the bit: there are no parts to merge or to rescale.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from proofformer.errors import InputError
from proofformer.runtime.sources import engine_sources

if TYPE_CHECKING:
    from proofformer.problems.arrays import Array
    from proofformer.runtime.engine.attend import Fetch
    from proofformer.runtime.engine.network import Span

PATIENCE = 4
"""Seconds for a scheduler to answer, and for a first worker to come."""

TASKS = 8
"""Of a stage, for each thread of the workers."""

TRIES = 3
"""Of a stage whose keys are lost."""


@contextmanager
def connected(address: str) -> Iterator[Any]:
    """The client of a dask scheduler. Raises `InputError` without dask.distributed, or when nobody answers there."""
    try:
        from distributed import Client
    except ImportError:
        raise InputError(
            "a cluster needs dask.distributed, which is not installed: pip install 'proofformer[cluster]'"
        ) from None
    try:
        # In a thread of its own: this one may be a notebook's, which has a loop.
        with ThreadPoolExecutor(1) as asked:
            kind = asked.submit(asyncio.run, asyncio.wait_for(_kind(address), PATIENCE)).result()
        if kind != "Scheduler":
            raise ValueError(f"a {kind} does")
        client: Any = Client(address, timeout=PATIENCE, set_as_default=False)
    # Whoever else listens there may say anything.
    except Exception as error:
        why = str(error) or f"nothing in {PATIENCE} seconds"
        raise InputError(
            f"no dask scheduler answers at {address} ({why}): start one with `dask scheduler` and name it as tcp://HOST:8786"
        ) from None
    # What befalls the connection is one sentence of ours.
    log = logging.getLogger("distributed.client")
    level = log.level
    log.setLevel(logging.CRITICAL)
    try:
        yield client
    finally:
        client.close()
        log.setLevel(level)


async def _kind(address: str) -> str:
    """Who answers at the address. A client would ask for longer, and wait for ever for somebody who says nothing."""
    from distributed import rpc
    from distributed.security import Security

    args = Security().get_connection_args("client")
    async with rpc(address, timeout=PATIENCE - 1, connection_args=args) as peer:
        return str((await peer.identity())["type"])


@contextmanager
def cluster(address: str) -> Iterator[Cluster]:
    """What `model.cluster` takes: the workers of a dask scheduler, each with this proofformer and numba.

    Raises `InputError` where somebody or something is missing.
    """
    with connected(address) as client:
        try:
            client.wait_for_workers(1, timeout=PATIENCE)
        except TimeoutError:
            raise InputError(
                f"the dask scheduler at {address} has no workers: start some with `dask worker {address}`"
            ) from None
        mine = version("proofformer")
        for who, package, found in _installed(client):
            if found is None or (package == "proofformer" and found != mine):
                has = f"{package} {found}" if found else f"no {package}"
                raise InputError(f"the {who} has {has}: install proofformer[fast] {mine} where it runs, as here")
        for worker, sources in client.run(engine_sources, on_error="return").items():
            # Another error is that of a worker who is gone.
            if isinstance(sources, str | ImportError) and sources != engine_sources():
                raise InputError(
                    f"the worker {worker} has another proofformer {mine} than this one: install this one where it runs"
                )
        yield Cluster(client)


def _installed(client: Any) -> Iterator[tuple[str, str, str | None]]:
    """Who, a package, and its version there, if any."""
    for package in ("proofformer", "numba"):
        for worker, found in client.run(version, package, on_error="return").items():
            # Another error is that of a worker who is gone.
            if isinstance(found, str | PackageNotFoundError):
                yield f"worker {worker}", package, found if isinstance(found, str) else None
    try:
        # Tasks pass through its hands.
        yield "scheduler", "proofformer", client.run_on_scheduler(version, "proofformer")
    except PackageNotFoundError:
        yield "scheduler", "proofformer", None


def _columns(fetches: Sequence[Fetch], parts: list[Span]) -> list[list[Array]]:
    """What the queries of each part fetch."""
    return [[fetch(max(1, first), last) for fetch in fetches] for first, last in parts]


class Cluster:
    """Who shares an engine's attention among the workers of a dask client."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def __call__(
        self, fetches: Sequence[Fetch], parts: list[Span], finish: Callable[[Span, list[Array]], None]
    ) -> Iterator[Span]:
        from distributed import CancelledError, KilledWorker

        try:
            for part, columns in self._fetched(fetches, parts):
                finish(part, columns)
                yield part
        except (ImportError, OSError, KilledWorker, CancelledError) as error:
            raise InputError(_befallen(error)) from error

    def _fetched(self, fetches: Sequence[Fetch], parts: list[Span]) -> Iterator[tuple[Span, list[Array]]]:
        """The columns of each part, as they come; once more for those that are lost with all who have the keys."""
        from distributed import CancelledError

        left = set(parts)
        for tries in reversed(range(TRIES)):
            try:
                for part, columns in self._tried(fetches, [part for part in parts if part in left]):
                    left.remove(part)
                    yield part, columns
                return
            except (OSError, CancelledError):
                if not tries:
                    raise

    def _tried(self, fetches: Sequence[Fetch], parts: list[Span]) -> Iterator[tuple[Span, list[Array]]]:
        from distributed import as_completed

        if self.client.status != "running":
            raise ConnectionError(f"the client is {self.client.status}")
        self.client.wait_for_workers(1, timeout=PATIENCE)
        threads = [worker for worker, count in self.client.nthreads().items() for _ in range(count)]
        if not threads:
            raise ConnectionError("it has no workers")
        tasks = min(len(parts), TASKS * len(threads))
        futures: dict[Any, list[Span]] = {}
        # To one of them, from whom the others have it: dask's broadcast waits for ever for a worker that dies.
        (there,) = self.client.scatter([list(fetches)], hash=False)
        try:
            for k in range(tasks):
                # Those of late queries, which see more keys, are spread over all tasks. A worker that dies takes its
                # task with it: dask gives it to another.
                share, at = parts[k::tasks], {"workers": [threads[k % len(threads)]], "allow_other_workers": True}
                futures[self.client.submit(_columns, there, share, pure=False, retries=3, **at)] = share
            for future, columns in as_completed(futures, loop=self.client.loop, with_results=True):
                if isinstance(columns, BaseException):
                    raise columns
                yield from zip(futures[future], columns, strict=True)
        finally:
            # Those that have not begun are forgotten.
            for future in (there, *futures):
                future.release()


def _befallen(error: BaseException) -> str:
    """What became of a cluster, and the remedy."""
    if isinstance(error, ImportError):
        return f"a worker cannot run the engine ({error}): install proofformer[fast] where it runs"
    if type(error).__name__ == "KilledWorker":
        return "workers die, perhaps for want of memory: give them more, or do without the cluster"
    why = getattr(error, "reason", "") or error or type(error).__name__
    return f"the cluster is lost ({why}): connect to it again, or do without it"
