"""What a reader takes for one has one key, and what he tells apart has two."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.folding import Folding, without_title
from kg.search import SearchIndex

MISPRINTS = [
    ("เทพราชเมืองอัจริยะ", "เทพราชเมืองอัจฉริยะ"),
    ("สำนักงานส่งเริมเศรษฐกิจดิจิทัล", "สำนักงานส่งเสริมเศรษฐกิจดิจิทัล"),
    ("แนวทางการการขับเคลื่อน", "แนวทางการขับเคลื่อน"),
    ("ประชุมมีมติเห็นชอบ", "ที่ประชุมมีมติเห็นชอบ"),
    ("ต้นเเบบ", "ต้นแบบ"),
    ("กก", "กข"),
]
FOLDING = Folding(MISPRINTS)

SAME = [
    ("letter case", "Chiang MAI", "chiang mai"),
    ("letter case of more than one character", "STRASSE", "Straße"),
    ("diacritics", "Chanthaburī", "Chanthaburi"),
    ("a decomposed diacritic", "e\u0301cole", "école"),
    ("Thai digits", "ครั้งที่ ๑/๒๕๖๑", "ครั้งที่ 1/2561"),
    ("SARA E twice", "\u0e40\u0e40ม่เมาะ", "แม่เมาะ"),
    ("SARA AM in two characters", "ส\u0e4d\u0e32นักงาน", "สำนักงาน"),
    ("SARA AM in two characters with a tone between", "น\u0e4d\u0e49\u0e32", "น้ำ"),
    ("SARA AM in two characters after a tone", "น\u0e49\u0e4d\u0e32", "น้ำ"),
    ("a tone after SARA AM", "น\u0e33\u0e49", "น้ำ"),
    ("a tone before its vowel", "ท\u0e48\u0e35", "ที่"),
    ("a mark typed twice", "ที่\u0e48", "ที่"),
    ("zero-width space", "กรุง\u200bเทพ", "กรุงเทพ"),
    ("soft hyphen and byte order mark", "\ufeffกรุง\u00adเทพ", "กรุงเทพ"),
    ("no-break space", "ครั้งที่\u00a01", "ครั้งที่ 1"),
    ("sign of abbreviation", "กรุงเทพฯ", "กรุงเทพ"),
    ("sign of abbreviation after a space", "คณะอนุกรรมการ ฯ", "คณะอนุกรรมการฯ"),
    ("full stops", "ส.น.ข.", "สนข"),
    ("hyphens", "TH-50", "TH50"),
    ("dashes", "TH–50", "TH-50"),
    ("quotation marks", "‘บิ๊กป้อม’", "บิ๊กป้อม"),
    ("comma in a number", "264,019.68", "26401968"),
    ("spelling", "สมาร์ทซิตี้", "สมาร์ตซิตี้"),
    ("spelling that begins another", "สมาร์ตซิตี", "สมาร์ทซิตี้"),
    ("misprint", "เทพราชเมืองอัจริยะ", "เทพราชเมืองอัจฉริยะ"),
    ("misprint within another text", "เมืองอัจริยะ", "เมืองอัจฉริยะ"),
    ("misprint of a missing letter", "ส่งเริมการลงทุน", "ส่งเสริมการลงทุน"),
    ("misprint of a doubled word", "การการขับเคลื่อน", "การขับเคลื่อน"),
]

DIFFERENT = [
    ("digits with a stroke", "1/2561", "12561"),
    ("tones", "น่าน", "นาน"),
    ("agencies", "สนข", "สนพ"),
    ("a correction that holds the misprint is no rule", "ประชุม", "ที่ประชุม"),
    ("a misprint that is too short is no rule", "กก", "กข"),
]


@pytest.mark.parametrize(("one", "other"), [case[1:] for case in SAME], ids=[case[0] for case in SAME])
def test_one_key(one: str, other: str) -> None:
    assert FOLDING.key(one) == FOLDING.key(other) != ""


@pytest.mark.parametrize(("one", "other"), [case[1:] for case in DIFFERENT], ids=[case[0] for case in DIFFERENT])
def test_two_keys(one: str, other: str) -> None:
    assert FOLDING.key(one) != FOLDING.key(other)


@pytest.mark.parametrize("text", ["", " ", "…", "ฯ", "ๆ", "\u200b", "-/-"])
def test_a_text_without_letters_has_no_key(text: str) -> None:
    assert FOLDING.key(text) == ""


def test_words_are_kept_apart() -> None:
    assert FOLDING.words("  Smart-City (สมาร์ทซิตี้) ") == "smart city สมาร์ตซิตี้"


@pytest.mark.parametrize(
    ("name", "rest"),
    [
        ("พล.อ.อ. ประจินฯ", "ประจินฯ"),
        ("พลอากาศเอก ประจิน", "ประจิน"),
        ("ผศ.ดร.ณัฐพล นิมมานพัชรินทร์", "ณัฐพล นิมมานพัชรินทร์"),
        ("ผศ. ดร. ณัฐพล", "ณัฐพล"),
        ("ดร ณัฐพล", "ณัฐพล"),
        ("ศ.(พิเศษ) วิศิษฏ์", "วิศิษฏ์"),
        ("พล.ต.อ.อัศวิน", "อัศวิน"),
        ("นายณัฐพล", "ณัฐพล"),
        ("Asst. Prof. Nattapon", "Nattapon"),
        ("gen prawit", "prawit"),
        ("นายกฯ", "นายกฯ"),
        ("นาย", "นาย"),
        ("ดรุณี", "ดรุณี"),
        ("พลังงาน", "พลังงาน"),
        ("General", "General"),
    ],
)
def test_titles(name: str, rest: str) -> None:
    assert without_title(name) == rest


def test_places_in_the_text() -> None:
    aligned = FOLDING.aligned("(น\u0e49\u0e4d\u0e32 ๑)")
    assert aligned.key == "น้ำ1"
    assert aligned.spans == ((1, 2), (2, 5), (2, 5), (6, 7))


ALPHABET = st.sampled_from("กนมทสำาเแีิุู่้๊์็ฯๆ๑๒ \u0e4d\u200b\u0301.-/12aAéÉßSmartรต")


@given(st.text(ALPHABET, max_size=24))
def test_key_and_places_agree(text: str) -> None:
    aligned = FOLDING.aligned(text)
    assert aligned.key == FOLDING.key(text)
    assert len(aligned.spans) == len(aligned.key)
    assert all(0 <= begin < end <= len(text) for begin, end in aligned.spans)


@given(st.text(max_size=24))
def test_key_and_places_agree_in_any_script(text: str) -> None:
    assert FOLDING.aligned(text).key == FOLDING.key(text)


@given(st.text(max_size=64))
def test_a_title_is_taken_from_the_beginning(text: str) -> None:
    assert text.endswith(without_title(text))


def test_the_key_of_a_key_is_itself(index: SearchIndex) -> None:
    keys = [index.folding.key(text) for resource in index.resources for text in resource.labels.values()]
    assert [key for key in keys if index.folding.key(key) != key] == []
