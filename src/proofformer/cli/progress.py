"""How far long work has come, on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from proofformer.cli.common import console

Progress = Callable[[int, int], None]
"""progress(done, before): how much is done, of which so much was when we began."""


@contextmanager
def progress_bar(total: int, doing: str, unit: str, *, shown: bool) -> Iterator[Progress]:
    """A bar on stderr with rate and time left, if that is a terminal and `shown`."""
    if not (shown and sys.stderr.isatty()):
        yield lambda done, before: None
        return
    from time import perf_counter

    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn(doing),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    start = perf_counter()
    with Bar(*columns, console=console(stderr=True), transient=True) as bar:
        task = bar.add_task(doing, total=total, rate="")

        def progress(done: int, before: int) -> None:
            rate = f"{(done - before) / max(1e-9, perf_counter() - start):,.0f} {unit}/s"
            bar.update(task, completed=done, rate=rate)

        yield progress
