"""Drawings and query page in a real browser: seen, heard, by keyboard, with and without script, on paper."""

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from tests.site.browser import Page, browsing, program
from tests.site.live import live

from kg.content import Content

AXE = Path(__file__).with_name("vendor") / "axe.min.js"
QUERY = "PREFIX tsc: <https://w3id.org/thai-smart-city/ontology#>\nSELECT ?m ?day { ?m tsc:heldOn ?day }"
PATHS = [
    "/map",
    "/map?layer=phases",
    "/timeline",
    "/network",
    "/query",
    f"/query?query={quote(QUERY)}",
    "/query?query=SELECT%20*%20%7B?s%20a%20tsc:Meeting%7D",
    "/queries",
    "/queries/pilot-provinces",
]


@pytest.fixture(scope="module")
def address(content: Content, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server with the pages."""
    with live(content.root, tmp_path_factory.mktemp("live") / "log") as found:
        yield found


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A page of a browser; skips where there is none."""
    if program() is None:
        pytest.skip("no Chromium on this machine")
    with browsing(tmp_path_factory.mktemp("browser")) as found:
        yield found


def in_language(path: str, language: str) -> str:
    return f"{path}{'&' if '?' in path else '?'}lang={language}"


@pytest.mark.parametrize("language", ["th", "en"])
@pytest.mark.parametrize("path", PATHS)
def test_a_page_is_sound(page: Page, address: str, path: str, language: str) -> None:
    """No complaint of the console or of axe, nothing asked of another host, nothing wider than the window."""
    for width, dark in ((1280, False), (360, True)):
        page.open(f"{address}{in_language(path, language)}", width=width, dark=dark)
        assert page.evaluate("document.documentElement.lang") == language
        assert page.evaluate("document.documentElement.scrollWidth") == width
        page.evaluate(f"{AXE.read_text('utf-8')};0")
        violations = page.evaluate(
            "axe.run().then(found => JSON.stringify(found.violations.map(v => [v.id, v.nodes.map(n => n.html)])))"
        )
        assert json.loads(violations) == []
        assert page.console == []
        assert [link for link in page.requests if not link.startswith(f"{address}/")] == []


def test_thai_is_set_in_the_font_of_the_site(page: Page, address: str) -> None:
    page.open(f"{address}/map?lang=th")
    node = page.send("DOM.getDocument")["root"]["nodeId"]
    heading = page.send("DOM.querySelector", nodeId=node, selector="h1")["nodeId"]
    page.send("CSS.enable")
    fonts = page.send("CSS.getPlatformFontsForNode", nodeId=heading)["fonts"]
    assert [(font["familyName"], font["isCustomFont"]) for font in fonts] == [("Sarabun", True)]


def test_the_keyboard_passes_from_province_to_province(page: Page, address: str) -> None:
    page.open(f"{address}/map?layer=pilot&lang=en")
    page.evaluate("document.querySelector('.map').previousElementSibling.querySelector('.sparql-link').focus()")
    seen = []
    for _ in range(7):
        page.press("Tab", code=9)
        seen.append(page.evaluate("document.activeElement.getAttribute('aria-label')"))
    assert sorted(seen) == [
        f"{name}: Pilot"
        for name in ("Bangkok", "Chachoengsao", "Chiang Mai", "Chonburi", "Khon Kaen", "Phuket", "Rayong")
    ]
    page.press("Tab", code=9)
    assert page.evaluate("document.activeElement.closest('.map')") is None


def test_the_editor_takes_the_place_of_the_text_area(page: Page, address: str) -> None:
    page.open(f"{address}/query?lang=en")
    assert page.evaluate("getComputedStyle(document.getElementById('query')).display") == "none"
    assert page.evaluate("document.querySelector('.CodeMirror textarea').getAttribute('aria-label')") == "SPARQL query"


def test_tab_leaves_the_editor(page: Page, address: str) -> None:
    page.open(f"{address}/query?lang=en")
    page.evaluate("document.querySelector('.CodeMirror textarea').focus()")
    page.press("Tab", code=9)
    assert page.evaluate("document.activeElement.closest('.CodeMirror')") is None
    assert page.evaluate("document.activeElement.closest('main') !== null")


def test_ctrl_enter_asks(page: Page, address: str) -> None:
    page.open(f"{address}/query?lang=en")
    page.evaluate("document.querySelector('.CodeMirror textarea').focus()")
    page.press("Enter", code=13, modifiers=2)
    page.until("location.hash === '#answer' && document.querySelector('.result-table') !== null")


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("การประชุม", "tsc:Meeting"),
        ("smart", "tsc:SmartCityArea"),
        ("heldO", "tsc:heldOn"),
        ("พื้นที่นำร่อง", "designation-status:pilot"),
    ],
)
def test_a_name_is_found_by_its_label(page: Page, address: str, typed: str, expected: str) -> None:
    page.open(f"{address}/query?lang=th")
    page.evaluate("document.querySelector('.CodeMirror').CodeMirror.setValue('SELECT * { ?s a ')")
    page.evaluate("document.querySelector('.CodeMirror textarea').focus()")
    page.evaluate("document.querySelector('.CodeMirror').CodeMirror.execCommand('goDocEnd')")
    page.write(typed)
    listed = page.until("[...document.querySelectorAll('.hint-name')].map(node => node.textContent).join()")
    assert expected in listed.split(",")
    chosen = listed.split(",").index(expected)
    page.evaluate(f"document.querySelectorAll('.CodeMirror-hint')[{chosen}].click()")
    text = page.until(
        f"(v => v.includes({expected!r}) && v)(document.querySelector('.CodeMirror').CodeMirror.getValue())"
    )
    assert text.startswith(f"PREFIX {expected.partition(':')[0]}: <https://w3id.org/thai-smart-city/")
    assert text.endswith(f"?s a {expected}")
    assert page.console == []


def test_the_query_page_works_without_script(page: Page, address: str) -> None:
    page.open(f"{address}/query?lang=en", script=False)
    assert page.evaluate("getComputedStyle(document.getElementById('query')).display") == "block"
    page.evaluate("document.getElementById('query').focus()")
    page.evaluate("document.querySelector('.query-form button[type=submit]').focus()")
    page.press("Enter", code=13)
    page.until("document.querySelector('.result-table td') !== null")
    assert page.console == []


@pytest.mark.parametrize("path", ["/map", "/timeline", "/network"])
def test_a_drawing_can_be_printed_with_its_text(page: Page, address: str, path: str) -> None:
    page.open(f"{address}{in_language(path, 'th')}")
    printed = page.printed()
    assert printed.startswith(b"%PDF-")
    assert b"Sarabun" in printed
    assert b"/ToUnicode" in printed
