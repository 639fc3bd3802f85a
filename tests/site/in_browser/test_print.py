"""Pages on paper: their Thai can be selected, and nothing is printed that only a screen needs."""

import shutil
import subprocess
import unicodedata
from pathlib import Path

import pytest
from tests.site.browser import Page

PATHS = (
    "/",
    "/areas",
    "/map",
    "/timeline",
    "/network",
    "/quality",
    "/ontology",
    "/id/meeting/committee-1-2561",
    "/id/division/TH-50",
    "/id/source/unattributed-2020-committee-1-2563",
)

ON_SCREEN = """({
  heading: document.querySelector("h1").innerText,
  menu: document.querySelector(".site-nav").innerText,
  texts: [...document.querySelectorAll("main > p, main h2, main td a, main dd a")]
    .filter((node) => node.checkVisibility() && !node.closest(".actions, .facets, .pager"))
    .map((node) => [...node.childNodes].filter((child) => child.nodeType === 3 || child.nodeName === "ABBR")
      .map((child) => child.textContent).join(" "))
    .filter((text) => text.trim().length > 3)
    .slice(0, 60),
})"""


def without_spaces(text: str) -> str:
    """Return a text in NFKD without white space: in a PDF, SARA AM is two characters and a line may end anywhere."""
    return "".join(unicodedata.normalize("NFKD", text).split())


@pytest.fixture(scope="module")
def pdftotext() -> str:
    """The path of pdftotext, which reads a PDF as a reader's selection would; skips where there is none."""
    found = shutil.which("pdftotext")
    if found is None:
        pytest.skip("no pdftotext on this machine")
    return found


@pytest.mark.parametrize("language", ["th", "en"])
@pytest.mark.parametrize("path", PATHS)
def test_printed_page(page: Page, address: str, pdftotext: str, tmp_path: Path, path: str, language: str) -> None:
    page.open(f"{address}{path}?lang={language}")
    on_screen = page.evaluate(ON_SCREEN)
    (tmp_path / "page.pdf").write_bytes(page.printed())
    command = [pdftotext, "-enc", "UTF-8", "-raw", str(tmp_path / "page.pdf"), "-"]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=60, check=True)
    printed = without_spaces(done.stdout)
    assert without_spaces(on_screen["heading"]) in printed
    assert [text for text in on_screen["texts"] if without_spaces(text) not in printed] == []
    assert without_spaces(on_screen["menu"]) not in printed
    assert ("ค้นหากราฟ" if language == "th" else "Searchtheknowledgegraph") not in printed
