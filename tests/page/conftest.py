"""A browser without a head, which the pages are opened in from disk."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import proofformer as pf
from proofformer.artifacts.folder import load_files
from proofformer.check import CERTIFICATE
from proofformer.page.page import WEIGHTS, page
from proofformer.problems import Problem
from proofformer.runtime import Model

CHROMIUM = shutil.which("chromium")
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
REQUIRED = "PROOFFORMER_CHROMIUM"
"""Where this variable is set, as where tests run for all, a missing browser is no reason to skip."""


class Opened:
    """A page of the browser, with all that it complained of and asked for."""

    def __init__(self, tab: Any, file: Path) -> None:
        self.tab, self.file = tab, file
        self.complaints: list[str] = []
        self.requests: list[str] = []
        tab.on("console", lambda message: self.complaints.append(message.text))
        tab.on("pageerror", lambda error: self.complaints.append(str(error)))
        tab.on("request", lambda request: self.requests.append(request.url))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.tab, name)

    def words(self, selector: str) -> str:
        return str(self.tab.inner_text(selector))

    def check_quiet(self) -> None:
        """It said nothing, and asked for nothing but itself."""
        assert self.complaints == []
        assert set(self.requests) == {self.file.as_uri()}


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A browser of this module's own: while it runs, no other loop of asyncio can."""
    if REQUIRED not in os.environ:
        if CHROMIUM is None:
            pytest.skip("chromium is missing: `apt-get install chromium` has it")
        pytest.importorskip("playwright")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            tmp_path_factory.mktemp("profile"),
            executable_path=CHROMIUM,
            args=list(FLAGS),
            viewport={"width": 1280, "height": 900},
        )
        yield context
        context.close()


@pytest.fixture(scope="module")
def opened(browser: Any) -> Iterator[Callable[[Path], Opened]]:
    """Opens a page from disk; in the end each of them has to have been quiet."""
    tabs: list[Opened] = []

    def open_file(file: Path) -> Opened:
        tabs.append(Opened(browser.new_page(), file))
        tabs[-1].goto(file.as_uri())
        return tabs[-1]

    yield open_file
    for tab in tabs:
        tab.check_quiet()
        tab.close()


@pytest.fixture(scope="module")
def shown(opened: Callable[[Path], Opened], tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Opened]:
    """The page of a problem's model, opened; with its `model`."""
    folder = tmp_path_factory.mktemp("pages")

    def show(asked: Problem, max_n: int = 64, rows: Any = None, paper: bool = False, **spec: Any) -> Opened:
        model: Model = pf.runtime.compile_model(asked, max_n=max_n, **spec)
        name = f"m{len(list(folder.iterdir()))}"
        model.save(folder / name)
        instance = None if rows is None else asked.instance(*rows)
        file = folder / f"{name}.html"
        artifact = load_files(folder / name, [WEIGHTS, CERTIFICATE], "model folder")
        file.write_text(page(model, artifact, instance, paper), encoding="utf-8")
        tab = opened(file)
        tab.wait_for_selector("body[data-ready]")
        tab.model = model
        return tab

    return show
