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
from multiprocessing import active_children, get_context, parent_process
from threading import Thread
from typing import ParamSpec, TypeVar

from proofformer.interruptions import uninterrupted
from proofformer.runtime.cluster import connected

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


class Pool(ProcessPoolExecutor):
    """A process pool whose workers ignore Ctrl-C from their first moment: it is for the process that keeps the journal,
    which ends them. Nor does a signal stop that process while it starts one, and leave half a worker behind."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        with uninterrupted():
            if not hasattr(signal, "pthread_sigmask"):
                return super().submit(fn, *args, **kwargs)
            # Processes have what is blocked from the thread that starts them.
            blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
            try:
                return super().submit(fn, *args, **kwargs)
            finally:
                signal.pthread_sigmask(signal.SIG_SETMASK, blocked)


def _start_worker() -> None:
    import torch

    torch.set_num_threads(1)
    # Ctrl-C is for the process that keeps the journal: it ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A worker whose campaign was killed would wait for shards for ever."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


@contextmanager
def here() -> Iterator[Workers]:
    """This process, with one torch thread as the others have: models this small spend more on waiting for a second."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield Workers(Here(), 1)
    finally:
        torch.set_num_threads(threads)


@contextmanager
def processes(jobs: int) -> Iterator[Workers]:
    """So many processes, each with one torch thread."""
    before = active_children()
    pool = Pool(jobs, mp_context=get_context("spawn"), initializer=_start_worker)
    try:
        yield Workers(pool, 2 * jobs)
    except BaseException:
        # What they are at is lost, and run again one day.
        for worker in active_children():
            if worker not in before:
                worker.kill()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def cluster(address: str) -> Iterator[Workers]:
    """The workers of a dask scheduler; each has to have proofformer, and the model folders at the same paths.

    Raises `InputError` without dask.distributed, or when nobody answers at the address.
    """
    with connected(address) as client:
        threads = max(1, sum(client.nthreads().values()))
        # A worker that dies takes its shard with it: dask gives it to another, three times if need be.
        yield Workers(client.get_executor(pure=False, retries=3), 4 * threads)
