"""Commands that are stopped at random moments, with Ctrl-C, SIGTERM and SIGKILL, and what they leave.

Each run is first measured, then stopped at moments spread over it, the first of them when the interpreter has started.
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
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from time import monotonic, sleep

import pytest
from tests.scripts import surroundings

import proofformer as pf
from proofformer.artifacts import format_named
from proofformer.errors import InputError

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)
PROGRAM = [sys.executable, "-m", "proofformer.cli.program"]
SAVE = 'import proofformer as pf; pf.compile("closest-pair", dim=5, max_n=12).save("out")'
VERIFY = ("verify", "new", "--random", "400", "--json", "--report", "out", "--journal", "j")
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


class Stopped:
    """One command, told to stop after so many seconds; None: not at all."""

    def __init__(self, work: Work, folder: Path, after: float | None = None, number: signal.Signals = signal.SIGKILL):
        start = monotonic()
        (folder / "tmp").mkdir(exist_ok=True)
        env = surroundings(folder) | {"TMPDIR": str(folder / "tmp"), "OMP_NUM_THREADS": "1"}
        with (
            (folder / "stdout").open("w") as stdout,
            (folder / "stderr").open("w") as stderr,
            subprocess.Popen(
                work.command, cwd=folder, env=env, stdout=stdout, stderr=stderr, start_new_session=True
            ) as child,
        ):
            try:
                child.wait(after)
            except subprocess.TimeoutExpired:
                (os.killpg if number == signal.SIGINT else os.kill)(child.pid, number)
            self.code = child.wait(120)
        self.seconds = monotonic() - start
        self.said = (folder / "stderr").read_text().splitlines()
        self.left = _left(child.pid)


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
    name: str, models: Path, scratch: Path, number: signal.Signals, times: int, rng: random.Random
) -> Counter[str]:
    """How often which of the things that may happen did, and, after `!`, which must not."""
    work, found = WORK[name], Counter[str]()
    whole = Stopped(work, _fresh(models, scratch, work, old=True))
    assert whole.code == 0, whole.said
    expected = "" if work.form else _digest(scratch / "run")
    usual = _hidden(scratch / "run")
    started = monotonic()
    subprocess.run([sys.executable, "-c", "import signal, proofformer"], check=True)
    started = monotonic() - started
    for k in range(times):
        folder = _fresh(models, scratch, work, old=bool(k % 2))
        stopped = Stopped(work, folder, started + (whole.seconds - started) * (k + rng.random()) / times, number)
        found[f"exit {stopped.code}"] += 1
        found[_fate(work, folder, expected, old=bool(k % 2))] += 1
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


def _fate(work: Work, folder: Path, expected: str, *, old: bool) -> str:
    if not work.form:
        again = Stopped(work, folder)
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
    *product(("compile", "save", "campaign, one worker"), SIGNALS),
    ("campaign, two workers", signal.SIGTERM),
]
ALL = [pytest.param(name, number, 20, marks=pytest.mark.slow) for name, number in product(WORK, SIGNALS)]


@pytest.fixture(scope="module")
def deaf_to_nothing() -> Iterator[None]:
    """In the background tests are deaf to Ctrl-C, and what they start would be too."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize(("name", "number", "times"), [*((name, number, 2) for name, number in FEW), *ALL])
def test_what_is_stopped_leaves_all_or_nothing(
    name: str, number: signal.Signals, times: int, tmp_path: Path, deaf_to_nothing: None
) -> None:
    found = stops(name, prepared(tmp_path, WORK[name]), tmp_path, number, times, random.Random(0))
    assert not [what for what in found if what.startswith("!")]
    # Some were stopped, in one of the ways that there are: otherwise this shows nothing.
    assert found[f"exit {128 + number}"] + found[f"exit {-number}"] + found["exit 1"] > 0
