"""Tampers with models and says what the checker believed: `python bench/tampering.py [COUNT]`, of each kind and model.

An altered model is rejected, or is accepted and gives all small inputs the answer that it says it gives, or is wrong.
"""

import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.cases import CASES
from tests.check.tampering import KINDS, tamper

from proofformer.compiler import Spec
from proofformer.errors import ProofError

SIZES = ((2, 4, "float32", "strict"), (3, 3, "float16", "inclusive"), (2, 5, "bfloat16", "strict"))


def main(count: int) -> int:
    told: dict[str, Counter[str]] = {kind: Counter() for kind in KINDS}
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as scratch:
        for case in CASES:
            for dim, *rest in SIZES:
                for kind in KINDS:
                    try:
                        told[kind] += tamper(Spec(case.problem(dim), *rest), kind, count, 1, Path(scratch))[0]
                    except ProofError:
                        continue
    for kind, of in told.items():
        print(f"{kind}: {of.total():,} altered, " + ", ".join(f"{n:,} {what}" for what, n in sorted(of.items())))
    print(f"{time.perf_counter() - began:.0f} s")
    return int(any(of["accepted, wrong"] for of in told.values()))


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10))
