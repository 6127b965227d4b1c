"""The `proofformer` command, and how it is stopped: quietly, before anything is imported too."""

from __future__ import annotations

import os
import signal
import sys
from threading import Timer
from time import monotonic
from types import FrameType

from proofformer.errors import Stop

PATIENCE = 5
"""So many seconds an import may go on when we are told to stop."""

_told: list[float] = []


def main() -> None:
    told_to_stop = [n for n in (signal.SIGINT, signal.SIGTERM) if signal.getsignal(n) is not signal.SIG_IGN]
    for number in told_to_stop:
        signal.signal(number, _stop)
    sys.unraisablehook = _again
    stdout = sys.stdout
    try:
        from proofformer.cli.main import cli

        cli(prog_name="proofformer")
    except SystemExit:
        # click puts another stream there, and ends, when nobody reads any more what we say.
        if sys.stdout is not stdout or not _flushed():
            _end_unread()
        raise
    finally:
        # All is done, and the interpreter takes its leave.
        for number in told_to_stop:
            signal.signal(number, signal.SIG_DFL)


def _flushed() -> bool:
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        return False
    return True


def _end_unread() -> None:
    """A reader that has seen enough (`| head`) ends us quietly, as it ends any other Unix tool.

    Until here the signal is ignored: processes and schedulers that we talk to may end, and that is an error to be told.
    """
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGPIPE)


def _stop(number: int, frame: FrameType | None) -> None:
    """Whatever is under way is wound up; the exit code is the one that shells give: 130, 143."""
    _told.append(monotonic())
    while frame is not None and _told[-1] - _told[0] < PATIENCE:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            # Compiled modules drop what is raised while they are imported, and go on with half of another module.
            _tell(number)
            return
        frame = frame.f_back
    raise Stop(128 + number)


def _tell(number: int) -> None:
    """Tell ourselves to stop, soon."""
    Timer(0.05, os.kill, [os.getpid(), number]).start()


def _again(unraisable: sys.UnraisableHookArgs) -> None:
    """Python drops what is raised where something is deleted; a stop is told once more when that is over."""
    if isinstance(unraisable.exc_value, Stop):
        _tell(unraisable.exc_value.args[0] - 128)
    else:
        sys.__unraisablehook__(unraisable)


if __name__ == "__main__":
    main()
