"""Writes docs/gpu.md: what a CUDA device does to models, from a checkout, in at most eight minutes.

make gpu                           # or: python bench/gpu.py
python bench/gpu.py --device cpu --to FOLDER    # the same on the CPU, to see that it runs
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
NEEDED = ("torch", "numpy", "sympy", "safetensors", "click", "rich", "pytest")
DTYPES = ("float16", "bfloat16", "float32", "float64")
KERNELS = ("FLASH_ATTENTION", "EFFICIENT_ATTENTION", "MATH", "CUDNN_ATTENTION")
SIZES = tuple(1 << k for k in range(14, 21))
LIMIT = 480.0
"""Seconds, after which nothing more is begun."""


def refuse(sentence: str) -> None:
    print(f"error: {sentence}", file=sys.stderr)
    raise SystemExit(2)


class Report:
    """What is found, and how long there is still."""

    def __init__(self, device: str, few: bool) -> None:
        self.device, self.few, self.begun = device, few, time.monotonic()
        self.found: dict[str, Any] = {}

    @property
    def late(self) -> bool:
        return time.monotonic() - self.begun > LIMIT

    def machine(self) -> None:
        import platform

        import torch

        named = torch.cuda.get_device_name(self.device) if self.device != "cpu" else platform.machine()
        self.found["machine"] = f"{named}, torch {torch.__version__}, Python {platform.python_version()}"

    def tests(self) -> None:
        """The tests that are marked `gpu`."""
        command = [sys.executable, "-m", "pytest", "-q", "-m", "gpu", "-p", "no:cacheprovider", "tests/runtime"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        lines = [line for line in done.stdout.splitlines() if line.strip()]
        self.found["tests"] = lines[-1] if lines else f"exit code {done.returncode}"

    def kernels(self) -> None:
        """For each dtype and kernel of torch: what the probe sees, and a campaign against the oracle."""
        from torch.nn.attention import SDPBackend, sdpa_kernel

        import proofformer as pf
        from proofformer.errors import InputError, ProofError
        from proofformer.runtime.attention import sdpa
        from proofformer.verify import assumptions

        counts = {"random": 20, "adversarial": 20} if self.few else {"random": 200, "adversarial": 400}
        rows = self.found["kernels"] = []
        for dtype in DTYPES:
            model = pf.compile("closest-pair", dim=16, max_n=1000, dtype=dtype).to(self.device)
            model.attention = sdpa
            for kernel in ("torch's choice", *KERNELS):
                if self.late:
                    return
                chosen = nullcontext() if kernel not in KERNELS else sdpa_kernel(getattr(SDPBackend, kernel))
                row = {"dtype": dtype, "kernel": kernel, "fails": "", "wrong": "", "instances": 0}
                with chosen:
                    try:
                        row["fails"] = ", ".join(a.assumption for a in assumptions(model) if a.verdict == "fails")
                        total = pf.verify(model, **counts).total
                        row |= {"wrong": total.wrong, "instances": total.instances}
                    except (InputError, ProofError) as error:
                        row["fails"] = str(error).partition(",")[0]
                rows.append(row)

    def speed(self) -> None:
        """Seconds of `solve`, beside a product in blocks with the largest entry of each row."""
        import numpy as np
        import torch

        import proofformer as pf
        from proofformer.errors import InputError, ProofError
        from proofformer.runtime.attention import sdpa

        rows = self.found["speed"] = []
        for n in SIZES[:1] if self.few else SIZES:
            data = np.random.default_rng(n).integers(0, 2, (n, 64), dtype=np.uint8)
            model = pf.compile("closest-pair", dim=64, max_n=n).to(self.device)
            model.attention = sdpa
            x = torch.from_numpy(data).to(self.device).float() * 2 - 1
            try:
                found = [(self._seconds(lambda m=model, d=data: m.solve(d)), self._product(x)) for _ in range(3)]
            except (InputError, ProofError, torch.OutOfMemoryError) as error:
                rows.append({"n": n, "why": str(error).partition(":")[0]})
                continue
            solve, product = (median(times) for times in zip(*found, strict=True))
            rows.append({"n": n, "solve": solve, "product": product})
            if self.late:
                return

    def _product(self, x: Any) -> float:
        def run() -> None:
            for at in range(0, len(x), 2048):
                (x[at : at + 2048] @ x.T).argmax(1)

        return self._seconds(run)

    def _seconds(self, run: Callable[[], Any]) -> float:
        import torch

        settle = torch.cuda.synchronize if self.device != "cpu" else lambda: None
        settle()
        start = time.perf_counter()
        run()
        settle()
        return time.perf_counter() - start

    def page(self) -> Iterator[str]:
        found = self.found
        yield f"# On a GPU\n\nWritten by `make gpu`, measured on one machine: {found['machine']}.\n"
        yield f"Tests marked `gpu`: {found['tests']}.\n"
        yield "| dtype | kernel | assumptions seen to fail | wrong | of |\n|---|---|---|---|---|"
        for row in found["kernels"]:
            yield f"| {row['dtype']} | {row['kernel']} | {row['fails']} | {row['wrong']} | {row['instances']} |"
        yield "\nClosest pair, l = 64, float32, torch's attention; a product is X X^T in blocks with row maxima.\n"
        yield "| n | solve, s | product, s | ratio |\n|---|---|---|---|"
        for row in found["speed"]:
            if "why" in row:
                yield f"| {row['n']:,} | {row['why']} | | |"
            else:
                ratio = row["solve"] / row["product"]
                yield f"| {row['n']:,} | {row['solve']:.4f} | {row['product']:.4f} | {ratio:.2f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--to", type=Path, default=ROOT / "docs")
    parser.add_argument("--few", action="store_true", help="few instances and the smallest size")
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
    report = Report(given.device, given.few)
    for part in (report.machine, report.tests, report.kernels, report.speed):
        part()
    (given.to / "gpu.json").write_text(json.dumps(report.found, indent=1) + "\n")
    (given.to / "gpu.md").write_text("\n".join(report.page()) + "\n")


if __name__ == "__main__":
    main()
