"""Every kind of page in a real browser, in both languages, at two widths, light and dark: nothing is amiss."""

import re
from urllib.parse import quote

import pytest
from tests.site.browser import Page
from tests.site.in_browser.inspection import axe, emulate, faces_without_thai, texts, wider_than_the_window

LANGUAGES = ("th", "en")
PAGES = (
    "/",
    "/areas",
    "/provinces",
    "/meetings",
    "/people",
    "/organizations",
    "/committees",
    "/pillars",
    "/dimensions",
    "/phases",
    "/sources",
    "/concepts",
    "/programmes",
    "/places",
    "/posts",
    "/orders",
    "/map",
    "/map?layer=pilot",
    "/map?layer=network",
    "/map?layer=phases",
    "/progress",
    "/timeline",
    "/network",
    "/query",
    f"/query?query={quote('SELECT ?s { ?s a tsc:Meetin }')}",
    f"/query?query={quote('SELECT ?s { ?s a tsc:Meeting } ORDER ?s')}",
    "/query?example=pilot-provinces",
    "/queries",
    "/queries/pilot-provinces",
    "/queries/chairs-of-all-meetings",
    "/queries/chairs-of-all-meetings?raw=1",
    "/queries/investment-incentives",
    "/search",
    f"/search?q={quote('เชียงใหม่')}",
    "/search?q=smart+city",
    "/search?q=zzzzzz",
    "/quality",
    "/rules",
    "/problem",
    "/sparql",
    "/ontology",
    "/shapes",
    "/catalog",
    "/downloads",
    "/cite",
    "/about",
)
RICH = (
    "/id/division/TH-50",
    "/id/division/TH-90",
    "/id/meeting/committee-1-2561",
    "/id/meeting/subcommittee-1-2566",
    "/id/person/prajin-janntong",
    "/id/committee/smart-city-driving",
    "/id/person/nattapon-nimmanphatcharin",
    "/id/organization/depa",
    "/id/organization/mdes",
    "/id/network/ascn",
    "/id/post/minister-mdes",
    "/id/smart-city-area/phuket",
    "/id/plan-phase/thailand-smart-city-drive-1",
    "/id/source/unattributed-2020-committee-1-2563",
    "/id/source/unattributed-2020-committee-1-2563/text",
    "/id/discrepancy/emblem-to-be-awarded-or-awarded",
)
"""Things of which the documents say most."""
MISSING = ("/nothing-here", "/id/meeting/nothing-here", "/graph/nothing-here")
_KINDS = """
action-kind agenda-action agenda-item agent assignment award basis calendar city-type committee comparator
criterion dataset designation designation-status dimension dimension-2018 discrepancy discrepancy-kind division
emblem event ex-officio-appointment geometry graph guideline incentive initiative list-entry list-kind
mandate-item meeting misprint name-basis network network-membership next-step nomination objective objective-kind
occurrence-status omission order organization organization-kind participation participation-role person pillar
pilot place place-kind plan plan-phase plan-provision point-kind policy post post-holding programme project
quantity quantity-kind quantity-status reading reference region remark remark-kind report responsibility scheme
smart-city-area source statement task title-kind topic undertaking unit
"""
KINDS = _KINDS.split()
"""The kinds of things that the site map names."""
UNWANTED = re.compile(
    r"\bNone\b|\bundefined\b|\bnull\b|\bNaN\b|\{\{|\}\}|\{%|<built-in"
    r"|</?(?:a|b|bdi|em|li|p|q|span|strong|td|time)\b|&(?:amp|lt|gt|quot|#\d+);"
)
"""What shows through where a text is missing or is escaped twice."""
THAI = re.compile("[\u0e01-\u0e5b]")
ENGLISH = re.compile(r"\b[a-z]{2,}( [a-z]{2,}){2,}")
"""Three English words of small letters in a row: no name, so an untranslated text."""

STATED_WITHOUT_A_WORD = """[...document.querySelectorAll("main .basis-stated")]
  .map((node) => node.closest("tr, li, dd"))
  .filter((row) => row && !row.closest("figcaption") && !/ระบุไว้|stated/i.test(row.innerText))
  .map((row) => row.innerText.slice(0, 80))"""
"""The rows with the filled dot of a stated date that do not say so in a word."""


def in_language(path: str, language: str) -> str:
    """Return a path with the language asked for."""
    return f"{path}{'&' if '?' in path else '?'}lang={language}"


def faults(page: Page, address: str, path: str, language: str, status: int = 200) -> list[str]:
    """Open a page and return all that is wrong with it, in words."""
    page.open(f"{address}{in_language(path, language)}")
    found = []
    answered = page.evaluate("performance.getEntriesByType('navigation')[0].responseStatus")
    if answered != status:
        found.append(f"status {answered}")
    if page.evaluate("document.documentElement.lang") != language:
        found.append("another language")
    if not page.evaluate("document.querySelectorAll('h1').length === 1 && document.title.length > 5"):
        found.append("no title, or no heading, or several")
    emulate(page, width=1280)
    found += wider_than_the_window(page)
    found += axe(page)
    emulate(page, width=360, dark=True)
    found += wider_than_the_window(page)
    found += axe(page, "color-contrast", "target-size", "scrollable-region-focusable")
    page.evaluate("document.querySelectorAll('details').forEach((details) => { details.open = true; })")
    found += wider_than_the_window(page)
    found += faces_without_thai(page)
    for tag, text in texts(page):
        if UNWANTED.search(text):
            found.append(f"not for readers: {text[:80]}")
        if tag != "th" and THAI.search(text):
            found.append(f"Thai, but said to be {tag}: {text[:80]}")
        if tag == "th" and ENGLISH.search(text):
            found.append(f"English, but said to be th: {text[:80]}")
    found += [f"a date shown as stated, without the word: {row}" for row in page.evaluate(STATED_WITHOUT_A_WORD)]
    missing = "the server responded with a status of 404" if status == 404 else "\0"
    found += [entry for entry in page.console if missing not in entry]
    found += [f"asked of another host: {link}" for link in page.requests if not link.startswith(f"{address}/")]
    return found


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", PAGES + RICH)
def test_page(page: Page, address: str, path: str, language: str) -> None:
    assert faults(page, address, path, language) == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", MISSING)
def test_page_for_what_there_is_not(page: Page, address: str, path: str, language: str) -> None:
    assert faults(page, address, path, language, status=404) == []


@pytest.mark.parametrize(("kind", "language"), [(kind, LANGUAGES[n % 2]) for n, kind in enumerate(KINDS)])
def test_page_of_each_kind(
    page: Page, address: str, paths_by_kind: dict[str, list[str]], kind: str, language: str
) -> None:
    """One of the kind, the languages in turn: the first in Thai, or the last in English."""
    path = paths_by_kind[kind][0 if language == "th" else -1]
    assert faults(page, address, path, language) == []


def test_all_kinds_of_the_site_map_are_tried(paths_by_kind: dict[str, list[str]]) -> None:
    beside = {f"/{path.split('?')[0].split('/')[1]}" for path in PAGES} | {"/reconcile"}  # which programs ask
    assert set(paths_by_kind) - beside == set(KINDS)


CARDS_THAT_SCROLL = """[...document.querySelectorAll(".as-cards")]
  .filter((box) => box.scrollWidth > box.clientWidth || getComputedStyle(box.querySelector("tr")).display !== "block")
  .map((box) => box.innerText.slice(0, 80))"""


@pytest.mark.parametrize(
    "path", ["/areas", "/people", "/progress", "/timeline", "/network", "/quality", "/id/division/TH-50"]
)
def test_cards_fit_a_narrow_screen(page: Page, address: str, path: str) -> None:
    page.open(f"{address}{in_language(path, 'th')}")
    assert page.evaluate("document.querySelectorAll('.as-cards').length") > 0
    emulate(page, width=360)
    assert page.evaluate(CARDS_THAT_SCROLL) == []
    assert page.evaluate("document.querySelectorAll('.timeline.chart')[0]?.checkVisibility()") in {None, False}
