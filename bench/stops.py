"""Stops commands at random moments, with Ctrl-C, SIGTERM and SIGKILL, and looks at what they leave.

python bench/stops.py [--times 20] [--seed 0] [NAME ...]

NAME is a row of `WORK`. Each run is first measured, then stopped at moments spread over it, the first of them when the
interpreter has started. Ctrl-C goes to all its processes, as from a terminal; the others to the first alone. Then:

* the path reads as the old artifact or the new one, or as nothing where nothing was;
* no process is left, and after Ctrl-C and SIGTERM nothing hidden either;
* after these the command has said one line or none, and ends with 130 or 143. (`save` is a script of one's own, that
  ends as Python ends it.)
* a campaign that is run again ends with the digest of one that nobody stopped.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

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
        # This proofformer, wherever it lies: what is relative in PYTHONPATH is another folder for the command.
        path = os.pathsep.join([str(Path(pf.__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
        env = os.environ | {"TMPDIR": str(folder / "tmp"), "OMP_NUM_THREADS": "1", "PYTHONPATH": path}
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
        if any(key.startswith("!") and times for key, times in found.items()):
            print(f"{name}, {number.name}: {dict(found)}", *stopped.said[-30:], sep="\n", file=sys.stderr)
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


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*", metavar="NAME", default=list(WORK))
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    asked, bad = parser.parse_args(), 0
    # In the background a script is deaf to Ctrl-C, and what it starts would be too.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    print("| work | signal | stops | found |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as scratch:
        for name in asked.names:
            models = prepared(Path(scratch), WORK[name])
            for number in SIGNALS:
                rng = random.Random(f"{asked.seed} {name} {number}")
                found = stops(name, models, Path(scratch), number, asked.times, rng)
                told = ", ".join(f"{times} {what}" for what, times in sorted(found.items()))
                print(f"| {name} | {number.name} | {asked.times} | {told} |", flush=True)
                bad += sum(times for what, times in found.items() if what.startswith("!"))
    sys.exit(int(bad > 0))


if __name__ == "__main__":
    main()
