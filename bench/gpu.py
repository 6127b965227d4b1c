"""What a CUDA device does to models, from a checkout, in at most eight minutes: for docs/gpu.md.

make gpu                                   # or: python bench/gpu.py
python bench/gpu.py --device cpu --few     # a rehearsal, that prints its numbers and writes nothing
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from importlib.util import find_spec
from typing import Any

from results import ROOT, in_turns, keep, machine, seconds

NEEDED = ("torch", "numpy", "sympy", "safetensors", "click", "rich", "pytest")
DTYPES = ("float16", "bfloat16", "float32", "float64")
KERNELS = ("FLASH_ATTENTION", "EFFICIENT_ATTENTION", "MATH", "CUDNN_ATTENTION")
SIZES = tuple(1 << k for k in range(14, 21))
LIMIT = 480.0
"""Seconds, after which nothing more is begun."""
BEGUN = time.monotonic()


def late() -> bool:
    return time.monotonic() - BEGUN > LIMIT


def refuse(sentence: str) -> None:
    print(f"error: {sentence}", file=sys.stderr)
    raise SystemExit(2)


def named(device: str) -> str:
    """The device and what it runs with."""
    import torch

    return machine() if device == "cpu" else f"{torch.cuda.get_device_name(device)}; {machine()}"


def tests() -> str:
    """What pytest says in the end of the tests that are marked `gpu`."""
    command = [sys.executable, "-m", "pytest", "-q", "-m", "gpu", "-p", "no:cacheprovider", "tests/runtime"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    lines = [line for line in done.stdout.splitlines() if line.strip()]
    return lines[-1] if lines else f"exit code {done.returncode}"


def kernels(device: str, few: bool) -> list[dict[str, Any]]:
    """For each dtype and kernel of torch: what the probe sees, and a campaign against the oracle."""
    from torch.nn.attention import SDPBackend, sdpa_kernel

    import proofformer as pf
    from proofformer.errors import InputError, ProofError
    from proofformer.runtime.attention import sdpa
    from proofformer.verify import assumptions

    counts = {"random": 20, "adversarial": 20} if few else {"random": 200, "adversarial": 400}
    rows = []
    for dtype in DTYPES:
        model = pf.compile("closest-pair", dim=16, max_n=1000, dtype=dtype).to(device)
        model.attention = sdpa
        for kernel in ("torch's choice", *KERNELS):
            if late():
                return rows
            row = {"dtype": dtype, "kernel": kernel, "fails": "", "wrong": "", "instances": 0}
            with nullcontext() if kernel not in KERNELS else sdpa_kernel(getattr(SDPBackend, kernel)):
                try:
                    row["fails"] = ", ".join(a.assumption for a in assumptions(model) if a.verdict == "fails")
                    total = pf.verify(model, **counts).total
                    row |= {"wrong": total.wrong, "instances": total.instances}
                except (InputError, ProofError) as error:
                    row["fails"] = str(error).partition(",")[0]
            rows.append(row)
    return rows


def speed(device: str, few: bool) -> list[dict[str, Any]]:
    """Seconds of `solve`, beside a product in blocks with the largest entry of each row."""
    import numpy as np
    import torch

    import proofformer as pf
    from proofformer.errors import InputError, ProofError
    from proofformer.runtime.attention import sdpa

    def settled(run: Callable[[], Any], seed: int) -> float:
        settle = torch.cuda.synchronize if device != "cpu" else lambda: None
        settle()
        return seconds(lambda: (run(), settle()))

    def product(x: Any) -> None:
        for at in range(0, len(x), 2048):
            (x[at : at + 2048] @ x.T).argmax(1)

    rows: list[dict[str, Any]] = []
    for n in SIZES[:1] if few else SIZES:
        data = np.random.default_rng(n).integers(0, 2, (n, 64), dtype=np.uint8)
        model = pf.compile("closest-pair", dim=64, max_n=n).to(device)
        model.attention = sdpa
        x = torch.from_numpy(data).to(device).float() * 2 - 1
        asked = {
            "solve": partial(settled, partial(model.solve, data)),
            "product": partial(settled, partial(product, x)),
        }
        try:
            rows.append({"n": n} | in_turns(asked, repeats=3))
        except (InputError, ProofError, torch.OutOfMemoryError) as error:
            rows.append({"n": n, "why": str(error).partition(":")[0]})
        if late():
            break
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--few", action="store_true", help="few instances and the smallest size: a rehearsal")
    given = parser.parse_args()
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        refuse(f"{missing[0]} is not installed: this needs {', '.join(NEEDED)}, and installs nothing itself")
    sys.path.insert(0, str(ROOT / "src"))
    import torch

    if given.device != "cpu" and not torch.cuda.is_available():
        refuse("torch sees no CUDA device: run this where there is one")
    # Torch says at length why it cannot choose a kernel that it was told to.
    warnings.filterwarnings("ignore", category=UserWarning)
    found: dict[str, Any] = {"machine": named(given.device), "tests": tests()}
    for part in (kernels, speed):
        found[part.__name__] = part(given.device, given.few)
    if given.few:
        print(json.dumps(found))
        return
    keep("gpu", found)


if __name__ == "__main__":
    main()
