"""What all benchmarks share: parts that are measured, numbers that are kept, times side by side, the machine.

A benchmark is a table of parts, each a function that returns numbers. `python bench/NAME.py [PART ..]` measures them,
keeps them in bench/results/NAME.json; `make pages` writes the pages that show them (`bench/render.py`).
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import linear_regression, median
from time import perf_counter
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
RESULTS = Path(__file__).resolve().parent / "results"
REPEATS = 5


def kept(name: str) -> dict[str, Any]:
    """The numbers of a benchmark, by part; none where nothing was measured."""
    file = RESULTS / f"{name}.json"
    return dict(json.loads(file.read_text())) if file.exists() else {}


def keep(name: str, found: Mapping[str, Any]) -> None:
    file = RESULTS / f"{name}.json"
    file.write_text(laid_out(json.loads(json.dumps(found))) + "\n")
    print(f"-> {file.name}; make pages shows it", file=sys.stderr)


def laid_out(value: Any, indent: str = "") -> str:
    """JSON in which an object or a list stands in one line if it fits there, or holds no other."""
    flat = json.dumps(value, ensure_ascii=False)
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    if len(indent + flat) <= 120 or not any(isinstance(part, dict | list) for part in inner):
        return flat
    deeper = indent + " "
    if isinstance(value, list):
        lines = [deeper + laid_out(part, deeper) for part in value]
    else:
        lines = [f"{deeper}{json.dumps(key)}: {laid_out(part, deeper)}" for key, part in value.items()]
    opened, closed = "[]" if isinstance(value, list) else "{}"
    return "\n".join([opened, ",\n".join(lines), indent + closed])


def machine(*packages: str) -> str:
    """Processor, cores, and the versions of Python, torch and these packages, as far as they are installed."""
    info = Path("/proc/cpuinfo")
    named = re.search(r"^model name\s*: (.*)", info.read_text() if info.exists() else "", re.MULTILINE)
    processor = named[1] if named else platform.processor() or platform.machine()
    versions = [f"Python {platform.python_version()}"]
    for package in ("torch", *packages):
        try:
            versions.append(f"{package} {version(package).partition('+')[0]}")
        except PackageNotFoundError:
            continue
    return f"{processor}, {os.cpu_count()} cores; {', '.join(versions)}"


def seconds(run: Callable[[], Any], clock: Callable[[], float] = perf_counter) -> float:
    start = clock()
    run()
    return clock() - start


def in_turns(contestants: Mapping[str, Callable[[int], float | None]], repeats: int = REPEATS) -> dict[str, float]:
    """The median seconds of each contestant, a function of the seed of what it is asked; None: not that often.

    They take turns on one seed after the other, so that a machine that slows down does so for all. What each is asked
    first warms it up and does not count.
    """
    times: dict[str, list[float]] = {name: [] for name in contestants}
    for seed in range(repeats + 1):
        for name, run in contestants.items():
            if (taken := run(seed)) is not None:
                times[name].append(taken)
    return {name: median(found[1:]) for name, found in times.items()}


def slope(x: Sequence[float], y: Sequence[float]) -> float:
    """Of log y against log x: the power with which y grows."""
    return linear_regression(*([math.log(value) for value in values] for values in (x, y))).slope


def measure(
    name: str, parts: Mapping[str, Callable[[], Any]], packages: Sequence[str] = (), words: Sequence[str] | None = None
) -> None:
    """The command line of a benchmark: measure the parts that are asked for, or all; keep each as soon as it is there.

    Raises `SystemExit` with the names of the parts where another is asked for.
    """
    parser = argparse.ArgumentParser(description=f"Measures numbers of bench/results/{name}.json.")
    parser.add_argument("part", nargs="*", default=[*parts], help=f"all, or some of {', '.join(parts)}")
    asked = parser.parse_args(words).part
    if unknown := [part for part in asked if part not in parts]:
        parser.error(f"there is no part {unknown[0]!r}: choose from {', '.join(parts)}")
    for part in asked:
        print(f"{name}: {part}", file=sys.stderr, flush=True)
        found = parts[part]()
        keep(name, kept(name) | {part: found, "machine": machine(*packages)})
