"""The search as people and programs meet it on the site."""

import json
import re
from html import unescape
from urllib.parse import quote
from xml.etree import ElementTree

import httpx
import pytest
from starlette.applications import Starlette
from tests.search.conftest import Get

from kg.errors import QueryError
from kg.namespaces import ID
from kg.site import Site
from kg.site.search_page import BATCH, MAXIMUM_BODY, index_of, marked, routes

TAGS = re.compile(r"<[^>]+>")


def main_of(response: httpx.Response) -> str:
    """The main part of a page."""
    return response.text.partition('<main id="main"')[2].partition("</main>")[0]


def text_of(html: str) -> str:
    """What is read of a page."""
    return " ".join(unescape(TAGS.sub("", html)).split())


@pytest.mark.parametrize("language", ["th", "en"])
@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("/search?q=ภูเก็ต", {"th": "พบ “ภูเก็ต”", "en": "found for “ภูเก็ต”"}),
        ("/search?q=ขอนแกน", {"th": "หรือหมายถึง ขอนแก่น", "en": "Did you mean ขอนแก่น?"}),
        ("/search?q=zzqq", {"th": "ที่มีคำว่า “zzqq”", "en": "No name or label here contains “zzqq”."}),
        ("/search?q=zzqq", {"th": "ไม่ได้ค้นตัวบทของเอกสาร", "en": "not the text of the documents"}),
        ("/search?q=smart+zzqq", {"th": "zzqq: ไม่มีชื่อใดที่มีคำนี้", "en": "zzqq: no name or label contains it"}),
        (
            "/search?q=smart+Pravit",
            {"th": "Pravit: ไม่พบ มีชื่อใกล้เคียง", "en": "Pravit: not here; similar, not the same: Prawit"},
        ),
        ("/search?q=ขอนแกน", {"th": "ใกล้เคียง แต่ไม่ใช่คำเดียวกัน", "en": "Similar, not the same"}),
        ("/search?q=Korat", {"th": "หรือคำทั่วไปที่ใช้เรียกสิ่งนี้", "en": "an everyday word for it"}),
        ("/search?q=designation", {"th": "คลาสของออนโทโลยี", "en": "class of the ontology"}),
        ("/search?q=zzqq", {"th": "ไม่ได้แปลว่าสิ่งนั้นไม่มีอยู่จริง", "en": "Neither means that there is no such thing."}),
        ("/search?q=ภูเก็ต&kind=person", {"th": "ในหมวด “บุคคล”", "en": "as “person”"}),
        ("/search", {"th": "ลองค้น", "en": "Try"}),
        ("/search?q=…", {"th": "ลองค้น", "en": "Try"}),
        ("/search?q=TH-50", {"th": "รหัส TH-50", "en": "Code TH-50"}),
        ("/search?q=ดร.ณัฐพล", {"th": "ตามที่พิมพ์ในเอกสาร ดร.ณัฐพล", "en": "As printed ดร.ณัฐพล"}),
        ("/search?q=ภูเก็ต&kind=nonsense", {"th": "พบ “ภูเก็ต”", "en": "found for “ภูเก็ต”"}),
    ],
)
def test_page(address: str, expected: dict[str, str], language: str, request_of: Get) -> None:
    response = request_of("GET", address, headers={"accept-language": language})
    assert response.status_code == 200
    assert response.headers["content-language"] == language
    assert expected[language] in text_of(main_of(response))
    assert " style=" not in response.text
    assert re.findall(r"<script(?! src=)", response.text) == []


def test_what_matches_is_marked_and_escaped(request_of: Get) -> None:
    page = request_of("GET", "/search?q=" + quote("สมาร์ตซิตี้"))
    assert "<mark>สมาร์ทซิตี้</mark>" in page.text
    page = request_of("GET", "/search?q=" + quote('<b>"&ภูเก็ต'))
    assert "<b>" not in page.text
    assert marked("<a>&", [(1, 2)]) == "&lt;<mark>a</mark>&gt;&amp;"


def test_a_name_in_another_language_says_so(request_of: Get) -> None:
    page = main_of(request_of("GET", "/search?q=ภูเก็ต&lang=en"))
    assert re.search(r'<a href="[^"]*/id/division/TH-83">Phuket</a>\s*<span class="other-name" lang="th">', page)


def test_pages_of_a_kind_hold_everything_once(request_of: Get) -> None:
    address = "/search?q=" + quote("การ") + "&kind=concept"
    total = request_of("GET", "/search.json?limit=1&q=" + quote("การ") + "&kind=concept").json()["total"]
    links: list[str] = []
    for number in range(1, 20):
        page = main_of(request_of("GET", f"{address}&page={number}"))
        links += re.findall(r'<a href="\./(id/[^"]+)"', page)
        if 'rel="next"' not in page:
            break
    assert number == -(-total // 20) > 1
    assert len(links) == len(set(links)) == total


@pytest.mark.parametrize("number", ["0", "-1", "x", "999", "๑", "1e3", "9" * 5000])
def test_a_page_that_there_is_not_is_the_nearest(number: str, request_of: Get) -> None:
    page = request_of("GET", "/search?kind=concept&q=" + quote("การ") + f"&page={quote(number)}")
    assert page.status_code == 200
    assert "<mark>" in page.text


def test_a_long_answer_shows_some_kinds_and_names_all(request_of: Get) -> None:
    page = main_of(request_of("GET", "/search?q=" + quote("อัจฉริยะ")))
    kinds = request_of("GET", "/search.json?limit=1&q=" + quote("อัจฉริยะ")).json()["kinds"]
    assert len(kinds) > 10
    assert re.findall(r'<h2 id="kind-([^"]+)"', page) == [kind["kind"] for kind in kinds[:10]]
    assert set(re.findall(r"&amp;kind=([a-z0-9-]+)", page)) == {kind["kind"] for kind in kinds}
    assert page.count('<a href="./id/') + page.count('<a href="./ontology') <= 50


def test_every_link_of_a_page_keeps_what_was_typed(request_of: Get) -> None:
    page = main_of(request_of("GET", "/search?q=" + quote("a&b=ภูเก็ต")))
    assert "ภูเก็ต" in unescape(page)
    for link in re.findall(r'href="(\./search\?[^"]+)"', main_of(request_of("GET", "/search?q=" + quote("ดิจิทัล&")))):
        assert httpx.URL("http://e/" + unescape(link)).params["q"] == "ดิจิทัล&"


def test_json(request_of: Get) -> None:
    response = request_of("GET", "/search.json?q=1/2561&limit=1")
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    assert response.headers["access-control-allow-origin"] == "*"
    document = response.json()
    assert document["hits"] == [
        {
            "iri": f"{ID}meeting/committee-1-2561",
            "address": "http://testserver/id/meeting/committee-1-2561",
            "kind": "meeting",
            "label": document["hits"][0]["label"],
            "match": {"name": "1/2561", "language": None, "role": "code", "how": "exact", "ranges": [[0, 6]]},
            "uses": document["hits"][0]["uses"],
        }
    ]
    assert document["total"] > 1
    rest = request_of("GET", "/search.json?q=1/2561&offset=1").json()["hits"]
    assert len(rest) == document["total"] - 1
    again = request_of("GET", "/search.json?q=1/2561&limit=1", headers={"if-none-match": response.headers["etag"]})
    assert again.status_code == 304


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("/search.json", "?q="),
        ("/search.json?q=a&limit=0", "limit is a whole number from 1 to 200"),
        ("/search.json?q=a&limit=201", "limit is"),
        ("/search.json?q=a&offset=-1", "offset is"),
        ("/search.json?q=a&offset=๑", "offset is"),
        ("/search.json?q=a&kind=nonsense", "kind is one of"),
        ("/suggest", "?q="),
        ("/search-key", "?q="),
        ("/reconcile/suggest/entity", "?prefix="),
        ("/reconcile/suggest/type", "?prefix="),
        ("/reconcile?queries=x", "queries is not JSON"),
        ("/reconcile?queries=[]", "queries is an object of objects"),
        ('/reconcile?queries={"q":1}', "queries is an object of objects"),
        ('/reconcile?queries={"q":{"query":1}}', "query is a text"),
        ('/reconcile?queries={"q":{"query":"a","limit":0}}', "limit a whole number"),
        ('/reconcile?queries={"q":{"query":"a","type":{}}}', "type a text"),
        ('/reconcile?queries={"q":{"query":"a","type":[[]]}}', "type a text"),
    ],
)
def test_a_wrong_request_is_told_so(address: str, sentence: str, request_of: Get) -> None:
    response = request_of("GET", address)
    assert response.status_code == 400
    assert response.headers["content-type"] == "application/problem+json"
    assert sentence in response.json()["detail"]


def test_suggestions(request_of: Get) -> None:
    response = request_of("GET", "/suggest?q=chiang", headers={"accept-language": "en"})
    assert response.headers["content-type"] == "application/x-suggestions+json"
    typed, names, kinds, addresses = response.json()
    assert typed == "chiang"
    assert names[:1] == ["Chiang Mai"]
    assert kinds[:1] == ["province"]
    assert addresses[:1] == ["http://testserver/id/division/TH-50"]
    assert len(names) == len(set(names)) == len(kinds) == len(addresses) <= 8


def test_key(request_of: Get) -> None:
    response = request_of("GET", "/search-key?q=" + quote("พล.อ.อ. ประจินฯ"))
    assert (response.text, response.headers["content-type"]) == ("พลออประจิน", "text/plain; charset=utf-8")


@pytest.mark.parametrize("language", ["th", "en"])
def test_the_description_for_browsers(language: str, request_of: Get) -> None:
    response = request_of("GET", f"/opensearch.xml?lang={language}")
    assert response.headers["content-type"].startswith("application/opensearchdescription+xml")
    name = "{http://a9.com/-/spec/opensearch/1.1/}"
    root = ElementTree.fromstring(response.text)
    short = root.findtext(f"{name}ShortName")
    assert short is not None
    assert 0 < len(short) <= 16  # as the specification wants
    assert len(root.findtext(f"{name}LongName") or "") <= 48
    templates = {url.get("type", ""): url.get("template", "") for url in root.iter(f"{name}Url")}
    for media_type in ("text/html", "application/x-suggestions+json", "application/json"):
        address = templates[media_type].replace("{searchTerms}", "depa").replace("{count?}", "5")
        answer = request_of("GET", address.replace("{startIndex?}", "0"))
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith(media_type)


def candidates(request_of: Get, **query: object) -> list[dict[str, object]]:
    """The candidates for one query."""
    response = request_of("POST", "/reconcile", data={"queries": json.dumps({"q0": query})})
    assert response.status_code == 200
    found: list[dict[str, object]] = response.json()["q0"]["result"]
    return found


def test_the_manifest(request_of: Get) -> None:
    manifest = request_of("GET", "/reconcile").json()
    assert {"versions", "name", "identifierSpace", "schemaSpace", "view", "suggest", "defaultTypes"} <= set(manifest)
    assert manifest["versions"] == ["0.2"]
    assert manifest["view"] == {"url": "http://testserver/id/{{id}}"}
    for service in manifest["suggest"].values():
        address = f"{service['service_url']}{service['service_path']}?prefix=province"
        assert request_of("GET", address).status_code == 200


def test_candidates(request_of: Get) -> None:
    first = candidates(request_of, query="เชียงใหม่")[0]
    assert (first["id"], first["match"], first["score"]) == ("division/TH-50", True, 100.0)
    assert [set(one) for one in candidates(request_of, query="ภูเก็ต")] == [
        {"id", "name", "type", "score", "match"}
    ] * len(candidates(request_of, query="ภูเก็ต"))
    assert len(candidates(request_of, query="ภูเก็ต", limit=2)) == 2
    near = candidates(request_of, query="Chiengmai")
    assert (near[0]["id"], near[0]["match"]) == ("division/TH-50", False)


def test_candidates_of_a_type(request_of: Get) -> None:
    area = "https://w3id.org/thai-smart-city/ontology#SmartCityArea"
    division = "https://w3id.org/thai-smart-city/ontology#Division"
    assert [one["id"] for one in candidates(request_of, query="ภูเก็ต", type=area)] == ["smart-city-area/phuket"]
    assert [one["id"] for one in candidates(request_of, query="ภูเก็ต", type=division)] == ["division/TH-83"]
    both = candidates(request_of, query="ภูเก็ต", type=[area, division], type_strict="any")
    assert [one["id"] for one in both] == ["division/TH-83", "smart-city-area/phuket"]
    assert candidates(request_of, query="ภูเก็ต", type=[area, division], type_strict="all") == []
    assert len(candidates(request_of, query="ภูเก็ต", type=area, type_strict="should")) > 2


def test_an_ambiguous_name_is_no_match(request_of: Get) -> None:
    found = candidates(request_of, query="กรุงเทพมหานคร")
    assert [one["match"] for one in found if one["score"] == 100.0] == [False, False]


@pytest.mark.parametrize(
    "body",
    [
        "queries=" + json.dumps({f"q{number}": {} for number in range(BATCH + 1)}),
        "queries=" + "x" * (MAXIMUM_BODY + 1),
        "other=1",
        b"queries=\xff",
    ],
    ids=["too many", "too long", "no field", "not UTF-8"],
)
def test_a_wrong_batch_is_refused(body: str | bytes, request_of: Get) -> None:
    response = request_of("POST", "/reconcile", content=body)
    assert response.status_code == 400


def test_types_are_suggested(request_of: Get) -> None:
    found = request_of("GET", "/reconcile/suggest/type?prefix=" + quote("พื้นที่เมือง")).json()["result"]
    assert [one["id"] for one in found] == ["https://w3id.org/thai-smart-city/ontology#SmartCityArea"]
    found = request_of("GET", "/reconcile/suggest/entity?prefix=samyan").json()["result"]
    assert found[0]["id"] == "smart-city-area/samyan"


async def _busy(_query: str, _media_type: str, /) -> bytes:
    """Who is asked, and has no time."""
    raise QueryError("Too many questions are waiting.")


@pytest.mark.parametrize(
    "path",
    [
        "/search?q=a",
        "/search.json?q=a",
        "/suggest?q=a",
        "/search-key?q=a",
        "/reconcile",
        "/reconcile/suggest/type?prefix=a",
    ],
)
def test_when_nobody_can_be_asked(path: str, site: Site) -> None:
    import asyncio  # noqa: PLC0415

    application = Starlette(routes=routes(Site(site.content, site.summary, site.questions, _busy)))

    async def send() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(application), base_url="http://e") as client:
            return await client.get(path)

    response = asyncio.run(send())
    assert response.status_code == 503
    assert response.headers["cache-control"] == "no-store"


def test_the_index_is_made_once(site: Site) -> None:
    import asyncio  # noqa: PLC0415

    async def twice() -> bool:
        return await index_of(site) is await index_of(site)

    assert asyncio.run(twice())


def test_the_texts_of_the_two_languages_have_the_same_keys(site: Site) -> None:
    thai, english = (site.texts[language]["search"] for language in ("th", "en"))
    assert thai.keys() == english.keys()
    assert [len(thai[key]) for key in ("hints", "next")] == [len(english[key]) for key in ("hints", "next")]
