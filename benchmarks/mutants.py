"""Deliberate damage: mutants of the data, one change each, and whether `kg validate` or `kg evidence` notices."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import rdflib
from benchmarks.incremental import REPOSITORY, Scope, Told, scopes
from rdflib.namespace import DCAT, RDF, RDFS, SH, SKOS, XSD
from rdflib.term import Node

from kg.archive import archived_texts, printed_form, read_archive
from kg.checks.evidence_iris import EVIDENCE, check_evidence_iris
from kg.checks.literals import BUDDHIST_ERA_OFFSET, check_literals
from kg.checks.terms import check_terms
from kg.dataset import Dataset, GraphFile, document_slug, printed_properties
from kg.evidence import check_evidence
from kg.finding import Finding
from kg.located import LocatedGraph
from kg.namespaces import GRAPH, ID, ONTOLOGY
from kg.passages import Passage, parse_passage
from kg.project import Project, read_project
from kg.turtle import Position, Triple, TurtleFile, oxigraph_term

_NAMES: Final = (RDFS.label, SKOS.prefLabel)
_DATED: Final = (XSD.date, XSD.gYear)
_BUDDHIST_YEARS: Final = tuple(
    rdflib.URIRef(f"{ONTOLOGY}{name}") for name in ("buddhistYear", "startBuddhistYear", "endBuddhistYear")
)
_DIVISION: Final = f"{ID}division/TH-"
_NAMING: Final = (rdflib.URIRef(f"{ONTOLOGY}asPrinted"), rdflib.URIRef(f"{ONTOLOGY}entryFor"))
"""What says or needs the name of a division: its printed form, and the label of an entry for it."""

_FURTHER: Final = (SKOS.altLabel, SKOS.hiddenLabel, DCAT.keyword)
_QUOTING: Final = tuple(rdflib.URIRef(f"{ONTOLOGY}{name}") for name in ("correctedForm", "onLiteral"))
_SHIFT: Final = 7
"""In characters."""


@dataclass(frozen=True)
class Kind:
    """A kind of damage: its name, why no check can see it (empty: one can), whether that needs the archived texts."""

    name: str
    unseen: str = ""
    needs_archive: bool = False

    @property
    def visible(self) -> bool:
        """Whether some check can see it."""
        return not self.unseen

    def __str__(self) -> str:
        """Return the name."""
        return self.name


REQUIRED: Final = Kind("required triple dropped")
ONE_OF_SEVERAL: Final = Kind(
    "one of several required dropped",
    unseen="the minimum is met without it; what is left shows a missing passage only where a printed form needs it",
)
OPTIONAL: Final = Kind(
    "optional triple dropped",
    unseen="what a source may leave unsaid may be absent",
)
CODES: Final = Kind("codes of two divisions exchanged")
DIVISIONS: Final = Kind("two divisions exchanged")
DIVISIONS_UNNAMED: Final = Kind(
    "two divisions exchanged where neither is named",
    unseen="no name stands beside the code",
)
ERA: Final = Kind("Buddhist year as Common Era")
ERA_BACK: Final = Kind("Common-Era year as Buddhist")
NAMES: Final = Kind("labels exchanged")
NAME_TAG: Final = Kind("label in the wrong language")
TEXTS: Final = Kind("texts exchanged")
TEXT_TAG: Final = Kind("text in the wrong language")
OTHER_TEXTS: Final = Kind(
    "printed forms or further names exchanged",
    unseen="what is printed keeps its language, and a further name may be the same in both",
)
OTHER_TAG: Final = Kind(
    "printed form or further name in the wrong language",
    unseen="what is printed keeps its language, and a further name may be the same in both",
)
DANGLING: Final = Kind("dangling IRI")
TERM: Final = Kind("misspelt term")
PAST_END: Final = Kind("passage past the end")
OVER_END: Final = Kind("passage one character over the end")
SHIFTED: Final = Kind("passage shifted by 7 off a printed form", needs_archive=True)
SHIFTED_UNSEEN: Final = Kind(
    "passage shifted by 7 that no printed form needs",
    unseen="each printed form still stands in a passage, or there is none",
)
MISQUOTED: Final = Kind("character of a printed form changed", needs_archive=True)

KINDS: Final = (
    *(REQUIRED, CODES, DIVISIONS, ERA, ERA_BACK, NAMES, NAME_TAG, TEXTS, TEXT_TAG, DANGLING, TERM),
    *(PAST_END, OVER_END, SHIFTED, MISQUOTED),
    *(ONE_OF_SEVERAL, OPTIONAL, DIVISIONS_UNNAMED, OTHER_TEXTS, OTHER_TAG, SHIFTED_UNSEEN),
)
"""All kinds, those that a check can see first."""


@dataclass(frozen=True)
class Mutant:
    """One change to one file: some triples for some others. `about` is the predicate that is damaged."""

    kind: Kind
    file: GraphFile
    removed: tuple[Triple, ...]
    added: tuple[Triple, ...]
    about: Node

    @property
    def subject(self) -> Node:
        """The first subject that is damaged."""
        return self.removed[0][0]


def _changed_letter(iri: str, known: Callable[[str], bool]) -> str:
    """Return the IRI with its last letter replaced by another, so that it is not one that is known."""
    place = max(index for index, character in enumerate(iri) if character.isascii() and character.isalnum())
    letters = "0123456789" if iri[place].isdigit() else "abcdefghijklmnopqrstuvwxyz"
    for letter in letters[(letters.find(iri[place].lower()) + 1) :] + letters:
        other = iri[:place] + letter + iri[place + 1 :]
        if other != iri and not known(other):
            return other
    return f"{iri}-x"


def _changed_character(text: str) -> str:
    """Return a printed form with the character in its middle replaced by another of the same script."""
    places = [index for index, character in enumerate(text) if character.isalnum()] or [0]
    place = places[len(places) // 2]
    other = "ข" if text[place] == "ก" else "ก" if "\u0e01" <= text[place] <= "\u0e2e" else "x"
    return text[:place] + (other if text[place] != "x" else "y") + text[place + 1 :]


def _drops(file: GraphFile, damage: "Damage") -> Iterator[Mutant]:
    """Yield each triple of the file dropped."""
    for triple in file.turtle.positions:
        yield Mutant(damage.need(file, triple), file, (triple,), (), triple[1])


def _codes(file: GraphFile, _: "Damage") -> Iterator[Mutant]:
    """Yield the codes of each division exchanged with those of the next, of one standard and of both."""
    notations: dict[Node, list[rdflib.Literal]] = {}
    for subject, _predicate, value in file.graph.triples((None, SKOS.notation, None)):
        if str(subject).startswith(_DIVISION) and isinstance(value, rdflib.Literal):
            notations.setdefault(subject, []).append(value)
    divisions = sorted(notations, key=str)
    for one, other in zip(divisions, divisions[1:] + divisions[:1], strict=True):
        for datatypes in {value.datatype for value in notations[one]}, *[{v.datatype} for v in notations[one]]:
            removed, added = [], []
            for holder, taker in ((one, other), (other, one)):
                for value in notations[holder]:
                    if value.datatype in datatypes:
                        removed.append((holder, SKOS.notation, value))
                        added.append((taker, SKOS.notation, value))
            yield Mutant(CODES, file, tuple(removed), tuple(added), SKOS.notation)


def _divisions(file: GraphFile, _: "Damage") -> Iterator[Mutant]:
    """Yield each division that the file names taken for the next one, wherever it stands."""
    named = {
        term for triple in file.graph for term in triple if re.fullmatch(re.escape(_DIVISION) + "[0-9]+", str(term))
    }
    if file.path.stem == "divisions" or len(named) < 2:
        return
    divisions = sorted(named, key=str)
    for one, other in zip(divisions, divisions[1:] + divisions[:1], strict=True):
        exchange = {one: other, other: one}
        removed = tuple(triple for triple in file.turtle.positions if exchange.keys() & set(triple))
        added = tuple((exchange.get(s, s), p, exchange.get(o, o)) for s, p, o in removed)
        stays = set(removed) & set(added)
        removed, added = (tuple(triple for triple in side if triple not in stays) for side in (removed, added))
        if removed:
            told = [p for _, p, _ in removed if p in _NAMING]
            yield Mutant(DIVISIONS if told else DIVISIONS_UNNAMED, file, removed, added, (told or [removed[0][1]])[0])


def _eras(file: GraphFile, _: "Damage") -> Iterator[Mutant]:
    """Yield each date and year with 543 added, and each Buddhist year with 543 taken away."""
    for triple in file.turtle.positions:
        subject, predicate, value = triple
        if isinstance(value, rdflib.Literal) and value.datatype in _DATED:
            text = f"{int(value[:4]) + BUDDHIST_ERA_OFFSET}{value[4:]}"
            wrong = rdflib.Literal(text, datatype=value.datatype, normalize=False)
            yield Mutant(ERA, file, (triple,), ((subject, predicate, wrong),), predicate)
        elif predicate in _BUDDHIST_YEARS:
            wrong = rdflib.Literal(str(int(str(value)) - BUDDHIST_ERA_OFFSET), datatype=XSD.integer, normalize=False)
            yield Mutant(ERA_BACK, file, (triple,), ((subject, predicate, wrong),), predicate)


def _languages(file: GraphFile, damage: "Damage") -> Iterator[Mutant]:
    """Yield texts in Thai and English exchanged, where a property has one of each, and each with the other's tag."""
    texts: dict[tuple[Node, Node], dict[str, list[rdflib.Literal]]] = {}
    for subject, predicate, value in file.turtle.positions:
        if isinstance(value, rdflib.Literal) and value.language in {"th", "en"}:
            texts.setdefault((subject, predicate), {"th": [], "en": []})[value.language].append(value)
    for (subject, predicate), told in texts.items():
        if predicate in _NAMES:
            exchanged, tagged = NAMES, NAME_TAG
        elif predicate in damage.printed or predicate in (*_FURTHER, *_QUOTING):
            exchanged, tagged = OTHER_TEXTS, OTHER_TAG
        else:
            exchanged, tagged = TEXTS, TEXT_TAG
        if len(told["th"]) == len(told["en"]) == 1 and str(told["th"][0]) != str(told["en"][0]):
            removed = tuple((subject, predicate, told[language][0]) for language in ("th", "en"))
            wrong = {tag: rdflib.Literal(str(told[other][0]), lang=tag) for tag, other in (("th", "en"), ("en", "th"))}
            yield Mutant(exchanged, file, removed, tuple((subject, predicate, wrong[t]) for t in wrong), predicate)
        for value in told["th"] + told["en"]:
            other = rdflib.Literal(str(value), lang="en" if value.language == "th" else "th")
            yield Mutant(tagged, file, ((subject, predicate, value),), ((subject, predicate, other),), predicate)


def _iris(file: GraphFile, damage: "Damage") -> Iterator[Mutant]:
    """Yield each IRI of our own that is an object, and each property and class, with a letter changed."""
    for triple in file.turtle.positions:
        subject, predicate, value = triple
        wrong = rdflib.URIRef(_changed_letter(str(predicate), damage.is_known))
        yield Mutant(TERM, file, (triple,), ((subject, wrong, value),), predicate)
        if not isinstance(value, rdflib.URIRef):
            continue
        if predicate == RDF.type:
            other = rdflib.URIRef(_changed_letter(str(value), damage.is_known))
            yield Mutant(TERM, file, (triple,), ((subject, predicate, other),), predicate)
        elif str(value).startswith((ID, GRAPH)):
            path, hash_, rest = str(value).partition("/text#")
            other = rdflib.URIRef(_changed_letter(path, damage.is_known) + hash_ + rest)
            yield Mutant(DANGLING, file, (triple,), ((subject, predicate, other),), predicate)


def _loses_a_form(file: GraphFile, damage: "Damage", evidence: Triple, moved: Passage) -> bool:
    """Return whether, with one passage of a subject moved, one of its printed forms stands in none, by the archive."""
    text = damage.texts.get(moved.slug, "")
    others = [parse_passage(str(v)) for v in file.graph.objects(evidence[0], EVIDENCE) if v != evidence[2]]
    pieces = [text[passage.start : passage.end] for passage in (moved, *others) if passage is not None]
    forms = [str(v) for s, p, v in file.graph.triples((evidence[0], None, None)) if p in damage.printed]
    return bool(text) and not all(any(printed_form(form).search(piece) for piece in pieces) for form in forms)


def _passages(file: GraphFile, damage: "Damage") -> Iterator[Mutant]:
    """Yield each passage moved past the end of the text, over its end by one character, and shifted by 7."""
    length = damage.lengths.get(document_slug(damage.dataset, file))
    if file.role != "source" or length is None:
        return
    for triple in file.turtle.positions:
        passage = parse_passage(str(triple[2])) if triple[1] == EVIDENCE else None
        if passage is None:
            continue
        shift = _SHIFT if passage.end + _SHIFT <= length else -min(_SHIFT, passage.start)
        off = _loses_a_form(
            file, damage, triple, passage._replace(start=passage.start + shift, end=passage.end + shift)
        )
        for kind, start, end in (
            (PAST_END, length, length + passage.end - passage.start),
            (OVER_END, passage.start, length + 1),
            (SHIFTED if off else SHIFTED_UNSEEN, passage.start + shift, passage.end + shift),
        ):
            iri = rdflib.URIRef(f"{str(triple[2]).partition('#')[0]}#char={start},{end}")
            yield Mutant(kind, file, (triple,), ((triple[0], triple[1], iri),), triple[1])


def _forms(file: GraphFile, damage: "Damage") -> Iterator[Mutant]:
    """Yield each printed form with a character changed."""
    for triple in file.turtle.positions:
        subject, predicate, value = triple
        if file.role == "source" and predicate in damage.printed and isinstance(value, rdflib.Literal):
            wrong = rdflib.Literal(_changed_character(str(value)), lang=value.language, datatype=value.datatype)
            yield Mutant(MISQUOTED, file, (triple,), ((subject, predicate, wrong),), predicate)


_MAKERS: Final = (_drops, _codes, _divisions, _eras, _languages, _iris, _passages, _forms)


@dataclass(frozen=True)
class _Minimum:
    """What a shape asks for: at least `count` values of a property, those that the qualifier lets count."""

    target: int
    path: Node
    count: int
    qualifier: Node | None


def _minima(scope: Scope) -> list[_Minimum]:
    """Return the minima that the shapes of a scope declare for direct paths of their focus nodes."""
    graph, found = scope.shape_triples, []
    for index, shape in enumerate(scope.targeted):
        for constraint in graph.objects(shape.node, SH.property):
            path = graph.value(constraint, SH.path)
            qualifier = graph.value(constraint, SH.qualifiedValueShape)
            count = graph.value(constraint, SH.qualifiedMinCount if qualifier else SH.minCount)
            if isinstance(path, rdflib.URIRef) and count is not None and int(str(count)) > 0:
                found.append(_Minimum(index, path, int(str(count)), qualifier))
    return found


def _counts(shapes: rdflib.Graph, qualifier: Node | None, value: Node) -> bool:
    """Return whether a value counts for a qualified minimum: language, data type and pattern are compared."""
    if qualifier is None:
        return True
    languages = shapes.value(qualifier, SH.languageIn)
    tags = {str(tag) for tag in shapes.items(languages)} if languages is not None else None
    datatype, pattern = shapes.value(qualifier, SH.datatype), shapes.value(qualifier, SH.pattern)
    return (
        (tags is None or getattr(value, "language", None) in tags)
        and (datatype is None or getattr(value, "datatype", None) == datatype)
        and (pattern is None or re.search(str(pattern), str(value)) is not None)
    )


@dataclass(frozen=True)
class Damage:
    """The undamaged data, with what it takes to damage them and to see whether that is noticed.

    With an `archive`, the folder of the archived texts, `kg evidence` is asked too.
    """

    dataset: Dataset
    archive: Path | None = None
    scopes: list[Scope] = field(default_factory=list)
    _made: dict[str, dict[Kind, list[Mutant]]] = field(default_factory=dict, init=False, repr=False)

    @cached_property
    def minima(self) -> list[list[_Minimum]]:
        """What the shapes of each scope ask for."""
        return [_minima(scope) for scope in self.scopes]

    @cached_property
    def lengths(self) -> dict[str, int]:
        """The number of characters of each archived text, as the data state it, by the slug of its document."""
        return {text.slug: text.character_count for text in archived_texts(self.dataset) if text.character_count}

    @cached_property
    def texts(self) -> dict[str, str]:
        """The archived texts by the slugs of their documents; none without an archive."""
        files = read_archive(self.archive) if self.archive else {}
        found = {text.slug: files.get(text.sha256) for text in archived_texts(self.dataset)}
        return {slug: file.text for slug, file in found.items() if file}

    @cached_property
    def printed(self) -> frozenset[Node]:
        """The properties whose values are printed forms."""
        return printed_properties(self.dataset)

    @cached_property
    def _known(self) -> frozenset[str]:
        """Every IRI that stands anywhere, and every IRI of a document."""
        files = (*self.dataset.ontology, *self.dataset.data)
        return frozenset(str(term) for file in files for triple in file.graph for term in triple)

    def is_known(self, iri: str) -> bool:
        """Return whether an IRI stands anywhere in ontology or data."""
        return iri in self._known

    def need(self, file: GraphFile, triple: Triple) -> Kind:
        """Return what the shapes declare about a triple: required, one of several that are, or optional.

        A class is always required. What counts is what the shapes say (sh:minCount, sh:qualifiedMinCount on a property
        of whatever the node shape targets), not what pySHACL makes of it.
        """
        subject, predicate, value = triple
        if predicate == RDF.type:
            return REQUIRED
        declared = False
        for scope, minima in zip(self.scopes, self.minima, strict=True):
            if not scope.covers(file, subject):
                continue
            for minimum in minima:
                if minimum.path != predicate or not _counts(scope.shape_triples, minimum.qualifier, value):
                    continue
                if subject not in scope.target_nodes[minimum.target]:
                    continue
                declared = True
                kept = scope.held[triple] > 1  # another file says it too
                values = [v for v in scope.graph.objects(subject, predicate) if kept or v != value]
                others = [v for v in values if _counts(scope.shape_triples, minimum.qualifier, v)]
                if len(others) < minimum.count:
                    return REQUIRED
        return ONE_OF_SEVERAL if declared else OPTIONAL

    def mutants(self, file: GraphFile) -> dict[Kind, list[Mutant]]:
        """Return every mutant of a file by its kind, in the order of the file; they are made once."""
        if file.iri not in self._made:
            made = self._made.setdefault(file.iri, {})
            for maker in _MAKERS:
                for mutant in maker(file, self):
                    made.setdefault(mutant.kind, []).append(mutant)
        return self._made[file.iri]

    def noticed_by_validate(self, mutant: Mutant) -> str:
        """Return the rule of a finding of `kg validate` that the undamaged data do not have, or an empty text.

        The checks of the written file (syntax, characters) and that of blank nodes have nothing to find: a mutant is a
        change of triples, and its terms are of the kinds that were there.
        """
        for scope in self.scopes:
            if any(file is mutant.file for file in scope.job.data):
                told = scope.new_results(mutant.file, mutant.removed, mutant.added)
                if rules := sorted(rule for severity, rule, *_ in told if severity != "info"):
                    return rules[0]
        content = self.dataset.content
        return (
            self._new_rule(mutant, lambda part: check_literals(part.turtle))
            or self._new_rule(mutant, lambda part: check_evidence_iris(Dataset(content, (part,))))
            or (self._new_rule(mutant, lambda part: self._terms(mutant, part)))
        )

    def noticed_by_evidence(self, mutant: Mutant) -> str:
        """Return the rule of a finding of `kg evidence` that the undamaged data do not have, or an empty text."""
        if self.archive is None or mutant.file.role != "source":
            return ""
        archive = self.archive
        ontology = self._sub_properties
        return self._new_rule(
            mutant, lambda part: check_evidence(Dataset(self.dataset.content, (*ontology, part)), archive)
        )

    @cached_property
    def _sub_properties(self) -> tuple[GraphFile, ...]:
        """The part of the ontology that says which properties hold printed forms."""
        return tuple(
            _part(file, [triple for triple in file.turtle.positions if triple[1] == RDFS.subPropertyOf])
            for file in self.dataset.ontology
        )

    @cached_property
    def _project(self) -> Project:
        """The settings for the tree."""
        return read_project(self.dataset.content.root, like=REPOSITORY)

    @cached_property
    def _located(self) -> dict[str, LocatedGraph]:
        """The undamaged files, by the IRIs of their graphs."""
        return {file.iri: LocatedGraph.of(file.turtle) for file in self.dataset.files}

    @cached_property
    def _holders(self) -> Counter[Node]:
        """In how many triples of ontology and data each subject stands."""
        files = (*self.dataset.ontology, *self.dataset.data)
        return Counter(subject for file in files for subject in file.graph.subjects())

    def _terms(self, mutant: Mutant, part: GraphFile) -> list[Finding]:
        """Check the names of the changed part, beside the ontology and every subject of the mutated data.

        Where the last triple of a subject is dropped, others may come to point to nothing: then all files are in.
        """
        gone = [
            s for s, _, _ in mutant.removed if self._holders[s] == sum(s == other for other, _, _ in mutant.removed)
        ]
        lost = frozenset(gone) - {s for s, _, _ in mutant.added}
        others = (*self.dataset.ontology, *(self.dataset.data if lost else ()))
        known = (self.dataset.subjects - lost) | {s for s, _, _ in mutant.added}
        subjects = {oxigraph_term(node): Position(1, 1) for node in known}
        graphs = [
            *(self._located[file.iri] for file in others if file is not mutant.file),
            LocatedGraph.of(part.turtle),
            LocatedGraph(self.dataset.content.root / "subjects.ttl", [], [], [], subjects),
        ]
        return check_terms(self._project, graphs, {}, {})

    def _new_rule(self, mutant: Mutant, check: Callable[[GraphFile], list[Finding]]) -> str:
        """Return a rule of which the changed part of a file has a finding that the same part has not before.

        The part is what the file says about the subjects of the mutant, its graph and its text. The checks look at
        one statement at a time and, for that, at others of its subject and at those that say which document it is.
        """
        positions = mutant.file.turtle.positions
        texts = set(mutant.file.graph.subjects(RDF.type, rdflib.URIRef(f"{ONTOLOGY}ArchivedText")))
        subjects = {s for s, _, _ in (*mutant.removed, *mutant.added)} | texts | {rdflib.URIRef(mutant.file.iri)}
        before = [triple for triple in positions if triple[0] in subjects]
        after = [triple for triple in before if triple not in mutant.removed] + [
            triple for triple in mutant.added if triple not in before
        ]
        place = positions[mutant.removed[0]]
        old = {_saying(finding) for finding in check(_part(mutant.file, before))}
        new = {_saying(finding) for finding in check(_part(mutant.file, after, place))}
        return min((rule for severity, rule, _ in new - old if severity != "info"), default="")


def _saying(finding: Finding) -> tuple[str, str, str]:
    """Return what a finding says, without its place."""
    return finding.severity, finding.rule, finding.message_en


def _part(file: GraphFile, triples: list[Triple], place: Position | None = None) -> GraphFile:
    """Return a file with some triples only; one that was not there stands at `place`."""
    graph = rdflib.Graph(bind_namespaces="none")
    for triple in triples:
        graph.add(triple)
    known = file.turtle.positions
    positions = {triple: known.get(triple) or place or Position(1, 1) for triple in triples}
    subjects: dict[Node, Position] = {}
    for (subject, _, _), position in positions.items():
        subjects.setdefault(subject, file.turtle.subjects.get(subject, position))
    turtle = TurtleFile(file.path, graph, positions, file.turtle.prefixes, subjects=subjects)
    return GraphFile(file.path, file.iri, file.role, turtle)


def mutated(mutant: Mutant) -> GraphFile:
    """Return the whole file of a mutant, for the checks as they are."""
    kept = [triple for triple in mutant.file.turtle.positions if triple not in mutant.removed]
    new = [triple for triple in mutant.added if triple not in kept]
    return _part(mutant.file, [*kept, *new], mutant.file.turtle.positions[mutant.removed[0]])


def prepare(dataset: Dataset, archive: Path | None = None) -> Damage:
    """Return the dataset ready to be damaged; runs every shape once on every focus node."""
    return Damage(dataset, archive, scopes(dataset))


def told_by(damage: Damage, mutant: Mutant) -> set[Told]:
    """Return every new result of the shapes on a mutant, by the incremental way."""
    found: set[Told] = set()
    for scope in damage.scopes:
        if any(file is mutant.file for file in scope.job.data):
            found |= scope.new_results(mutant.file, mutant.removed, mutant.added, every=True)
    return found


def short(node: Any, dataset: Dataset) -> str:
    """Return a term with the prefix that a file declares for its namespace."""
    for file in dataset.files:
        for prefix, namespace in file.turtle.prefixes.items():
            if str(node).startswith(namespace) and re.fullmatch(r"[\w.-]+", str(node).removeprefix(namespace)):
                return f"{prefix}:{str(node).removeprefix(namespace)}"
    return f"<{node}>"
