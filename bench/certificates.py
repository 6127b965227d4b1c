"""How many models the checker certifies, what that takes, and what it says of altered ones: for docs/trust.md.

python bench/certificates.py [certified] [tampered]
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from results import ROOT, measure, seconds

sys.path.insert(0, str(ROOT))

from tests.cases import CASES, DTYPES, Case
from tests.check.tampering import KINDS, tamper

from proofformer import check
from proofformer.artifacts import FOLDER
from proofformer.artifacts.folder import Files
from proofformer.compiler import INCLUSIVE, STRICT, Spec, plan_of
from proofformer.errors import ProofError

SIZES = ((4, 9), (8, 300), (16, 4096))
"""l and max_n of the models that are certified."""
LARGEST = (("closest-pair", 64, 4096, {}), ("closest-pair", 64, 1 << 20, {}), ("msd", 64, 4096, {"dtype": "float64"}))
"""Models of which it is also told by themselves: problem, l, max_n and what else is asked."""
SMALL = ((2, 4, "float32", STRICT), (3, 3, "float16", INCLUSIVE), (2, 5, "bfloat16", STRICT))
"""Models that are tampered with: all their small inputs are tried."""
EACH = {"bit of an entry that is not 0": 6, "bit of an entry that is 0": 6, "rows": 6, "structure": 6, "statement": 6}
"""Alterations of each kind, of each of these models of each case."""


ALONE = """
import atexit, json, resource, runpy, sys
from pathlib import Path

def told():
    used = resource.getrusage(resource.RUSAGE_SELF)
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    kilobytes = int(status["VmHWM"].split()[0])
    print(json.dumps({"seconds": used.ru_utime + used.ru_stime, "megabytes": kilobytes // 1024}))

atexit.register(told)
del sys.argv[0]
runpy.run_path(sys.argv[0], run_name="__main__")
"""
"""`python check.py DIR`, which says at its end what it took."""


def models(case: Case, dtype: str) -> Iterator[tuple[Spec, Files | None, float]]:
    """Specs, with the files where there is a plan, and the seconds that these took."""
    for dim, max_n in SIZES:
        for mask in (STRICT, INCLUSIVE):
            spec, made = Spec(case.problem(dim), max_n, dtype, mask), []
            try:
                took = seconds(lambda spec=spec, made=made: made.append(FOLDER.make(spec, plan_of(spec), {})))  # type: ignore[misc]
            except ProofError:
                yield spec, None, 0.0
                continue
            yield spec, made[0], took


def certified() -> dict[str, Any]:
    """By dtype: models, those that cannot be compiled, those that are certified, seconds."""
    told: dict[str, Any] = {}
    for dtype in DTYPES:
        counts, refused, compiling, checking = Counter[str](), [], [], []
        for case in CASES:
            for spec, files, took in models(case, dtype):
                if files is None:
                    counts["cannot be compiled"] += 1
                    continue
                found = check.examine(files.get)
                counts["certified" if found["code"] == check.CERTIFIED else "not certified"] += 1
                if found["code"] != check.CERTIFIED:
                    refused.append(f"{spec.problem.label}, max_n = {spec.max_n}, {spec.mask}: {found['says']}")
                compiling.append(took)
                checking.append(found["seconds"])
        told[dtype] = {
            **counts,
            "refused": refused,
            "compile": {"median": median(compiling), "most": max(compiling)},
            "check": {"median": median(checking), "most": max(checking)},
        }
        print(dtype, told[dtype], flush=True)
    return {"cases": len(CASES), "sizes": SIZES, "by dtype": told, "alone": [alone(*of) for of in LARGEST]}


def alone(name: str, dim: int, max_n: int, asked: dict[str, Any]) -> dict[str, Any]:
    """`python check.py DIR` of a bare Python, as its own process: seconds and megabytes."""
    from proofformer.problems import problem

    spec = Spec(problem(name, dim=dim), max_n, **asked)
    with tempfile.TemporaryDirectory() as scratch:
        for file, data in FOLDER.make(spec, plan_of(spec), {}).items():
            (Path(scratch) / file).write_bytes(data)
        runs = [_alone(scratch) for _ in range(5)]
    size = {"model": spec.problem.label, "max_n": max_n, "dtype": spec.dtype}
    return size | {name: median(run[name] for run in runs) for name in runs[0]}


def _alone(folder: str) -> dict[str, float]:
    run = subprocess.run([sys.executable, "-I", "-S", "-c", ALONE, check.__file__, folder], stdout=subprocess.PIPE)
    assert run.returncode == check.CERTIFIED, run.stdout
    *_, last = run.stdout.decode().splitlines()
    return dict(json.loads(last))


def tampered() -> dict[str, dict[str, int]]:
    """By kind: altered models that were refused, accepted and right, accepted and wrong."""
    told: dict[str, Counter[str]] = {kind: Counter() for kind in KINDS}
    with tempfile.TemporaryDirectory() as scratch:
        for case in CASES:
            for dim, *rest in SMALL:
                for kind in KINDS:
                    try:
                        told[kind] += tamper(Spec(case.problem(dim), *rest), kind, EACH[kind], 1, Path(scratch))[0]
                    except ProofError:
                        continue
    return {kind: {"altered": of.total(), **of} for kind, of in told.items()}


if __name__ == "__main__":
    measure("certificates", {"certified": certified, "tampered": tampered})
