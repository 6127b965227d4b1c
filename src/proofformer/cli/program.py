"""The `proofformer` command, and how it is stopped: quietly, before anything is imported too."""

from __future__ import annotations

import signal
from importlib import import_module
from types import FrameType
from typing import NoReturn


def main() -> None:
    # A reader that has seen enough (`| head`) ends us quietly, as it ends any other Unix tool.
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    told_to_stop = [n for n in (signal.SIGINT, signal.SIGTERM) if signal.getsignal(n) is not signal.SIG_IGN]
    for number in told_to_stop:
        signal.signal(number, _stop)
    try:
        # By its name: it has this function too, under which the command may be installed.
        import_module("proofformer.cli.main").cli(prog_name="proofformer")
    finally:
        # All is done, and the interpreter takes its leave.
        for number in told_to_stop:
            signal.signal(number, signal.SIG_DFL)


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    """Whatever is under way is wound up; the exit code is the one that shells give: 130, 143."""
    raise SystemExit(128 + number)


if __name__ == "__main__":
    main()
