"""The `proofformer` command, and how it is stopped: quietly, before anything is imported too."""

from __future__ import annotations

import os
import signal
import sys
from importlib import import_module
from threading import Timer
from types import FrameType
from typing import NoReturn


class Stop(SystemExit):
    """We are told to stop."""


def main() -> None:
    # A reader that has seen enough (`| head`) ends us quietly, as it ends any other Unix tool.
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    told_to_stop = [n for n in (signal.SIGINT, signal.SIGTERM) if signal.getsignal(n) is not signal.SIG_IGN]
    for number in told_to_stop:
        signal.signal(number, _stop)
    sys.unraisablehook = _again
    try:
        # By its name: it has this function too, under which the command may be installed.
        import_module("proofformer.cli.main").cli(prog_name="proofformer")
    finally:
        # All is done, and the interpreter takes its leave.
        for number in told_to_stop:
            signal.signal(number, signal.SIG_DFL)


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    """Whatever is under way is wound up; the exit code is the one that shells give: 130, 143."""
    raise Stop(128 + number)


def _again(unraisable: sys.UnraisableHookArgs) -> None:
    """Python drops what is raised where something is deleted; a stop is told once more when that is over."""
    if isinstance(unraisable.exc_value, Stop):
        Timer(0.01, os.kill, [os.getpid(), unraisable.exc_value.args[0] - 128]).start()
    else:
        sys.__unraisablehook__(unraisable)


if __name__ == "__main__":
    main()
