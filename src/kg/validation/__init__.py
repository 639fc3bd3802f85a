"""`kg validate`: every check on every file, of which only those are run whose input has changed.

Three steps: each file is read and checked alone; if all are Turtle, the layers look at them together; what is found is
weighed by the settings of the project. A result is kept under a digest of all that it depends on, the program too, so a
run after a change finds what a whole run would find.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from kg.finding import Finding, displayed, sort_findings
from kg.project import Project
from kg.rules import Rule, all_rules
from kg.validation.cache import FOLDER, Cache, digest, program
from kg.validation.context import Context, Unit, is_wanted
from kg.validation.echoes import once_a_result, without_echoes
from kg.validation.files import ExaminedFile, Progress, examine_all, finding_of, finding_record, text_of
from kg.validation.layers import LAYERS

BREAKING = frozenset({"syntax", "unreadable"})
"""Rules whose findings keep the layers from looking at the files together."""


@dataclass(frozen=True)
class Outcome:
    """What a validation found: `broken` tells whether a file is no Turtle, so that no layer could run.

    `findings` are all that were made; `told` leaves out those that only repeat another.
    """

    findings: Sequence[Finding]
    files: int
    triples: int
    broken: bool
    rules: dict[str, Rule]
    examined: Mapping[Path, ExaminedFile] = field(default_factory=dict, repr=False)

    def told(self, findings: Iterable[Finding] | None = None) -> list[Finding]:
        """Return those of some findings, or of all, that are no echoes of others of them."""
        return without_echoes(self.findings if findings is None else findings, self.examined, self.rules)


def _quiet(_what: str, _done: int, _all: int) -> None:
    """Say nothing."""


def _same_graphs(project: Project, files: Iterable[ExaminedFile]) -> list[Finding]:
    """Return a finding for each file that would be the same named graph as one before it."""
    first: dict[str, Path] = {}
    found = []
    for file in files:
        if file.kind == "shapes" or not project.configured:
            continue
        iri = project.graph_iri(file.path)
        other = first.setdefault(iri, file.path)
        if other != file.path:
            found.append(
                Finding(
                    file.path,
                    1,
                    1,
                    "violation",
                    "same-graph",
                    f"กราฟ <{iri}> เป็นของ {displayed(other)} แล้ว",
                    f"The graph <{iri}> is already that of {displayed(other)}.",
                    "เปลี่ยนชื่อไฟล์ใดไฟล์หนึ่ง",
                    "Rename one of the files.",
                )
            )
    return found


def _read_queries(project: Project) -> tuple[dict[Path, str], list[Finding]]:
    """Return the texts of the stored queries and of their answers, and what is wrong with their characters."""
    texts: dict[Path, str] = {}
    found = []
    for query in project.queries:
        for path in (query, query.with_suffix(".csv")):
            if path == query or path.is_file():
                texts[path], findings = text_of(path)
                found += findings
    return texts, found


def _found(unit: Unit, root: Path, cache: Cache) -> list[Finding]:
    """Run a unit, or remember what it found when all that it depends on was the same."""
    key = digest("unit", program(), unit.name, displayed(root), *unit.inputs)
    records = cache.get(key)
    if records is None:
        found = unit.run()
        cache.put(key, [finding_record(finding, root) for finding in found])
        return found
    return [finding_of(record, root) for record in records]


def weighed(findings: Iterable[Finding], rules: dict[str, Rule], project: Project) -> list[Finding]:
    """Return the findings that the project asks for, with the severity that it gives them, sorted."""
    kept = []
    for finding in findings:
        rule = rules.get(finding.rule)
        if finding.rule in project.ignore or (rule is not None and not is_wanted(rule, project)):
            continue
        severity = project.severity.get(finding.rule, finding.severity)
        kept.append(finding if severity == finding.severity else replace(finding, severity=severity))
    return sort_findings(kept)


def validate(project: Project, cached: bool = True, progress: Progress = _quiet) -> Outcome:
    """Check a project. With `cached`, results are kept in the folder `.kg_cache` of the project.

    Raises InputError when a rule of the project, or a stored query, cannot be read.
    """
    cache = Cache(project.root / FOLDER if cached else None)
    rules = all_rules(project.rules)
    formatted = "format" in rules and is_wanted(rules["format"], project)
    files = examine_all(project, cache, formatted, progress)
    found = [finding for file in files.values() for finding in file.findings]
    found += _same_graphs(project, files.values())
    texts, in_texts = _read_queries(project)
    found += in_texts
    broken = any(finding.rule in BREAKING for finding in found)
    if not broken:  # half of the files would only give findings that are none
        context = Context(project, files, {path: text for path, text in texts.items() if path.suffix == ".rq"}, rules)
        units = [unit for layer in LAYERS for unit in layer(context)]
        runs = []
        for number, unit in enumerate(units):
            progress(unit.name, number, len(units))
            runs.append((unit.sees, _found(unit, project.root, cache)))
        found += once_a_result(runs)
    cache.prune()
    return Outcome(
        weighed(found, rules, project),
        len(files),
        sum(file.triples for file in files.values()),
        broken,
        rules,
        files,
    )
