"""A signal to stop is heard after work of moments, not in the middle of it."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread

import pytest
from tests.artifacts.trials import FOLDER, LENS, LLAMA, Way, check_answers, compiled
from tests.cases import CLOSEST, OV

import proofformer as pf
from proofformer.artifacts import folder
from proofformer.interruptions import uninterrupted

SIGNALS = [signal.SIGINT, signal.SIGTERM]


class Told(BaseException):
    pass


@pytest.fixture(params=SIGNALS, ids=lambda number: number.name)
def number(request: pytest.FixtureRequest) -> Iterator[signal.Signals]:
    """One of the signals, at which `Told` is raised."""

    def tell(number: int, frame: object) -> None:
        raise Told

    before = signal.signal(request.param, tell)
    yield request.param
    assert signal.signal(request.param, before) is tell


def twice(number: signal.Signals, done: list[str]) -> None:
    with uninterrupted():
        signal.raise_signal(number)
        signal.raise_signal(number)
        done.append("all")


def within(number: signal.Signals, done: list[str]) -> None:
    with uninterrupted():
        with uninterrupted():
            signal.raise_signal(number)
        done.append("all")


def failing(number: signal.Signals, done: list[str]) -> None:
    with uninterrupted():
        signal.raise_signal(number)
        done.append("all")
        raise ValueError("an error")


@pytest.mark.parametrize("work", [twice, within, failing])
def test_it_is_heard_when_the_block_has_ended(
    work: Callable[[signal.Signals, list[str]], None], number: signal.Signals
) -> None:
    done: list[str] = []
    with pytest.raises(Told):
        work(number, done)
    assert done == ["all"]
    with pytest.raises(Told):
        signal.raise_signal(number)


def test_what_is_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        with uninterrupted():
            signal.raise_signal(signal.SIGTERM)
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGTERM, before)


def test_other_threads_change_nothing(number: signal.Signals) -> None:
    handlers = []

    def work() -> None:
        with uninterrupted():
            handlers.append(signal.getsignal(number))

    before = signal.getsignal(number)
    (thread := Thread(target=work)).start()
    thread.join()
    assert handlers == [before]


@pytest.mark.parametrize(
    ("way", "number"),
    [(FOLDER, signal.SIGINT), (LLAMA, signal.SIGTERM), (LENS, signal.SIGINT)],
    indirect=["number"],
    ids=str,
)
@pytest.mark.parametrize("step", ["the first file", "the last file", "the exchange", "the end"])
def test_a_writer_that_is_told_to_stop_ends_first(
    way: Way, step: str, number: signal.Signals, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at, write, put, steps = way.placed(tmp_path, CLOSEST), Path.write_bytes, folder._put, []

    def told(at_step: str) -> None:
        if at_step == step and not steps:
            steps.append(step)
            signal.raise_signal(number)

    def writing(file: Path, data: bytes) -> int:
        told({way.form.names[0]: "the first file", way.form.names[-1]: "the last file"}.get(file.name, ""))
        return write(file, data)

    def putting(new: Path, target: Path) -> None:
        told("the exchange")
        put(new, target)
        told("the end")

    monkeypatch.setattr(Path, "write_bytes", writing)
    monkeypatch.setattr(folder, "_put", putting)
    with pytest.raises(Told):
        way.write(compiled(OV), tmp_path)
    assert steps == [step]
    check_answers(pf.read(at), OV)
    assert [p.name for p in tmp_path.iterdir()] == [at.name]
