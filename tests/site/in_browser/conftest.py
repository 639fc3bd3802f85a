"""One server and one browser for all tests of the site as a reader sees it; the browser knows no font with Thai."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest
from tests.site.browser import Page, browsing, program
from tests.site.live import live

from kg.content import Content

# What the browser is to know of the machine's fonts: all but those that can write Thai.
_FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
<dir>/usr/share/fonts</dir>
<cachedir>{cache}</cachedir>
<selectfont><rejectfont><pattern><patelt name="lang"><string>th</string></patelt></pattern></rejectfont></selectfont>
</fontconfig>
"""


@pytest.fixture(scope="session")
def address(content: Content, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address, without a slash at its end, of `kg serve` on the data of the repository."""
    with live(content.root, tmp_path_factory.mktemp("serve") / "log") as address:
        yield address


@pytest.fixture(scope="session")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A page of a browser on a machine without a Thai font; skips where there is no browser."""
    if program() is None:
        pytest.skip("no Chromium on this machine")
    folder = tmp_path_factory.mktemp("browser")
    fonts = folder / "fonts.conf"
    fonts.write_text(_FONTS.format(cache=folder / "fonts"), "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FONTCONFIG_FILE", str(fonts))
        with browsing(folder) as found:
            yield found


@pytest.fixture(scope="session")
def client(address: str) -> Iterator[httpx.Client]:
    """An HTTP client of the server that keeps its connection, wants pages and follows no redirect."""
    headers = {"accept": "text/html,*/*;q=0.5", "accept-language": "th"}
    with httpx.Client(base_url=address, timeout=60, headers=headers) as client:
        yield client


@pytest.fixture(scope="session")
def paths_by_kind(client: httpx.Client) -> dict[str, list[str]]:
    """The paths of the site map by kind: `meeting` of `/id/meeting/…`, `graph`, and `/areas` of any other page."""
    response = client.get("/sitemap.xml")
    assert response.status_code == 200
    found: dict[str, list[str]] = {}
    for location in re.findall("<loc>([^<]+)</loc>", response.text):
        path = urlsplit(location).path
        parts = path.split("/")
        kind = parts[2] if parts[1] == "id" else parts[1] if parts[1] == "graph" else f"/{parts[1]}"
        found.setdefault(kind, []).append(path)
    return found
