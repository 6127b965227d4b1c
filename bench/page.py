"""How large pages are, when they are painted first, and how long a click takes; and pictures of one, for docs/page.md.

python bench/page.py [pages] [pictures]
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from results import ROOT, measure

from proofformer import problem
from proofformer.artifacts.folder import load_files
from proofformer.check import CERTIFICATE
from proofformer.page.page import WEIGHTS, page
from proofformer.problems import Problem
from proofformer.runtime.model import compile_model
from proofformer.verify.instances.draws import random_sets

FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
N, CLICKS, LOADS = 64, 21, 5
ASKED = (
    problem("closest-pair", dim=32),
    problem("ov", dim=32, question="decide"),
    problem("max-ip", dim=32, bichromatic=True),
    problem("msd", dim=12),
    problem("msd", dim=32, metric="jaccard", threshold="1/2"),
    problem("msd", dim=32, metric="jaccard", norms="1-8"),
    problem("closest-pair", dim=16, metric="sqeuclidean", levels=3),
    problem("closest-pair", dim=16, metric="cityblock", levels=9),
)
PICTURED = problem("closest-pair", dim=8)
PICTURES = ((1280, 1150), (390, 1500))

PAINT = """() => new Promise((resolve) => new PerformanceObserver((list) => resolve(list.getEntries().at(-1).startTime))
    .observe({ type: 'paint', buffered: true }))"""
"""Milliseconds until the first content is painted."""
CLICK = """async (count) => {
    const took = [], bits = [...document.querySelectorAll('.bit')];
    const painted = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
    for (let k = 0; k < count; k++) {
        const bit = bits[(7 * k) % bits.length];
        bit.click();
        await painted();
        const start = performance.now();
        bit.click();
        const answered = performance.now();
        await painted();
        took.push([answered - start, performance.now() - start]);
    }
    return took;
}"""
"""What a click takes until the answer is in the page, and until that is painted: the second one on a bit, after which
the documents are again some that the model takes."""


@contextmanager
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright, TemporaryDirectory() as profile:
        path = shutil.which("chromium")
        context = playwright.chromium.launch_persistent_context(profile, executable_path=path, args=list(FLAGS))
        yield context
        context.close()


def written(asked: Problem, max_n: int, n: int, folder: Path) -> Path:
    """The page of a problem's model, which begins with n random documents or, for n = 0, with its own."""
    model, file = compile_model(asked, max_n=max_n), folder / "page.html"
    model.save(folder / "m")
    instance = None if not n else asked.instance(*random_sets(np.random.default_rng(0), asked, n))
    file.write_text(page(model, load_files(folder / "m", [WEIGHTS, CERTIFICATE], "model"), instance, paper=False))
    return file


def loaded(context: Any, file: Path) -> Any:
    tab = context.new_page()
    tab.goto(file.as_uri())
    tab.wait_for_selector("body[data-ready]")
    return tab


def pages() -> dict[str, Any]:
    """A row for each question: bytes, milliseconds to the first paint, and of a click at n = 64."""
    rows = []
    with browser() as context:
        for asked in ASKED:
            with TemporaryDirectory() as folder:
                file, paints, clicks = written(asked, N, N, Path(folder)), [], []
                for _ in range(LOADS):
                    tab = loaded(context, file)
                    paints.append(tab.evaluate(PAINT))
                    if len(paints) == LOADS:
                        clicks = tab.evaluate(CLICK, CLICKS)
                    tab.close()
                answered, shown = (median(times) for times in zip(*clicks, strict=True))
                size = file.stat().st_size
            row = {"asked": asked.label, "bytes": size, "paint_ms": round(median(paints))}
            rows.append({**row, "answer_ms": round(answered), "shown_ms": round(shown)})
    return {"n": N, "clicks": CLICKS, "rows": rows}


def pictures() -> list[str]:
    """The page of closest pair, as its reader meets it, light and dark, on a desk and on a phone."""
    made = []
    with browser() as context, TemporaryDirectory() as folder:
        tab = loaded(context, written(PICTURED, 16, 0, Path(folder)))
        for scheme in ("light", "dark"):
            for width, height in PICTURES:
                tab.emulate_media(color_scheme=scheme)
                tab.set_viewport_size({"width": width, "height": height})
                name = f"page-{width}-{scheme}.png"
                tab.screenshot(path=ROOT / "docs" / name)
                made.append(name)
    return made


if __name__ == "__main__":
    measure("page", {"pages": pages, "pictures": pictures}, ("playwright",))
