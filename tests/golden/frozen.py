"""Write what proofformer does today into tests/golden: `make golden`, or `make golden WEIGHTS=1` for the weights too.

Weights change only where that is the purpose of a change, so they are rewritten only when asked for by name.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from tests.golden import checks, outputs, weights

FOLDER = Path(__file__).parent
WEIGHTS = "weights.json"
FILES: dict[str, Callable[[], dict[str, Any]]] = {
    WEIGHTS: weights.frozen,
    "outputs/console.json": outputs.console,
    "outputs/json.json": outputs.in_json,
    "outputs/inspect.json": outputs.inspected,
    "outputs/help.json": outputs.help_pages,
    "outputs/refusals.json": outputs.refusals,
    "campaigns.json": checks.campaigns,
    "families.json": checks.families,
    "mutants.json": checks.mutants,
}
"""Each file, and what computes its entries afresh."""
SHOWN = 8


def stored(name: str) -> dict[str, Any]:
    entries: dict[str, Any] = json.loads((FOLDER / name).read_text())
    return entries


def store(name: str, entries: dict[str, Any]) -> None:
    file = FOLDER / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(entries, indent=1, ensure_ascii=False) + "\n")


def differences(golden: Any, now: Any, where: str = "") -> Iterator[str]:
    """Each place where the two differ, with its path and both values."""
    if isinstance(golden, dict) and isinstance(now, dict):
        for key in [*golden, *(key for key in now if key not in golden)]:
            path = f"{where} > {key}" if where else key
            if key in golden and key in now:
                yield from differences(golden[key], now[key], path)
            else:
                yield f"{path}: {'gone' if key in golden else 'new'}"
    elif isinstance(golden, list) and isinstance(now, list):
        for k, (old, new) in enumerate(zip(golden, now, strict=False)):
            yield from differences(old, new, f"{where} > {k}")
        if len(golden) != len(now):
            yield f"{where}: {len(golden)} items became {len(now)}"
    elif golden != now:
        yield f"{where}: {golden!r} became {now!r}"


def told(name: str, golden: dict[str, Any], now: dict[str, Any]) -> str:
    """The first differences in words; empty when there is none."""
    found = list(differences(golden, now))
    more = [f".. and {len(found) - SHOWN} more"] if len(found) > SHOWN else []
    return "\n".join([f"{name}: {len(found)} differences", *found[:SHOWN], *more]) if found else ""


def main(words: list[str]) -> None:
    torch.set_num_threads(1)
    for name, compute in FILES.items():
        if name == WEIGHTS and "weights" not in words:
            continue
        entries = compute()
        before = stored(name) if (FOLDER / name).exists() else {}
        store(name, entries)
        print(told(name, before, entries) or f"{name}: {len(entries)} entries, as before")


if __name__ == "__main__":
    main(sys.argv[1:])
