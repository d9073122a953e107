"""Debian's chromium, without a network, and a page that fails its test when anything goes wrong in it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A running browser."""
    if CHROMIUM is None:
        pytest.skip("no chromium here: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def opened(chromium: Browser) -> Iterator[Callable[..., Page]]:
    """Open a map with the network off; afterwards no error, no request and no dialog may have been seen."""
    contexts: list[Any] = []
    faults: list[str] = []

    def open_page(path: Path, *, fragment: str = "", script: str = "", size: tuple[int, int] = (1366, 768)) -> Page:
        width, height = size
        context = chromium.new_context(viewport={"width": width, "height": height}, offline=True, accept_downloads=True)
        contexts.append(context)
        page = context.new_page()
        if script:
            page.add_init_script(script)
        watch(page, faults)
        page.goto(path.as_uri() + fragment)
        page.wait_for_selector("html[data-ready=yes]", state="attached")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert faults == []


def watch(page: Page, faults: list[str]) -> None:
    def refuse(what: str) -> None:
        faults.append(what)

    page.on("console", lambda message: refuse(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: refuse(str(error)))
    page.on("dialog", lambda dialog: refuse(dialog.message))
    page.on("request", lambda each: None if each.url.startswith(("file:", "data:", "blob:")) else refuse(each.url))
