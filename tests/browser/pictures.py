"""The README's pictures, of the city that the console is tested with: `python -m tests.browser.pictures`."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Final

from playwright.sync_api import sync_playwright

from deploy.local.clickhouse.embedded import EmbeddedClickHouse
from sinks.clickhouse.client import connect
from sinks.clickhouse.migrations import migrate
from streams.ledger.clock import ReplayedClock
from tests.browser.conftest import FLAGS
from tests.sinks.console.city import City
from tests.sinks.console.serving import Kept, make_desk, serving

FOLDER: Final = Path(__file__).parents[2] / "docs" / "screenshots"
PICTURES: Final = {"now": "/", "needs": "/needs", "report": "/report?at=2022-04-02T17:59:30"}


def main() -> int:
    """Draw them all; exit code 2 where there is no chromium."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        sys.stderr.write("no chromium is installed (Debian: apt-get install chromium)\n")
        return 2
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "logs").mkdir()
        with EmbeddedClickHouse(root / "data", root / "logs") as server:
            with connect(server.url) as client:
                migrate(client)
                City().load(client)
            with serving(make_desk(server.url, Kept(), clock=ReplayedClock())) as port:
                _draw(chromium, f"http://127.0.0.1:{port}")
    return 0


def _draw(chromium: str, address: str) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        for name, path in PICTURES.items():
            page = browser.new_page(viewport={"width": 1440, "height": 900}, locale="zh-CN")
            page.goto(address + path)
            page.wait_for_timeout(1300)
            page.screenshot(path=FOLDER / f"{name}.png", full_page=name == "now")
            page.close()
        browser.close()


if __name__ == "__main__":
    sys.exit(main())
