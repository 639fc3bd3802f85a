"""Search by name: an index over the names of all resources, in memory, and the ranking of what it finds.

Both the names and what is looked for are folded (`kg.folding`). What was asked for may be any part of a name, so that
Thai needs no segmenting into words; what begins with a Latin letter is found at the beginning of a word only, so that
AIS is not in “Korea is”. Best first: a whole name, its beginning, the beginning of a word in it, any part,
all words in any order; and only when nothing has been found, names with something more in the middle, and then those
that are one or two typing errors away. Among equals what the graph uses more often comes first.

The index is made of the answers to the queries in `queries/pages/search/`: they decide which properties are names.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import Any, Final, Literal

from kg.content import Content, read_text
from kg.errors import InputError
from kg.folding import CLUSTER_MARK, Folding, Span, without_title

Role = Literal["label", "alternative", "code", "printed", "hidden"]
How = Literal["exact", "prefix", "word", "part", "words", "near"]
"""How a name matches: it is what was asked for, begins with it, a word of it does, it holds it somewhere, the names
hold all parts of it, or it is a typing error away."""

QUERIES: Final = ("names", "kinds", "uses", "misprints")
"""The queries whose answers make the index: `queries/pages/search/<number>-<name>.rq`."""

MAXIMUM_LENGTH: Final = 200
"""Characters of a text that is looked for; what follows them is passed over."""

_ROLES: Final[dict[Role, int]] = {"label": 0, "alternative": 1, "code": 2, "printed": 3, "hidden": 4}
_RANKS: Final[dict[Role, int]] = {"label": 0, "alternative": 1, "code": 1, "printed": 2, "hidden": 2}
"""What a thing is called comes before what is printed with it: a caption names a person, and is of the document."""

_ORDER: Final[tuple[How, ...]] = ("exact", "prefix", "word", "part", "words", "near")
_CUT: Final = 1
"""Added to the rank of a part that ends between a character and its mark, as เลย in วัลเลย์: hardly what was meant."""

_SHORT_NAME: Final = 24
"""Characters of a key up to which a name, or a word of it, is looked for with typing errors."""

_LONGEST_NAME: Final = 40
"""Characters of a key up to which the words of a name are looked for with typing errors."""

_SHORTEST_WORD: Final = 4
_TWO_ERRORS: Final = 7
"""Characters from which two typing errors are forgiven; from `_SHORTEST_WORD` on it is one."""

_SHORTEST_PART: Final = 3
"""Characters of each of the two parts in which a name may hold what was asked for."""

_MOST_NEAR: Final = 20
_LATIN: Final = frozenset("abcdefghijklmnopqrstuvwxyz")
"""The letters of keys in a script that parts words by spaces."""

_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

Row = Mapping[str, Any]
"""A solution: variable to a term that has a `value`, as those of pyoxigraph; what is not bound is not in it."""


@dataclass(frozen=True)
class Kind:
    """A class of resources. `slug` is its local name in lower case with hyphens, `labels` map a language to a label."""

    iri: str
    slug: str
    labels: Mapping[str, str] = field(hash=False)

    def label(self, language: str) -> str:
        """Return the label in a language, else in any, else the local name."""
        return label_in(self.labels, language) or self.slug


@dataclass(frozen=True)
class Resource:
    """What can be found. `kind` is the narrowest of its classes, `kinds` the slugs of all; `uses` counts statements."""

    iri: str
    labels: Mapping[str, str] = field(hash=False)
    kind: Kind
    kinds: frozenset[str]
    uses: int

    def label(self, language: str) -> str:
        """Return the label in a language, else in any, else the end of the IRI."""
        return label_in(self.labels, language) or re.split(r"[/#]", self.iri)[-1]


@dataclass(frozen=True)
class Name:
    """A name of a resource as it is written; `language` is its tag or empty."""

    text: str
    language: str
    role: Role


@dataclass(frozen=True)
class Hit:
    """A resource that was found, by which of its names, and how. `keys` are those parts of its key that match."""

    resource: Resource
    name: Name
    how: How
    keys: tuple[str, ...]


@dataclass(frozen=True)
class Results:
    """What was found, best first. `key` is what was looked for; `suggestion` is a name where only near ones are."""

    query: str
    key: str
    hits: tuple[Hit, ...]
    suggestion: str | None = None

    def of_kind(self, slug: str) -> "Results":
        """Return those of a class, which need not be the narrowest one of each."""
        return Results(
            self.query, self.key, tuple(hit for hit in self.hits if slug in hit.resource.kinds), self.suggestion
        )

    def by_kind(self) -> dict[Kind, list[Hit]]:
        """Return what was found by narrowest class, the class of the best hit first."""
        groups: dict[Kind, list[Hit]] = {}
        for hit in self.hits:
            groups.setdefault(hit.resource.kind, []).append(hit)
        return groups


def label_in(labels: Mapping[str, str], language: str) -> str:
    """Return the label in a language, else in Thai, in English, in any; empty when there is none."""
    return next((labels[tag] for tag in (language, "th", "en", *sorted(labels)) if labels.get(tag)), "")


def slug_of(iri: str) -> str:
    """Return the local name of a class in lower case with hyphens: `SmartCityArea` is `smart-city-area`."""
    return _CAMEL.sub("-", re.split(r"[/#]", iri)[-1]).lower()


def search_queries(content: Content) -> dict[str, str]:
    """Return the queries that make the index, by name: those of the tree, else those that came with the program.

    Raises InputError for one that is not there.
    """
    package = Path(__file__).resolve().parent
    roots = (content.root, package / "content", package.parent.parent)
    found = {}
    for name in QUERIES:
        paths = [path for root in roots for path in sorted((root / "queries/pages/search").glob(f"*-{name}.rq"))]
        if not paths:
            raise InputError(f"{content.root / 'queries/pages/search'}: no query *-{name}.rq, which the search needs.")
        found[name] = read_text(paths[0])
    return found


def _distance(one: str, other: str, most: int) -> int:
    """Return by how many insertions, deletions, replacements and swaps of neighbours two texts differ.

    This is the optimal string alignment distance. More than `most` is `most + 1`.
    """
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        row = [i]
        for j, b in enumerate(other, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
        before, last = last, row
    return min(last[-1], most + 1)


def _letters(text: str) -> int:
    """Return the set of the characters of a text as bits. One error changes two of them at most."""
    bits = 0
    for character in text:
        bits |= 1 << (ord(character) & 127)
    return bits


@dataclass(frozen=True, slots=True)
class _Entry:
    """A name in the index. `bare` is where the key begins when titles before the name are passed over."""

    resource: int
    name: Name
    words: str
    key: str
    bare: int

    def starts(self) -> frozenset[int]:
        """Return where words begin in the key."""
        starts, position = {0, self.bare}, 0
        for word in self.words.split(" "):
            starts.add(position)
            position += len(word)
        return frozenset(starts)

    def places(self, part: str, typed: Collection[int] = (), first: int = 0) -> Iterator[int]:
        """Yield where the key holds a part of one, from an index on.

        A part that begins with a Latin letter is held only where a word begins. It runs on into another word where it
        was typed so (`typed` are the places in it where words begin), from the beginning of the name, or from a word
        that is no mere particle to the end of one: ChiangMai is in “of Chiang Mai”, Isan not in “is an island”.
        """
        place = self.key.find(part, first)
        if place < 0:
            return
        is_latin = part[0] in _LATIN
        starts = self.starts() if is_latin else frozenset()
        while place >= 0:
            end = place + len(part)
            if not is_latin or (
                (place in starts or self.key[place - 1] not in _LATIN)
                and (
                    place in {0, self.bare}
                    or not (over := {start - place for start in starts if place < start < end}.difference(typed))
                    or (min(over) >= _SHORTEST_PART and end in {*starts, len(self.key)})
                )
            ):
                yield place
            place = self.key.find(part, place + 1)

    def holds(self, part: str) -> bool:
        """Whether the key holds a part of one."""
        return next(self.places(part), None) is not None


class SearchIndex:
    """An index over the names of all resources. It does not change."""

    def __init__(self, tables: Mapping[str, Iterable[Row]]) -> None:
        """Take the solutions of the queries of `QUERIES`, by name. Names without a letter or digit are left out."""
        self.folding = Folding((row["printed"].value, row["meant"].value) for row in tables["misprints"])
        uses = {row["resource"].value: int(row["uses"].value) for row in tables["uses"]}
        kinds, of_resource = _kinds(tables["kinds"])
        names: dict[str, list[Name]] = {}
        for row in tables["names"]:
            literal = row["name"]
            name = Name(literal.value, literal.language or "", row["role"].value)
            names.setdefault(row["resource"].value, []).append(name)
        self.kinds: Final = kinds
        self.resources: list[Resource] = []
        self._entries: list[_Entry] = []
        for iri, own in names.items():
            if iri in of_resource:
                self._add(iri, sorted(own, key=lambda name: _ROLES[name.role]), of_resource[iri], uses.get(iri, 0))
        self._keys = [entry.key for entry in self._entries]
        self._vocabulary = self._words_by_length()
        self._by_iri = {resource.iri: resource for resource in self.resources}

    def _add(self, iri: str, names: Sequence[Name], kinds: Sequence[Kind], uses: int) -> None:
        """Add a resource; of names with one key the best is kept."""
        labels = {name.language: name.text for name in reversed(names) if name.role == "label"}
        self.resources.append(Resource(iri, labels, kinds[0], frozenset(kind.slug for kind in kinds), uses))
        known: set[str] = set()
        for name in names:
            words = self.folding.words(name.text)
            key = words.replace(" ", "")
            if not key or key in known:
                continue
            known.add(key)
            rest = without_title(name.text)
            bare = len(key) - len(self.folding.key(rest)) if rest is not name.text else 0
            self._entries.append(_Entry(len(self.resources) - 1, name, words, key, bare))

    def _words_by_length(self) -> dict[int, dict[str, tuple[int, list[int]]]]:
        """Return short names and the words in them by length: which letters they have, and which entries have them."""
        lengths: dict[int, dict[str, tuple[int, list[int]]]] = {}
        for index, entry in enumerate(self._entries):
            if entry.name.role == "code":
                continue
            terms = {*entry.words.split(" "), entry.key, entry.key[entry.bare :]}
            for term in terms if len(entry.key) <= _LONGEST_NAME else ():
                if _SHORTEST_WORD - 1 <= len(term) <= _SHORT_NAME:
                    vocabulary = lengths.setdefault(len(term), {})
                    if term in vocabulary:
                        vocabulary[term][1].append(index)
                    else:
                        vocabulary[term] = (_letters(term), [index])
        return lengths

    def resource(self, iri: str) -> Resource | None:
        """Return the resource of an IRI, or None when it has no name here."""
        return self._by_iri.get(iri)

    def search(self, text: str, kind: str | None = None, language: str = "th") -> Results:
        """Find resources by name, best first.

        `kind` is the slug of a class; other resources are passed over. Of several names that match equally well the one
        in `language` is shown. A text without a letter or digit finds nothing.
        """
        text = text[:MAXIMUM_LENGTH]
        key = self.folding.key(text)
        alternatives = list(dict.fromkeys(each for each in (text, without_title(text)) if self.folding.key(each)))
        found = [(alternative, self._found(alternative, kind, language)) for alternative in alternatives]
        found.sort(key=lambda each: not each[1] or each[1][0].how == "words")  # the text before what is left of it
        for alternative, hits in found:
            if hits:
                return Results(text, self.folding.key(alternative), hits)
        for alternative in alternatives:
            if hits := self._in_two_parts(self.folding.key(alternative), kind):
                return Results(text, self.folding.key(alternative), hits)
        for alternative in alternatives:
            if hits := self._near(self.folding.key(alternative), kind):
                best = hits[0]
                hidden = best.name.role == "hidden"
                return Results(text, key, hits, best.resource.label(language) if hidden else best.name.text)
        return Results(text, key, ())

    def singly(self, text: str, kind: str | None = None, language: str = "th") -> list[Results]:
        """Find each word of a text alone, for where they find nothing together; none for a text of a single word."""
        words = dict.fromkeys(word for word in text[:MAXIMUM_LENGTH].split() if self.folding.key(word))
        return [self.search(word, kind, language) for word in words] if len(words) > 1 else []

    def _found(self, text: str, kind: str | None, language: str) -> tuple[Hit, ...]:
        """Return the resources with a name that holds a text, or names that hold its words, best first."""
        key = self.folding.key(text)
        words = [word for word in dict.fromkeys(self.folding.words(without_title(text)).split(" ")) if len(word) > 1]
        squeezed = _squeezed(text)
        best: dict[int, tuple[tuple[int, ...], int]] = {}

        def consider(index: int, rank: tuple[int, ...]) -> None:
            """Keep an entry if it is the best one of its resource."""
            entry = self._entries[index]
            if kind is not None and kind not in self.resources[entry.resource].kinds:
                return
            order = (*rank, _RANKS[entry.name.role], int(entry.name.language != language), len(entry.key))
            if entry.resource not in best or order < best[entry.resource][0]:
                best[entry.resource] = (order, index)

        typed = _boundaries(self.folding.words(text))
        for index in [index for index, each in enumerate(self._keys) if key in each]:
            if (place := _rank(self._entries[index], key, squeezed, typed)) is not None:
                consider(index, place)
        if len(words) > 1:
            length = sum(map(len, words))
            for index, missing in self._with_all(words):
                more = missing or len(self._keys[index]) > length
                consider(index, (_ORDER.index("words"), missing + 1 if more else 0))

        def order(item: tuple[int, tuple[tuple[int, ...], int]]) -> tuple[Any, ...]:
            """Return the place of a resource: how it was found, by what, how often it is used, how long the name is."""
            number, (rank, index) = item
            resource = self.resources[number]
            return *rank[:3], -resource.uses, len(self._entries[index].key), resource.iri

        hits = []
        for number, (rank, index) in sorted(best.items(), key=order):
            how = _ORDER[rank[0]]
            keys = tuple(words) if how == "words" else (key,)
            hits.append(Hit(self.resources[number], self._entries[index].name, how, keys))
        return tuple(hits)

    def _with_all(self, words: Sequence[str]) -> Iterator[tuple[int, int]]:
        """Yield the entries of resources whose names hold all words, each with how many of them it lacks itself."""
        everything = (1 << len(words)) - 1
        masks: dict[int, int] = {}
        of_resource: dict[int, int] = {}
        for bit, word in enumerate(words):
            for index, entry in enumerate(self._entries):
                if entry.holds(word):
                    masks[index] = masks.get(index, 0) | 1 << bit
                    number = self._entries[index].resource
                    of_resource[number] = of_resource.get(number, 0) | 1 << bit
        for index, mask in masks.items():
            if of_resource[self._entries[index].resource] == everything:
                yield index, (everything & ~mask).bit_count()

    def _in_two_parts(self, key: str, kind: str | None) -> tuple[Hit, ...]:
        """Return the resources with a name that holds a key with something more in its middle, the shortest name first.

        Who writes no spaces leaves out words so: ศูนย์สิริกิติ์ for ศูนย์การประชุมแห่งชาติสิริกิติ์.
        """
        cuts = [cut for cut in range(_SHORTEST_PART, len(key) - _SHORTEST_PART + 1) if not CLUSTER_MARK.match(key, cut)]
        if not cuts:
            return ()
        begin, end = key[:_SHORTEST_PART], key[-_SHORTEST_PART:]
        best: dict[int, tuple[tuple[int, int, int, str], int, tuple[str, str]]] = {}
        for index, each in enumerate(self._keys):
            entry = self._entries[index]
            resource = self.resources[entry.resource]
            if begin not in each or end not in each or (kind is not None and kind not in resource.kinds):
                continue
            for cut in cuts:
                place = next(entry.places(key[:cut]), None)
                if place is not None and next(entry.places(key[cut:], first=place + cut), None) is not None:
                    order = (_RANKS[entry.name.role], len(each), -resource.uses, resource.iri)
                    if entry.resource not in best or order < best[entry.resource][0]:
                        best[entry.resource] = (order, index, (key[:cut], key[cut:]))
                    break
        return tuple(
            Hit(self.resources[number], self._entries[index].name, "words", parts)
            for number, (_, index, parts) in sorted(best.items(), key=lambda item: item[1][0])
        )

    def _near(self, key: str, kind: str | None) -> tuple[Hit, ...]:
        """Return the resources with a short name, or a word in one, that is one or two typing errors from a key."""
        if not _SHORTEST_WORD <= len(key) <= _SHORT_NAME:
            return ()
        most = 2 if len(key) >= _TWO_ERRORS else 1
        letters = _letters(key)
        best: dict[int, tuple[tuple[int, ...], int]] = {}
        for length in range(len(key) - most, len(key) + most + 1):
            for term, (other, indexes) in self._vocabulary.get(length, {}).items():
                if (letters ^ other).bit_count() > 2 * most:
                    continue
                distance = _distance(key, term, most)
                if distance > most:
                    continue
                for index in indexes:
                    entry = self._entries[index]
                    place = entry.key.find(term) - entry.bare
                    rank = (distance, int(term[0] != key[0]), int(place > 0), _RANKS[entry.name.role])
                    if entry.resource not in best or rank < best[entry.resource][0]:
                        best[entry.resource] = (rank, index)
        found = [
            (rank, -self.resources[number].uses, self.resources[number].iri, number, index)
            for number, (rank, index) in best.items()
            if kind is None or kind in self.resources[number].kinds
        ]
        return tuple(
            Hit(self.resources[number], self._entries[index].name, "near", ())
            for *_, number, index in sorted(found)[:_MOST_NEAR]
        )

    def ranges(self, hit: Hit, text: str | None = None) -> tuple[Span, ...]:
        """Return which parts of the name of a hit, or of another text, match; each ends with a whole character.

        None of a near hit do.
        """
        text = hit.name.text if text is None else text
        aligned = self.folding.aligned(text)
        found = []
        for key in hit.keys:
            places = [match.start() for match in re.finditer(f"(?={re.escape(key)})", aligned.key)]
            if hit.how == "exact":  # at the end, when titles stand before it
                places = places[-1:]
            if len(places) > 1:
                places = [place for place in places if _begins_word(text, aligned.spans[place][0])] or places
            if places:
                end = aligned.spans[places[0] + len(key) - 1][1]
                while end < len(text) and CLUSTER_MARK.match(text, end):
                    end += 1
                found.append((aligned.spans[places[0]][0], end))
        return _merged(found)

    def suggestions(self, text: str, most: int = 8, language: str = "th") -> list[Hit]:
        """Return what a text may become when it is typed on: at most so many resources with different names to show."""
        shown: dict[str, Hit] = {}
        for hit in self.search(text, language=language).hits:
            shown.setdefault(shown_name(hit, language), hit)
            if len(shown) == most:
                break
        return list(shown.values())


def shown_name(hit: Hit, language: str) -> str:
    """Return the name by which to show what was found: the one that matched, but for a hidden one or a code."""
    return hit.resource.label(language) if hit.name.role in {"hidden", "code"} else hit.name.text


def search_document(
    index: SearchIndex, results: Results, offset: int, limit: int, addresses: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Return what was found as a JSON object, `limit` hits from `offset`, of the form that docs/search.md describes.

    `addresses` map the IRI of a resource to where to read about it.
    """
    shown = results.hits[offset : offset + limit]
    return {
        "query": results.query,
        "key": results.key,
        "total": len(results.hits),
        "offset": offset,
        "limit": limit,
        "suggestion": results.suggestion,
        "kinds": [
            {"kind": kind.slug, "iri": kind.iri, "label": dict(kind.labels), "count": len(hits)}
            for kind, hits in results.by_kind().items()
        ],
        "hits": [
            {
                "iri": hit.resource.iri,
                **({"address": addresses[hit.resource.iri]} if addresses is not None else {}),
                "kind": hit.resource.kind.slug,
                "label": dict(hit.resource.labels),
                "match": {
                    "name": hit.name.text,
                    "language": hit.name.language or None,
                    "role": hit.name.role,
                    "how": hit.how,
                    "ranges": [list(span) for span in index.ranges(hit)],
                },
                "uses": hit.resource.uses,
            }
            for hit in shown
        ],
    }


def _squeezed(text: str) -> str:
    """Return a text without spaces and in one case, but with every other sign."""
    return "".join(text.split()).casefold()


def _boundaries(words: str) -> frozenset[int]:
    """Return where words begin in the key of a text, but for the first of them."""
    return frozenset(accumulate(map(len, words.split(" ")[:-1])))


def _rank(entry: _Entry, key: str, squeezed: str, typed: Collection[int]) -> tuple[int, int] | None:
    """Return how well an entry holds a key, the least being the best, or None when it does not.

    `typed` are the places in the key where words begin. Of names with the key itself those come first that are written
    as what was asked for, `squeezed`.
    """
    if key in (entry.key, entry.key[entry.bare :]):
        return _ORDER.index("exact"), int(_squeezed(entry.name.text) != squeezed)
    if entry.key.startswith(key) or entry.key.startswith(key, entry.bare):
        return _ORDER.index("prefix"), 0
    places = list(entry.places(key, typed))
    if not places:
        return None
    if not entry.starts().isdisjoint(places):
        return _ORDER.index("word"), 0
    cut = all(CLUSTER_MARK.match(entry.key, place + len(key)) for place in places)
    return _ORDER.index("part"), _CUT if cut else 0


def _begins_word(text: str, index: int) -> bool:
    """Whether something that is no letter, sign or digit stands before an index of a text."""
    return index == 0 or not (text[index - 1].isalnum() or "\u0e00" <= text[index - 1] <= "\u0e7f")


def _merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Return spans in order, those that meet or overlap as one."""
    merged: list[Span] = []
    for begin, end in sorted(spans):
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((begin, end))
    return tuple(merged)


def _kinds(rows: Iterable[Row]) -> tuple[dict[str, Kind], dict[str, list[Kind]]]:
    """Return the classes by slug, and those of each resource, the narrowest first."""
    by_iri: dict[str, Kind] = {}
    of_resource: dict[str, dict[Kind, tuple[bool, str]]] = {}
    for row in rows:
        iri = row["kind"].value
        kind = by_iri.get(iri)
        if kind is None:
            labels = {tag: row[f"kind_{tag}"].value for tag in ("th", "en") if f"kind_{tag}" in row}
            kind = by_iri[iri] = Kind(iri, slug_of(iri), labels)
        of_resource.setdefault(row["resource"].value, {})[kind] = (row["is_wider"].value == "true", iri)
    kinds = {kind.slug: kind for kind in by_iri.values()}
    return kinds, {iri: sorted(own, key=own.__getitem__) for iri, own in of_resource.items()}
