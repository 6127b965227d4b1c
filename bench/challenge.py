"""Replacements of attention in the compiled model of orthogonal vectors: how often they are wrong, and how small.

python bench/challenge.py          # measures, and writes docs/challenge.json and the tables of docs/challenge.md
python bench/challenge.py tables   # writes the tables of the numbers there are
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch

from proofformer.challenge.findings import How, with_kernel
from proofformer.challenge.instances import hard_question, remembered
from proofformer.challenge.kernels import BUILT_IN, Kernel
from proofformer.challenge.search import best_settings, searched
from proofformer.compiler import Spec
from proofformer.runtime import Model
from proofformer.runtime.model import compiled
from proofformer.verify.instances import Sets

DOCS = Path(__file__).parent.parent / "docs"
PAGE, NUMBERS = DOCS / "challenge.md", DOCS / "challenge.json"
PROBLEM, DIM = "ov", 16
SIZES = tuple(1 << k for k in range(10))
"""Documents that are read before the one that asks."""
TRIALS, FIT = 100, 16
SMALLEST_DIMS, SMALLEST_N = (2, 3, 16), 80


def instances(model: Model, n: int, count: int, seed: int) -> list[Sets]:
    rng = np.random.default_rng((seed, n))
    drawn = [remembered(rng, model.problem, n) for _ in range(count)]
    return [sets for sets in drawn if sets is not None]


def wrong(asking: Model, drawn: list[Sets]) -> int:
    """How many of the instances, all of one size, are answered wrongly."""
    a, b = (torch.from_numpy(np.stack(rows)) for rows in zip(*drawn, strict=True))
    said = asking(a, b).decision[:, 0].tolist()
    right = [float(bool(asking.problem.answer(*sets))) for sets in drawn]
    return sum(x != y for x, y in zip(said, right, strict=True))


def errors(model: Model, kernel: Kernel) -> dict[str, dict[str, int]]:
    """By how the kernel is asked, and by n."""
    found: dict[str, dict[str, int]] = {How.AS_IS.value: {}, How.CALIBRATED.value: {}}
    for n in SIZES:
        test, fit = instances(model, n, TRIALS, 0), instances(model, n, FIT, 1)
        settings = best_settings(model, kernel, fit)
        found[How.AS_IS.value][str(n)] = wrong(with_kernel(model, kernel), test)
        found[How.CALIBRATED.value][str(n)] = wrong(with_kernel(model, kernel, settings), test)
        print(kernel.name, n, *(by_n[str(n)] for by_n in found.values()), flush=True)
    return found


def smallest(kernel: Kernel) -> dict[str, Any]:
    """The verdict, and the finding of each kind, in the fewest dimensions that have one."""
    found: dict[str, Any] = {"verdict": None, "tried": 0, "findings": {}}
    for dim in SMALLEST_DIMS:
        seen = searched(compiled(Spec(hard_question(PROBLEM, dim), SMALLEST_N)), kernel)
        found["verdict"], found["tried"] = seen.verdict.value, found["tried"] + seen.tried + seen.fitted
        for finding in seen.findings:
            found["findings"].setdefault(finding.how.value, {"dim": dim} | finding.to_json())
        print(kernel.name, dim, seen.verdict, flush=True)
        if len(found["findings"]) == 2 + (kernel.state is not None):
            break
    return found


def measured() -> dict[str, Any]:
    model = compiled(Spec(hard_question(PROBLEM, DIM), max(SIZES) + 1))
    told = {
        kernel.name: {"says": kernel.says, "cost": kernel.cost, "wrong": errors(model, kernel), **smallest(kernel)}
        for kernel in BUILT_IN.values()
    }
    return {"problem": PROBLEM, "dim": DIM, "trials": TRIALS, "fit": FIT, "kernels": told}


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def error_table(found: dict[str, Any]) -> str:
    rows = []
    for name, told in found["kernels"].items():
        for how, by_n in told["wrong"].items():
            rows.append([name if how == How.AS_IS.value else "", how, *map(str, by_n.values())])
    return table(["kernel", "", *(f"n = {n}" for n in SIZES)], rows)


def smallest_table(found: dict[str, Any]) -> str:
    rows = []
    for name, told in found["kernels"].items():
        cells = [_documents(told["findings"].get(how.value)) for how in (How.COLLISION, How.AS_IS, How.CALIBRATED)]
        rows.append([f"{name}: {told['says']}", told["cost"], told["verdict"], *cells])
    return table(["kernel", "cost", "verdict", "collision", "as is", "calibrated"], rows)


def _documents(finding: dict[str, Any] | None) -> str:
    """Those that are read first, and those that follow."""
    if finding is None:
        return ""
    return f"{' + '.join(map(str, reversed(finding['documents'])))}, {finding['dim']} bits"


PARTS = {"errors": error_table, "smallest": smallest_table}


def written(page: str, found: dict[str, Any]) -> str:
    """The page with the tables of these numbers."""
    for part, make in PARTS.items():
        begin, end = f"<!-- {part} -->", f"<!-- end {part} -->"
        before, rest = page.split(begin)
        page = f"{before}{begin}\n{make(found)}\n{end}{rest.split(end)[1]}"
    return page


def main(words: list[str]) -> None:
    torch.set_num_threads(1)
    if "tables" not in words:
        NUMBERS.write_text(json.dumps(measured(), indent=1) + "\n")
    PAGE.write_text(written(PAGE.read_text(), json.loads(NUMBERS.read_text())))


if __name__ == "__main__":
    main(sys.argv[1:])
