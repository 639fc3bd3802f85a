"""Abbreviations are told in full at their first use in the main part of a page, and nowhere else."""

from collections.abc import Callable

import pytest
from tests.site.conftest import Client
from tests.site.well_formed import Page

from kg.site import resources
from kg.site.abbreviations import spelled_out

KNOWN = {"AB": 'the "A" & the B', "ABs": "the ABs"}
TOLD = '<abbr title="the &#34;A&#34; &amp; the B">AB</abbr>'


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        ("<p>An AB, the AB.</p>", f"<p>An {TOLD}, the AB.</p>"),
        ('<a href="/AB">ABC, xAB, AB2</a>', '<a href="/AB">ABC, xAB, AB2</a>'),
        ('<a href="/AB">AB</a> <a>AB</a>', f'<a href="/AB">{TOLD}</a> <a>AB</a>'),
        ("<h1>AB</h1><p>AB</p>", f"<h1>AB</h1><p>{TOLD}</p>"),
        ("<svg><g><text>AB</text></g></svg><pre><code>AB</code></pre>AB", "<svg><g><text>AB</text></g></svg>"
         f"<pre><code>AB</code></pre>{TOLD}"),
        ("<svg/>AB", f"<svg/>{TOLD}"),
        ("<p>ตามABก็ได้</p>", f"<p>ตาม{TOLD}ก็ได้</p>"),
        ("ABs", '<abbr title="the ABs">ABs</abbr>'),
        ("<p>ab</p>", "<p>ab</p>"),
    ],
)  # fmt: skip
def test_spelled_out(inside: str, expected: str) -> None:
    page = "<title>AB</title><nav>AB</nav><main{}>{}</main><footer>AB</footer>"
    assert spelled_out(page.format(' id="main"', inside), KNOWN) == page.format(' id="main"', expected)


def test_a_page_without_a_main_part_stays() -> None:
    assert spelled_out("<p>AB</p>", KNOWN) == "<p>AB</p>"


@pytest.mark.parametrize(
    ("language", "full"), [("th", "เครือข่ายเมืองอัจฉริยะอาเซียน"), ("en", "ASEAN Smart Cities Network")]
)
def test_on_a_page(client_of: Callable[..., Client], language: str, full: str) -> None:
    client = client_of(resources.routes)
    html = client.get(f"/id/network/ascn?lang={language}").text
    assert html.count(f'<abbr title="{full}">ASCN</abbr>') == 1
    assert Page(html).faults == []
