"""The site by keyboard alone, and its query page with script off."""

from urllib.parse import quote

import pytest
from tests.site.browser import Page

HELD_ON = "PREFIX tsc: <https://w3id.org/thai-smart-city/ontology#>\nSELECT ?m ?day { ?m tsc:heldOn ?day }"
ACTIVE = "document.activeElement"


def tab(page: Page, *, back: bool = False) -> None:
    """Press Tab, or Shift and Tab."""
    page.press("Tab", code=9, modifiers=8 if back else 0)


def enter(page: Page) -> None:
    """Press Enter on a link or a button, and wait for the page that it leads to."""
    page.press("Enter", code=13)
    page.wait("Page.loadEventFired")


def is_seen_to_have_the_focus(page: Page) -> bool:
    """Return whether what has the focus looks different without it; the focus stays where it is."""
    page.send("Emulation.setEmulatedMedia", features=[{"name": "prefers-reduced-motion", "value": "reduce"}])
    around = page.evaluate(
        "(({x, y, width, height}) =>"
        " ({x: x + scrollX - 6, y: y + scrollY - 6, width: width + 12, height: height + 12}))"
        f"({ACTIVE}.getBoundingClientRect())"
    )
    options = {"clip": {**around, "scale": 1}, "captureBeyondViewport": True}
    focused = page.send("Page.captureScreenshot", **options)["data"]
    page.evaluate(f"window.last = {ACTIVE}; {ACTIVE}.blur()")
    plain = page.send("Page.captureScreenshot", **options)["data"]
    page.evaluate("window.last.focus({focusVisible: true, preventScroll: true})")
    return bool(focused != plain)


@pytest.mark.parametrize("path", ["/", "/map", "/id/meeting/committee-1-2561"])
def test_the_first_link_leads_to_the_content(page: Page, address: str, path: str) -> None:
    page.open(f"{address}{path}?lang=th")
    before = page.evaluate("document.querySelector('.skip').getBoundingClientRect().right")
    assert before < 0
    tab(page)
    assert page.evaluate(f"{ACTIVE}.className") == "skip"
    assert page.evaluate(f"{ACTIVE}.getBoundingClientRect().left >= 0")
    page.press("Enter", code=13)
    page.until("location.hash === '#main'")
    tab(page)
    assert page.evaluate(f"{ACTIVE}.closest('main') !== null")
    assert page.evaluate(f"{ACTIVE}.id !== 'main'")


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/", ""),
        ("/id/division/TH-50", ""),
        ("/map", "?layer=phases"),
        ("/search", f"?q={quote('เชียงใหม่')}"),
        ("/areas", ""),
        ("/nothing-here", ""),
    ],
)
def test_the_other_language_is_the_same_page(page: Page, address: str, path: str, query: str) -> None:
    for language in ("en", "th"):
        page.send("Network.clearBrowserCookies")
        page.open(f"{address}{path}{query}{'&' if query else '?'}lang={'th' if language == 'en' else 'en'}")
        page.evaluate("document.querySelector('.languages a').focus()")
        assert is_seen_to_have_the_focus(page)
        enter(page)
        assert page.evaluate("document.documentElement.lang") == language
        assert page.evaluate("location.pathname") == path
        wanted = page.evaluate(f"new URLSearchParams({query!r}).toString()")
        kept = "(() => { const kept = new URLSearchParams(location.search); kept.delete('lang'); return kept; })()"
        assert page.evaluate(f"{kept}.toString()") == wanted
        page.evaluate("document.querySelector('.site-nav a').focus()")
        enter(page)
        assert page.evaluate("document.documentElement.lang") == language, "the language is kept on the next page"


@pytest.mark.parametrize("layer", ["", "?layer=pilot"])
def test_each_province_of_the_map_has_the_focus_in_turn(page: Page, address: str, layer: str) -> None:
    page.open(f"{address}/map{layer}")
    links = page.evaluate("document.querySelectorAll('svg.map a[href]:not([tabindex=\"-1\"])').length")
    assert links > 5
    page.evaluate("document.querySelector('.skip-drawing').focus()")
    seen = []
    for _ in range(links + 5):
        tab(page)
        inside = page.evaluate(f"{ACTIVE}.closest('svg.map') !== null")
        if inside:
            seen.append(page.evaluate(f"{ACTIVE}.getAttribute('href')"))
            assert is_seen_to_have_the_focus(page), seen[-1]
        elif seen:
            break
    assert len(seen) == links
    tab(page, back=True)
    target = page.evaluate(f"new URL({ACTIVE}.getAttribute('href'), location).pathname")
    enter(page)
    assert page.evaluate("location.pathname") == target


def test_the_drawing_can_be_passed_over(page: Page, address: str) -> None:
    page.open(f"{address}/map")
    page.evaluate("document.querySelector('.skip-drawing').focus()")
    page.press("Enter", code=13)
    page.until("location.hash === '#table'")
    tab(page)
    assert page.evaluate(f"{ACTIVE}.closest('svg') === null")
    assert page.evaluate(f"Boolean(document.querySelector('#table').compareDocumentPosition({ACTIVE}) & 4)")


def test_a_property_is_completed_in_thai_and_the_query_runs(page: Page, address: str) -> None:
    """A query is written, completed and run with nothing but keys."""
    page.open(f"{address}/query?lang=th")
    page.evaluate("document.querySelector('.CodeMirror').CodeMirror.setValue('')")
    page.evaluate("document.querySelector('.CodeMirror textarea').focus()")
    page.write("SELECT ?m ?day { ?m ")
    page.write("จัดวันที่")
    page.until("[...document.querySelectorAll('.hint-name')].some((hint) => hint.textContent === 'tsc:heldOn')")
    page.press("Enter", code=13)
    value = "document.querySelector('.CodeMirror').CodeMirror.getValue()"
    page.until(f"{value}.includes('tsc:heldOn')")
    page.write(" ?day }")
    page.press("Escape", code=27)
    assert page.evaluate(value) == HELD_ON
    tab(page)
    assert page.evaluate(f"{ACTIVE}.closest('.CodeMirror') === null")
    tab(page, back=True)
    assert page.evaluate(f"{ACTIVE}.closest('.CodeMirror') !== null")
    tab(page)
    enter(page)
    assert page.evaluate("document.querySelectorAll('.result-table tbody tr').length") > 0
    assert page.console == []


def test_a_query_without_script_and_without_its_prefix(page: Page, address: str) -> None:
    """The form is sent, the error is said, and the button that adds the PREFIX gives the answer."""
    page.open(f"{address}/query?lang=en", script=False)
    page.evaluate("document.getElementById('query').focus()")
    page.evaluate("document.getElementById('query').select()")
    page.write("SELECT ?day { ?m tsc:heldOn ?day }")
    tab(page)
    assert page.evaluate(f"{ACTIVE}.type") == "submit"
    enter(page)
    assert "tsc" in page.evaluate("document.querySelector('.problem[role=alert]').textContent")
    assert page.evaluate("document.getElementById('query').value") == "SELECT ?day { ?m tsc:heldOn ?day }"
    page.evaluate("document.querySelector('.problem form button').focus()")
    assert "PREFIX tsc:" in page.evaluate(f"{ACTIVE}.textContent")
    enter(page)
    assert page.evaluate("document.querySelectorAll('.result-table tbody tr').length") > 0
    assert page.evaluate("document.querySelector('.problem')") is None
    assert page.evaluate("document.getElementById('query').value").startswith("PREFIX tsc:")


def test_an_unknown_name_is_told_without_script(page: Page, address: str) -> None:
    """A name that does not exist is asked about, never refused, and the near one is a button."""
    page.open(f"{address}/query?lang=en&query={quote(HELD_ON.replace('heldOn', 'heldOm'))}", script=False)
    assert "heldOn" in page.evaluate("document.querySelector('.note-warn button').textContent")
    page.evaluate("document.querySelector('.note-warn button').focus()")
    enter(page)
    assert page.evaluate("document.querySelector('.note-warn')") is None
    assert page.evaluate("document.querySelectorAll('.result-table tbody tr').length") > 0


@pytest.mark.parametrize(
    "path", ["/", "/areas", "/map", "/timeline", "/network", "/ontology", "/quality", "/downloads"]
)
def test_nothing_is_lost_without_script(page: Page, address: str, path: str) -> None:
    """The text of a page is the same with script off."""
    texts = []
    for script in (True, False):
        page.open(f"{address}{path}?lang=th", script=script)
        texts.append(page.evaluate("document.body.innerText"))
    assert texts[0] == texts[1]
