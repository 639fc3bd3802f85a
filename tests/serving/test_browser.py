"""The home page in a real browser, headless, with no network: nothing is asked of another host, nothing is refused."""

import subprocess
from pathlib import Path

import pytest
from tests.site.browser import program

OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--enable-logging=stderr",
    "--virtual-time-budget=5000",
)


@pytest.fixture(scope="module")
def browser() -> str:
    """The path of a browser; skips where there is none."""
    found = program()
    if found is None:
        pytest.skip("no Chromium on this machine")
    return found


@pytest.mark.parametrize(
    ("language", "heading"), [("th", "กราฟความรู้เมืองอัจฉริยะประเทศไทย"), ("en", "Thai Smart City knowledge graph")]
)
def test_home_page(browser: str, address: str, tmp_path: Path, language: str, heading: str) -> None:
    page = f"{address}/?lang={language}"
    command = [browser, *OPTIONS, f"--user-data-dir={tmp_path}", "--dump-dom", page]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=90, check=False)
    assert f"<h1>{heading}</h1>" in done.stdout, done.stderr
    console = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    assert console == []
