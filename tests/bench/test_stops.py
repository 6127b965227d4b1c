"""Commands that are stopped at random moments, with Ctrl-C, SIGTERM and SIGKILL, and what they leave.

Each run is first measured, then stopped at moments spread over it. The slow tests start an interpreter for each, and
stop it from when that has started; the others fork one that has imported everything, so that each moment is one of the
work itself (`tests/cli/test_main.py` stops imports), and none of how an interpreter ends.
Ctrl-C goes to all its processes, as from a terminal; the others to the first alone. Then:

* the path reads as the old artifact or the new one, or as nothing where nothing was;
* no process is left, and after Ctrl-C and SIGTERM nothing hidden either;
* after these the command has said one line or none, and ends with 130 or 143. (`save` is a script of one's own, that
  ends as Python ends it.)
* a campaign that is run again ends with the digest of one that nobody stopped.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import product
from multiprocessing import get_context
from pathlib import Path
from time import monotonic, sleep

import pytest
import torch
from tests.scripts import surroundings

import proofformer as pf
from proofformer.artifacts import format_named
from proofformer.cli import program
from proofformer.errors import InputError

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)
PROGRAM = [sys.executable, "-m", "proofformer.cli.program"]
SAVE = 'import proofformer as pf; pf.compile("closest-pair", dim=5, max_n=12).save("out")'
VERIFY = ("verify", "new", "--random", "200", "--json", "--report", "out", "--journal", "j")
OLD, NEW, NOTHING, SAME = "old", "new", "nothing", "same digest"


@dataclass(frozen=True)
class Work:
    """A command; `form` is what it writes as `out` with its suffix, "" for a campaign."""

    command: tuple[str, ...]
    form: str = ""

    @property
    def out(self) -> str:
        return "out" + (format_named(self.form).suffix if self.form else "")


def _export(form: str) -> Work:
    return Work(
        (*PROGRAM, "export", "inclusive" if form == "hf" else "new", "--to", form, "-o", Work((), form).out), form
    )


WORK = {
    "compile": Work((*PROGRAM, "compile", "closest-pair", "--dim", "5", "--max-n", "12", "-o", "out"), "folder"),
    "save": Work((sys.executable, "-c", SAVE), "folder"),
    **{f"export {form}": _export(form) for form in ("folder", "onnx", "hf", "torch")},
    "campaign, one worker": Work((*PROGRAM, *VERIFY, "--jobs", "1")),
    "campaign, two workers": Work((*PROGRAM, *VERIFY, "--jobs", "2")),
}


FORKS = get_context("forkserver")
FORKS.set_forkserver_preload([__name__, "proofformer.cli.main", "proofformer.artifacts", "proofformer.verify"])


def _in_a_fork(command: tuple[str, ...], folder: Path) -> None:
    os.chdir(folder)
    os.environ |= surroundings(folder)
    tempfile.tempdir = str(folder / "tmp")
    torch.set_num_threads(1)
    sys.argv = list(command[2:])
    for number, name in ((1, "stdout"), (2, "stderr")):
        os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    os.setsid()
    exec(command[2]) if command[1] == "-c" else program.main()


class Stopped:
    """One command, told to stop after so many seconds; None: not at all."""

    def __init__(
        self,
        work: Work,
        folder: Path,
        forked: bool,
        after: float | None = None,
        number: signal.Signals = signal.SIGKILL,
    ):
        (folder / "tmp").mkdir()
        child, wait = (self.forked if forked else self.started)(work.command, folder)
        start = monotonic()
        if wait(after) is None:
            (os.killpg if number == signal.SIGINT else os.kill)(child, number)
        self.code, self.seconds = wait(120), monotonic() - start
        self.said = (folder / "stderr").read_text().splitlines()
        self.left = _left(child)

    def forked(self, command: tuple[str, ...], folder: Path) -> tuple[int, Callable[[float | None], int | None]]:
        child = FORKS.Process(target=_in_a_fork, args=(command, folder))
        child.start()
        assert child.pid is not None
        while child.exitcode is None and os.getpgid(child.pid) != child.pid:
            sleep(0.001)
        return child.pid, lambda after: child.join(after) or child.exitcode

    def started(self, command: tuple[str, ...], folder: Path) -> tuple[int, Callable[[float | None], int | None]]:
        env = surroundings(folder) | {"TMPDIR": str(folder / "tmp"), "OMP_NUM_THREADS": "1"}
        with (folder / "stdout").open("w") as stdout, (folder / "stderr").open("w") as stderr:
            child = subprocess.Popen(command, cwd=folder, env=env, stdout=stdout, stderr=stderr, start_new_session=True)

        def wait(after: float | None) -> int | None:
            with suppress(subprocess.TimeoutExpired):
                child.wait(after)
            return child.returncode

        return child.pid, wait


def _left(group: int) -> bool:
    """Whether some process of the group is there ten seconds later."""
    try:
        for _ in range(100):
            os.killpg(group, 0)
            sleep(0.1)
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def prepared(scratch: Path, work: Work) -> Path:
    """A folder with the models that are exported and verified, and an old artifact of the format."""
    folder = scratch / "prepared"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    pf.compile("closest-pair", dim=5, max_n=12).save(folder / "new")
    pf.compile("closest-pair", dim=5, max_n=12, mask="inclusive").save(folder / "inclusive")
    if work.form:
        mask = "inclusive" if work.form == "hf" else "strict"
        old = pf.compile("closest-pair", dim=4, max_n=12, mask=mask)
        format_named(work.form).write(old, folder / work.form / work.out)
    return folder


def stops(
    name: str, models: Path, scratch: Path, number: signal.Signals, times: int, forked: bool, rng: random.Random
) -> Counter[str]:
    """How often which of the things that may happen did, and, after `!`, which must not."""
    work, found = WORK[name], Counter[str]()
    whole = Stopped(work, _fresh(models, scratch, work, old=True), forked)
    assert whole.code == 0, whole.said
    expected = "" if work.form else _digest(scratch / "run")
    usual = _hidden(scratch / "run")
    started, last = monotonic(), whole.seconds
    if not forked:
        subprocess.run([sys.executable, "-c", "import signal, proofformer"], check=True)
    started = monotonic() - started
    for k in range(times):
        folder = _fresh(models, scratch, work, old=bool(k % 2))
        after = started + max(0, last - started) * (k + rng.random()) / times
        stopped = Stopped(work, folder, forked, after, number)
        if stopped.code == 0:
            last = min(last, stopped.seconds)
        found[f"exit {stopped.code}"] += 1
        found[_fate(work, folder, expected, old=bool(k % 2), forked=forked)] += 1
        found["! a process is left"] += stopped.left
        hidden = bool(_hidden(folder) - usual)
        found["hidden files" if number == signal.SIGKILL else "! hidden files"] += hidden
        if number != signal.SIGKILL and name != "save":
            found["! more than a line said"] += len(stopped.said) > 1
            found["! exit"] += stopped.code not in (0, 128 + number, -number)
        # Of a run that failed pytest shows this.
        if any(key.startswith("!") and times for key, times in found.items()):
            print(f"{name}, {number.name}: {dict(found)}", *stopped.said[-30:], sep="\n")
    return +found


def _hidden(folder: Path) -> set[str]:
    """What lies about. Libraries leave something in every run: onnxruntime, once imported, a file `.ses`."""
    return {file.name for file in (*folder.glob(".*"), *(folder / "tmp").iterdir())}


def _fresh(models: Path, scratch: Path, work: Work, *, old: bool) -> Path:
    folder = scratch / "run"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(models, folder)
    if work.form and old:
        (folder / work.form / work.out).rename(folder / work.out)
    return folder


def _fate(work: Work, folder: Path, expected: str, *, old: bool, forked: bool) -> str:
    if not work.form:
        shutil.rmtree(folder / "tmp")
        again = Stopped(WORK["campaign, one worker"] if forked else work, folder, forked)
        same = again.code == 0 and _digest(folder) == expected
        return SAME if same else "! another digest"
    if not (folder / work.out).exists():
        return NOTHING if not old else "! the old one is lost"
    try:
        return NEW if format_named(work.form).read(folder / work.out).problem.dim == 5 else OLD
    except InputError as error:
        return f"! {error}"


def _digest(folder: Path) -> str:
    return str(json.loads((folder / "out" / "report.json").read_text())["digest"])


FEW = [
    *product(("compile", "save"), SIGNALS, (8,)),
    *product(("campaign, one worker",), SIGNALS, (4,)),
    ("campaign, two workers", signal.SIGTERM, 2),
]
ALL = [pytest.param(name, number, 20, False, marks=pytest.mark.slow) for name, number in product(WORK, SIGNALS)]


@pytest.fixture(scope="module")
def deaf_to_nothing() -> Iterator[None]:
    """In the background tests are deaf to Ctrl-C, and what they start would be too."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize(("name", "number", "times", "forked"), [*((*few, True) for few in FEW), *ALL])
def test_what_is_stopped_leaves_all_or_nothing(
    name: str, number: signal.Signals, times: int, forked: bool, tmp_path: Path, deaf_to_nothing: None
) -> None:
    rng = random.Random(f"{name} {number}")
    found = stops(name, prepared(tmp_path, WORK[name]), tmp_path, number, times, forked, rng)
    assert not [what for what in found if what.startswith("!")]
    # Some were stopped, in one of the ways that there are: otherwise this shows nothing.
    assert found[f"exit {128 + number}"] + found[f"exit {-number}"] + found["exit 1"] > 0
