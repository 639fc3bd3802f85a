"""Make data of any size in the vocabulary of the programme, to measure servers with.

    python -m benchmarks.endpoint.generate --triples 50000 --output DIR

writes a content tree that `kg serve --root DIR` serves, with the register and some sources as named graphs, and, for
servers that load other forms, `all.nt` with the union of the graphs, each triple once, and `all.nq` with the graphs.
`manifest.json` says what there is. All names are put together at random from Thai words: nothing in it is a fact.

The same arguments give the same bytes. Whatever the size, a meeting has as many items, participants and areas, and a
committee as many above it, so a query about one of them finds as much in large data as in small.
"""

import argparse
import json
import random
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from fractions import Fraction
from functools import cache
from itertools import pairwise, product
from pathlib import Path
from typing import Final

from kg.namespaces import DCTERMS, GRAPH, ID, ONTOLOGY, ORG, RDF, RDFS, SOURCE, XSD

SKOS: Final = "http://www.w3.org/2004/02/skos/core#"
FOAF: Final = "http://xmlns.com/foaf/0.1/"

SOURCES: Final = 6
"""Number of source graphs; meeting after meeting goes to the next of them."""

PEOPLE, POSTS, PARTICIPANTS, ITEMS, AREAS, DESIGNATIONS = 8, 2, 24, 6, 3, 2
"""What a meeting brings: new people and their new posts, participants, items of its agenda, new areas, designations."""

FIRST_PEOPLE: Final = 40
"""People who are there before the first meeting. The participants of a meeting are taken from the newest 48."""

BODIES, MEETINGS_OF_BODIES = 7, 70
"""Committees of one tree, the national committee at its root, and how many meetings these hold before the next tree."""

MINIMUM: Final = 3000
"""Triples without which there would be no whole meeting."""

Word = tuple[str, str]
"""Thai, and its English or its letters in Latin script."""

DIVISION_WORDS: Final[tuple[tuple[Word, ...], tuple[Word, ...]]] = (
    (
        ("สวน", "Suan"), ("ธาร", "Than"), ("ป่า", "Pa"), ("เขา", "Khao"), ("บึง", "Bueng"), ("ดอน", "Don"),
        ("หนอง", "Nong"), ("ลำ", "Lam"), ("แก่ง", "Kaeng"), ("ท่า", "Tha"), ("วัง", "Wang"),
    ),
    (
        ("คราม", "khram"), ("แก้ว", "kaeo"), ("จันทน์", "chan"), ("มณี", "mani"), ("หลวง", "luang"),
        ("ไพร", "phrai"), ("เงิน", "ngoen"),
    ),
)  # fmt: skip
AREA_WORDS: Final[tuple[tuple[Word, ...], tuple[Word, ...]]] = (
    (
        ("บ้าน", "Ban"), ("คลอง", "Khlong"), ("ทุ่ง", "Thung"), ("โคก", "Khok"), ("ห้วย", "Huai"), ("เกาะ", "Ko"),
        ("ปาก", "Pak"), ("บาง", "Bang"), ("ตลาด", "Talat"), ("สะพาน", "Saphan"),
    ),
    (
        ("ดอกไม้", "dokmai"), ("มะขาม", "makham"), ("กระดาน", "kradan"), ("ไผ่", "phai"), ("นกยูง", "nokyung"),
        ("ช้าง", "chang"), ("หินขาว", "hinkhao"), ("ทรายทอง", "saithong"), ("น้ำใส", "namsai"), ("สัก", "sak"),
        ("กลาง", "klang"), ("เหนือ", "nuea"), ("ใต้", "tai"),
    ),
)  # fmt: skip
GIVEN_NAMES: Final[tuple[tuple[Word, ...], tuple[Word, ...]]] = (
    (
        ("สม", "Som"), ("วิ", "Wi"), ("ประ", "Pra"), ("สุ", "Su"), ("ธน", "Thana"), ("กิตติ", "Kitti"),
        ("อนุ", "Anu"), ("นภ", "Noppha"), ("จิร", "Chira"), ("ปิย", "Piya"),
    ),
    (
        ("พงษ์", "phong"), ("วัฒน์", "wat"), ("รัตน์", "rat"), ("ดา", "da"), ("ณี", "ni"), ("พล", "phon"),
        ("ชัย", "chai"), ("ธิดา", "thida"),
    ),
)  # fmt: skip
FAMILY_NAMES: Final[tuple[tuple[Word, ...], tuple[Word, ...]]] = (
    (
        ("ศรี", "Si"), ("ทอง", "Thong"), ("แก้ว", "Kaeo"), ("บุญ", "Bun"), ("เพชร", "Phet"), ("ดวง", "Duang"),
        ("อินทร", "Inthara"), ("พันธุ์", "Phan"), ("เรือง", "Rueang"), ("นวล", "Nuan"),
    ),
    (
        ("สายธาร", "saithan"), ("ใบบัว", "baibua"), ("ฟ้าคราม", "fakhram"), ("ภูผา", "phupha"), ("ลมหนาว", "lomnao"),
        ("ตะวันฉาย", "tawanchai"), ("ดาวเรือง", "daorueang"), ("ไม้หอม", "maihom"), ("คลื่นทะเล", "khluenthale"),
        ("ทุ่งรวงทอง", "thungruangthong"), ("เมฆขาว", "mekkhao"), ("จันทร์เพ็ญ", "chanphen"),
    ),
)  # fmt: skip
TOPICS: Final[tuple[Word, ...]] = (
    ("การจัดการขยะ", "waste management"), ("รถโดยสารไฟฟ้า", "electric buses"), ("ไฟถนนประหยัดพลังงาน", "street lights"),
    ("กล้องวงจรปิด", "security cameras"), ("ศูนย์ข้อมูลเมือง", "the city data centre"),
    ("แพลตฟอร์มข้อมูลเมือง", "the city data platform"), ("การเตือนภัยน้ำท่วม", "flood warnings"),
    ("คุณภาพอากาศ", "air quality"), ("การท่องเที่ยวชุมชน", "community tourism"), ("การแพทย์ทางไกล", "telemedicine"),
    ("ห้องเรียนดิจิทัล", "digital classrooms"), ("การเกษตรแม่นยำ", "precision farming"),
    ("ที่จอดรถอัจฉริยะ", "smart parking"), ("การประปา", "water supply"), ("พลังงานแสงอาทิตย์", "solar power"),
    ("สายสื่อสารใต้ดิน", "underground cables"), ("บริการภาครัฐออนไลน์", "online public services"),
    ("ผู้สูงอายุ", "the elderly"), ("วิสาหกิจเริ่มต้น", "start-ups"), ("ทางจักรยาน", "cycle lanes"),
)  # fmt: skip
"""What items of an agenda are about. The Thai words are also what the text query looks for."""

ACTIONS: Final[tuple[tuple[str, str, str], ...]] = (
    ("approved", "เห็นชอบ", "Approved"),
    ("acknowledged", "รับทราบ", "Acknowledged"),
    ("considered", "พิจารณา", "Considered"),
    ("assigned", "มอบหมาย", "Assigned"),
    ("set-initially", "กำหนดในเบื้องต้น", "Set initially"),
)
ROLES: Final[tuple[tuple[str, str, str], ...]] = (
    ("chair", "ประธาน", "Chair"),
    ("secretary", "เลขานุการ", "Secretary"),
    ("principal", "หัวหน้าคณะ", "Principal"),
    ("delegate", "ผู้แทน", "Delegate"),
    ("attendee", "ผู้เข้าร่วม", "Attendee"),
)
STATUSES: Final[tuple[tuple[str, str, str], ...]] = (
    ("promotion-zone", "เขตส่งเสริม", "Promotion zone"),
    ("plan-considered", "แผนเข้าสู่การพิจารณา", "Plan considered"),
    ("plan-approved", "แผนได้รับความเห็นชอบ", "Plan approved"),
    ("approved-for-emblem", "ได้รับความเห็นชอบให้ใช้ตรา", "Approved for the emblem"),
)
SCHEMES: Final = {"action-kind": ACTIONS, "participation-role": ROLES, "designation-status": STATUSES}
REGIONS: Final[tuple[Word, ...]] = (
    ("ภาคเหนือ", "north"), ("ภาคกลาง", "central"), ("ภาคตะวันออก", "east"), ("ภาคใต้", "south"),
)  # fmt: skip
MONTHS: Final = (
    "มกราคม", "กุมภาพันธ์", "มีนาคม", "เมษายน", "พฤษภาคม", "มิถุนายน",
    "กรกฎาคม", "สิงหาคม", "กันยายน", "ตุลาคม", "พฤศจิกายน", "ธันวาคม",
)  # fmt: skip

PREFIXES: Final = {
    "dcterms": DCTERMS, "foaf": FOAF, "org": ORG, "rdfs": RDFS, "skos": SKOS, "tsc": ONTOLOGY, "xsd": XSD,
} | {
    kind: f"{ID}{kind}/"
    for kind in ("action-kind", "committee", "division", "meeting", "participation-role", "person", "smart-city-area")
}  # fmt: skip
"""Declared in each Turtle file, as the files of the project do, though the lines below spell their IRIs out."""

A: Final = f"<{RDF}type>"
LABEL: Final = f"<{RDFS}label>"
SUB_ORGANIZATION_OF: Final = f"<{ORG}subOrganizationOf>"

Chunk = tuple[int, list[str]]
"""Triples of one graph, as in N-Triples without the dot at the end; graph 0 is the register."""


Evidence = Iterator[tuple[str, str]]
"""Passages of a source, one after another, as predicate and object."""


@dataclass(frozen=True)
class Manifest:
    """What was made. `triples` counts the union, `quads` the triples of all graphs; `meetings` are those complete."""

    triples: int
    quads: int
    meetings: int
    seed: int


@cache
def tsc(name: str) -> str:
    """Return a term of the project's ontology in angle brackets."""
    return f"<{ONTOLOGY}{name}>"


def thing(kind: str, slug: str) -> str:
    """Return the IRI of a resource of the project in angle brackets."""
    return f"<{ID}{kind}/{slug}>"


def numbered(kind: str, number: int) -> str:
    """Return the IRI of the resource with a number, from 1, of a kind. All but divisions and concepts have numbers."""
    return thing(kind, f"invented-{number:06}")


def meeting(number: int) -> str:
    """Return the IRI, without brackets, of a meeting by its number, from 1."""
    return numbered("meeting", number)[1:-1]


def area(number: int) -> str:
    """Return the IRI, without brackets, of the first area of the meeting with this number, which it designates."""
    return numbered("smart-city-area", (number - 1) * AREAS + 1)[1:-1]


def th(text: str) -> str:
    """Return a literal in Thai."""
    return f'"{text}"@th'


def en(text: str) -> str:
    """Return a literal in English."""
    return f'"{text}"@en'


def integer(number: int) -> str:
    """Return an integer as a literal."""
    return f'"{number}"^^<{XSD}integer>'


def add(lines: list[str], subject: str, *pairs: tuple[str, str]) -> None:
    """Append the triples of a subject with these predicates and objects."""
    lines += [f"{subject} {predicate} {value}" for predicate, value in pairs]


def named(lines: list[str], subject: str, classes: Sequence[str], thai: str, english: str) -> None:
    """Append the classes of a subject and its two labels."""
    add(lines, subject, *((A, name) for name in classes), (LABEL, th(thai)), (LABEL, en(english)))


def compound(chosen: random.Random, words: tuple[tuple[Word, ...], tuple[Word, ...]]) -> Word:
    """Return a name put together from one word of each list."""
    first, second = chosen.choice(words[0]), chosen.choice(words[1])
    return first[0] + second[0], first[1] + second[1]


def passages(slug: str, number: int) -> Evidence:
    """Give passages of a source for what it says of one meeting, no two of them the same."""
    start = number * 10_000
    while True:
        yield tsc("evidence"), f"<{SOURCE}{slug}/text#char={start},{start + 55}>"
        start += 60


class Programme:
    """An invented programme: what the register says at first, then meeting after meeting without end."""

    def __init__(self, seed: int) -> None:
        """Start with nothing; the seed decides about names, words, dates and who takes part."""
        self._random = random.Random(seed)  # noqa: S311 not for secrets
        self._people: list[Word] = []
        self._divisions: list[str] = []

    def first(self) -> list[str]:
        """Return what the register says before the first meeting: concepts, divisions, the first people and posts."""
        lines: list[str] = []
        for scheme, concepts in SCHEMES.items():
            add(lines, thing("scheme", scheme), (A, f"<{SKOS}ConceptScheme>"))
            for slug, thai, english in concepts:
                concept = thing(scheme, slug)
                named(lines, concept, [f"<{SKOS}Concept>"], thai, english)
                add(lines, concept, (f"<{SKOS}prefLabel>", th(thai)), (f"<{SKOS}prefLabel>", en(english)))
                add(lines, concept, (f"<{SKOS}inScheme>", thing("scheme", scheme)))
        for thai, english in REGIONS:
            named(lines, thing("region", english), [f"<{SKOS}Concept>"], thai, english.capitalize())
        # Three digits: no code of ISO 3166-2 has them, so no invented name lands on a real province.
        for number, (first, second) in enumerate(product(*DIVISION_WORDS), 101):
            code, thai, english = f"TH-{number}", first[0] + second[0], f"{first[1]} {second[1].capitalize()}"
            division = thing("division", code)
            self._divisions.append(division)
            named(lines, division, [tsc("Division"), tsc("Province")], thai, english)
            add(
                lines, division,
                (f"<{SKOS}altLabel>", th(f"จังหวัด{thai}")), (f"<{SKOS}altLabel>", en(f"{english} Province")),
                (f"<{SKOS}notation>", f'"{code}"^^{tsc("iso3166-2")}'), (tsc("sortKey"), f'"{thai}"'),
                (tsc("isInRegion"), thing("region", REGIONS[number % len(REGIONS)][1])),
            )  # fmt: skip
        for number in range(1, FIRST_PEOPLE // PEOPLE + 1):
            self._organization(lines, number)
        for _ in range(FIRST_PEOPLE):
            self._person(lines)
        return lines

    def meeting(self, number: int) -> tuple[list[str], list[str]]:
        """Return what the register and what a source say of the meeting with this number and of all that is new in it.

        Call it for the numbers 1, 2, 3, …
        """
        register: list[str] = []
        source: list[str] = []
        evidence = passages(f"invented-minutes-{(number - 1) % SOURCES + 1}", number)
        when = date(2018, 1, 8) + timedelta(days=self._random.randrange(2900))
        day = f'"{when}"^^<{XSD}date>'
        if number % MEETINGS_OF_BODIES == 1:
            self._bodies(register, number // MEETINGS_OF_BODIES * BODIES)
        self._organization(register, FIRST_PEOPLE // PEOPLE + number)
        room = self._places(register, number)
        it = numbered("meeting", number)
        body = (number - 1) // MEETINGS_OF_BODIES * BODIES + (number - 1) % BODIES + 1
        ordinal, year = number % 12 + 1, when.year + 543
        title = f"ครั้งที่ {ordinal}/{year}"
        named(register, it, [tsc("Meeting")], f"การประชุมเมืองอัจฉริยะ {title}", f"Smart city meeting {ordinal}/{year}")
        add(register, it, (f"<{SKOS}hiddenLabel>", th(title)))
        add(
            source, it,
            (tsc("isHeldBy"), numbered("committee", body)), (tsc("meetingNumber"), f'"{ordinal}/{year}"'),
            (tsc("numberAsPrinted"), th(title)), (tsc("ordinal"), integer(ordinal)),
            (tsc("buddhistYear"), integer(year)), (tsc("heldOn"), day),
            (tsc("dateAsPrinted"), th(f"{when.day} {MONTHS[when.month - 1]} {year}")),
            (tsc("dateBasis"), thing("basis", "stated")), (tsc("takesPlaceIn"), room),
            (tsc("occurrenceStatus"), thing("occurrence-status", "reported-held")), next(evidence),
        )  # fmt: skip
        self._who(register, source, number, day, evidence)
        self._agenda(register, source, number, day, evidence)
        return register, source

    def _who(self, register: list[str], source: list[str], number: int, day: str, evidence: Evidence) -> None:
        """Append new people, the posts that they hold on that day, and the participants of a meeting."""
        for _ in range(PEOPLE):
            self._person(register)
            person = len(self._people)
            holding, thai, english = numbered("post-holding", person), *self._people[-1]
            named(source, holding, [tsc("PostHolding")], f"{thai} ดำรงตำแหน่ง", f"{english} holds a post")
            add(
                source, holding,
                (f"<{ORG}member>", numbered("person", person)), (tsc("holdsPost"), self._post_of(person)),
                (tsc("asOf"), day), (tsc("asOfBasis"), thing("basis", "stated")), next(evidence),
            )  # fmt: skip
        newest = range(len(self._people) - FIRST_PEOPLE - PEOPLE + 1, len(self._people) + 1)
        for position, person in enumerate(self._random.sample(newest, PARTICIPANTS), 1):
            role, role_thai, role_english = ROLES[min(position - 1, self._random.choice((3, 4, 4, 4)))]
            participation = thing("participation", f"invented-{number:06}-{position:02}")
            thai, english = self._people[person - 1]
            named(source, participation, [tsc("Participation")], f"{thai} เป็น{role_thai}", f"{english}: {role_english}")
            add(
                source, participation,
                (tsc("isParticipationIn"), numbered("meeting", number)),
                (tsc("hasParticipant"), numbered("person", person)),
                (tsc("hasRole"), thing("participation-role", role)), (tsc("inPost"), self._post_of(person)),
                (tsc("position"), integer(position)), (tsc("listKind"), thing("list-kind", "complete")),
                (tsc("nameAsPrinted"), th(f"คุณ{thai}")), next(evidence),
            )  # fmt: skip

    def _agenda(self, register: list[str], source: list[str], number: int, day: str, evidence: Evidence) -> None:
        """Append new areas, the items about them, what the meeting did with each, and the designations it approved."""
        areas = [(number - 1) * AREAS + offset + 1 for offset in range(AREAS)]
        names = [compound(self._random, AREA_WORDS) for _ in areas]
        for index, (thai, english) in zip(areas, names, strict=True):
            subject = numbered("smart-city-area", index)
            named(register, subject, [tsc("SmartCityArea")], f"{thai}เมืองอัจฉริยะ", f"{english} Smart City")
            add(source, subject, (tsc("asPrinted"), th(f"เมือง{thai}")), next(evidence))
            if index % AREAS != 2:  # as in the documents, which do not always say where an area is
                add(source, subject, (tsc("isInProvince"), self._random.choice(self._divisions)))
        for position in range(1, ITEMS + 1):
            about, (thai, english) = areas[(position - 1) % AREAS], names[(position - 1) % AREAS]
            # In turn, so that each word is as frequent as the others, and there even in small data.
            topic_thai, topic_english = TOPICS[((number - 1) * ITEMS + position - 1) % len(TOPICS)]
            # An area is designated by an approval.
            kind, verb, verb_english = ACTIONS[0] if position <= DESIGNATIONS else self._random.choice(ACTIONS)
            item = thing("agenda-item", f"invented-{number:06}-{position}")
            action = thing("agenda-action", f"invented-{number:06}-{position}")
            named(source, item, [tsc("AgendaItem")], f"{topic_thai}ใน{thai}", f"{topic_english} in {english}")
            add(
                source, item,
                (tsc("isItemOf"), numbered("meeting", number)), (tsc("position"), integer(position)),
                (tsc("concerns"), numbered("smart-city-area", about)), next(evidence),
            )  # fmt: skip
            named(source, action, [tsc("AgendaAction")], f"{verb}{topic_thai}", f"{verb_english}: {topic_english}")
            add(
                source, action,
                (tsc("isActionOn"), item), (tsc("actionKind"), thing("action-kind", kind)),
                (tsc("wordingAsPrinted"), th(f"ที่ประชุม{verb}")), (tsc("position"), integer(1)), next(evidence),
            )  # fmt: skip
            if position <= DESIGNATIONS:
                status, status_thai, status_english = self._random.choice(STATUSES)
                entry = thing("designation", f"invented-{number:06}-{position}")
                named(
                    source, entry, [tsc("Designation")], f"{thai}: {status_thai}", f"{english}: {status_english}"
                )  # fmt: skip
                add(
                    source, entry,
                    (tsc("isEntryOf"), thing("programme", "smart-city-thailand")),
                    (tsc("entryFor"), numbered("smart-city-area", about)),
                    (tsc("hasStatus"), thing("designation-status", status)),
                    (tsc("isMadeAt"), numbered("meeting", number)), (tsc("isMadeBy"), action),
                    (tsc("asOf"), day), next(evidence),
                )  # fmt: skip
                add(source, action, (tsc("bringsAbout"), entry))

    def _organization(self, lines: list[str], number: int) -> None:
        """Append an organisation and its posts."""
        thai, english = compound(self._random, AREA_WORDS)
        organization = numbered("organization", number)
        named(lines, organization, [f"<{ORG}Organization>"], f"สำนักงาน{thai}", f"Office of {english}")
        add(lines, organization, (f"<{ORG}classification>", thing("organization-kind", "agency")))
        for offset in range(POSTS):
            post = numbered("post", (number - 1) * POSTS + offset + 1)
            named(lines, post, [f"<{ORG}Post>"], f"ผู้อำนวยการสำนักงาน{thai}", f"Director, Office of {english}")
            add(lines, post, (f"<{ORG}postIn>", organization))

    @staticmethod
    def _post_of(person: int) -> str:
        """Return the post that the person with a number holds; a post is held by several people, one after another."""
        return numbered("post", (person - 1) // (PEOPLE // POSTS) + 1)

    def _person(self, lines: list[str]) -> None:
        """Append the next person."""
        given, family = compound(self._random, GIVEN_NAMES), compound(self._random, FAMILY_NAMES)
        self._people.append((f"{given[0]} {family[0]}", f"{given[1]} {family[1]}"))
        person = numbered("person", len(self._people))
        named(lines, person, [f"<{FOAF}Person>"], *self._people[-1])
        add(lines, person, (tsc("nameBasis"), thing("name-basis", "press")))

    def _bodies(self, lines: list[str], before: int) -> None:
        """Append a tree of committees, two below each, whose numbers follow `before`, and the order at its root."""
        order = numbered("order", before // BODIES + 1)
        named(lines, order, [tsc("Order")], f"คำสั่งที่ {before + 1}/2560", f"Order {before + 1}/2560")
        add(lines, order, (tsc("orderNumber"), f'"{before + 1}/2560"'), (tsc("buddhistYear"), integer(2560)))
        for index in range(BODIES):
            committee = numbered("committee", before + index + 1)
            thai, english = compound(self._random, AREA_WORDS)
            kind = ("national-committee", "subcommittee", "working-group")[(index + 1).bit_length() - 1]
            named(
                lines, committee, [f"<{ORG}Organization>", tsc("Committee")],
                f"คณะกรรมการขับเคลื่อน{thai}", f"Committee for {english}",
            )  # fmt: skip
            add(lines, committee, (f"<{ORG}classification>", thing("organization-kind", kind)))
            if index == 0:
                add(lines, committee, (tsc("isAppointedBy"), order))
            else:
                add(lines, committee, (SUB_ORGANIZATION_OF, numbered("committee", before + (index + 1) // 2)))

    def _places(self, lines: list[str], number: int) -> str:
        """Append a room, its building and the compound around it, which lies in a division. Return the room."""
        kinds = (("room", "ห้องประชุม", "Meeting room"), ("building", "อาคาร", "Building"), ("compound", "ศูนย์", "Centre"))
        places = [thing("place", f"invented-{number:06}-{kind}") for kind, _, _ in kinds]
        inside = pairwise([*places, self._random.choice(self._divisions)])
        for (place, outer), (kind, thai, english) in zip(inside, kinds, strict=True):
            named(lines, place, [tsc("Place")], f"{thai} {number}", f"{english} {number}")
            add(lines, place, (tsc("placeKind"), thing("place-kind", kind)), (tsc("isLocatedIn"), outer))
        return places[0]


def chunks(seed: int) -> Iterator[Chunk]:
    """Give the data without end: what the register says at first, then for each meeting the register and a source."""
    programme = Programme(seed)
    yield 0, programme.first()
    number = 0
    while True:
        number += 1
        register, source = programme.meeting(number)
        yield 0, register
        yield (number - 1) % SOURCES + 1, source


def shared_indices(start: int, count: int, share: Fraction) -> range | list[int]:
    """Return which of `count` triples, the first of them being number `start` from 0 of all, stand in two graphs.

    They are spread evenly, so that of the first n triples floor(n · share) do.
    """
    if not share:
        return range(0)
    first, last = int(start * share), int((start + count) * share)
    return [-(-number * share.denominator // share.numerator) - 1 - start for number in range(first + 1, last + 1)]


def generate(folder: Path, triples: int, seed: int = 1, shared: float = 0.01) -> Manifest:
    """Write data with exactly `triples` triples in their union into a folder, and return what was made.

    `shared` is the share of them that stand in two graphs, 0 to 1. Raises ValueError for a number out of range, and
    OSError when a file cannot be written.
    """
    if triples < MINIMUM or not 0 <= shared <= 1:
        raise ValueError(f"At least {MINIMUM} triples, and a share from 0 to 1.")
    share = Fraction(str(shared))
    stems = ["register/register", *(f"sources/invented-minutes-{number}" for number in range(1, SOURCES + 1))]
    graphs = [f"<{GRAPH}{stem.rpartition('/')[2]}>" for stem in stems]
    (folder / "ontology").mkdir(parents=True, exist_ok=True)
    written = quads = complete = 0
    with ExitStack() as stack:
        files = []
        for stem in stems:
            path = folder / "data" / f"{stem}.ttl"
            path.parent.mkdir(parents=True, exist_ok=True)
            files.append(stack.enter_context(path.open("w", encoding="utf-8", newline="\n")))
            files[-1].writelines(f"@prefix {prefix}: <{iri}> .\n" for prefix, iri in sorted(PREFIXES.items()))
        union = stack.enter_context((folder / "all.nt").open("w", encoding="utf-8", newline="\n"))
        named_graphs = stack.enter_context((folder / "all.nq").open("w", encoding="utf-8", newline="\n"))

        def write(graph: int, lines: list[str]) -> None:
            nonlocal quads
            quads += len(lines)
            files[graph].writelines([f"{line} .\n" for line in lines])
            named_graphs.writelines([f"{line} {graphs[graph]} .\n" for line in lines])

        for graph, chunk in chunks(seed):
            lines = chunk[: triples - written]
            write(graph, lines)
            union.writelines([f"{line} .\n" for line in lines])
            # What a source says is also in the register, and what the register says in a source.
            other = 0 if graph else 1 + complete % SOURCES
            write(other, [lines[index] for index in shared_indices(written, len(lines), share)])
            written += len(lines)
            complete += bool(graph) and len(lines) == len(chunk)
            if written >= triples:
                break
    manifest = Manifest(triples, quads, complete, seed)
    (folder / "manifest.json").write_text(json.dumps(asdict(manifest), indent=2) + "\n", encoding="utf-8")
    return manifest


def read_manifest(folder: Path) -> Manifest:
    """Return what `generate` has written into a folder. Raises OSError when it has not."""
    return Manifest(**json.loads((folder / "manifest.json").read_text(encoding="utf-8")))


def main() -> None:
    """Make the data and say what they are."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--triples", type=int, default=50_000, help="how many in the union of all graphs, exactly")
    parser.add_argument("--output", type=Path, required=True, help="the folder")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--shared", type=float, default=0.01, help="the share of triples that stand in two graphs")
    arguments = parser.parse_args()
    if arguments.triples < MINIMUM or not 0 <= arguments.shared <= 1:
        parser.error(f"at least {MINIMUM} triples, and a share from 0 to 1")
    manifest = generate(arguments.output, arguments.triples, arguments.seed, arguments.shared)
    print(f"{manifest.triples} triples, {manifest.quads} in {SOURCES + 1} graphs, {manifest.meetings} meetings")


if __name__ == "__main__":
    main()
