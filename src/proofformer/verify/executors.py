"""Where shards run: in this process, in processes on this machine, or on a dask cluster.

All are `concurrent.futures.Executor`s, so a campaign does not know which it has.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from threading import Thread
from typing import Any, ParamSpec, TypeVar

from proofformer.errors import InputError

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class Workers:
    """An executor, and how many shards to have under way at a time."""

    executor: Executor
    under_way: int


class Here(Executor):
    """Runs what is submitted at once, in this process."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        future: Future[T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


def cores() -> int:
    """The processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _start_worker() -> None:
    import torch

    torch.set_num_threads(1)
    # Ctrl-C is for the process that keeps the journal: it ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A worker whose campaign was killed would wait for shards for ever."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


@contextmanager
def here() -> Iterator[Workers]:
    yield Workers(Here(), 1)


@contextmanager
def processes(jobs: int) -> Iterator[Workers]:
    """So many processes, each with one torch thread."""
    pool = ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=_start_worker)
    try:
        yield Workers(pool, 2 * jobs)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def cluster(address: str) -> Iterator[Workers]:
    """The workers of a dask scheduler; each has to have proofformer, and the model folders at the same paths.

    Raises `InputError` without dask.distributed, or when nobody answers at the address.
    """
    try:
        from distributed import Client
    except ImportError:
        raise InputError(
            "--scheduler needs dask.distributed, which is not installed: pip install 'proofformer[cluster]'"
        ) from None
    try:
        client: Any = Client(address, timeout=10, set_as_default=False)
    except (OSError, ValueError) as error:
        raise InputError(f"no dask scheduler answers at {address} ({error}): start one with `dask scheduler`") from None
    try:
        threads = max(1, sum(client.nthreads().values()))
        # A worker that dies takes its shard with it: dask gives it to another, three times if need be.
        yield Workers(client.get_executor(pure=False, retries=3), 4 * threads)
    finally:
        client.close()
