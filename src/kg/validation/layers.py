"""The layers of checking that look at more than one file, cheap ones first; each says what its findings depend on."""

import json
import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from pyoxigraph import NamedNode

from kg.checks.terms import check_terms
from kg.finding import Finding
from kg.project import CONFIGURATION
from kg.rules import Rule
from kg.validation.cache import digest
from kg.validation.context import Context, Unit, is_wanted
from kg.validation.files import relative

Layer = Callable[[Context], Iterator[Unit]]


def _settings(context: Context, *names: str) -> str:
    """Return a digest of some settings of the project."""
    return digest(json.dumps([getattr(context.project, name) for name in names], default=str))


def _queries(context: Context) -> str:
    """Return a digest of the stored queries."""
    return digest(*(part for path, text in context.queries.items() for part in (str(path), text)))


def terms(context: Context) -> Iterator[Unit]:
    """Names: of all files, for a name is declared in one and used in another."""
    yield Unit(
        "terms",
        (*context.digests_of(), _queries(context), _settings(context, "own", "undescribed")),
        lambda: check_terms(
            context.project,
            context.graphs(),
            {path: file.prefixes for path, file in context.files.items()},
            context.queries,
        ),
    )


def hygiene(context: Context) -> Iterator[Unit]:
    """Rules that are one query each: of the kinds of files that they name."""
    rules = [rule for rule in context.rules.values() if rule.query and is_wanted(rule, context.project)]
    for on in dict.fromkeys(rule.on for rule in rules):
        group = [rule for rule in rules if rule.on == on]
        texts = digest(*(rule.path.read_text("utf-8") for rule in group))
        yield Unit(
            f"rules on {', '.join(on)}",
            (*context.digests_of(*on), texts, _settings(context, "own", "languages", "graph")),
            partial(_hygiene, context, group, on),
        )


def _hygiene(context: Context, rules: list[Rule], on: tuple[str, ...]) -> list[Finding]:
    """Ask the rules that see the same kinds of files."""
    from kg.checks.hygiene import asks_graphs, hygiene_findings, rule_store  # noqa: PLC0415

    graphs = context.graphs(*on)
    store = rule_store(graphs, context.project, named=asks_graphs(rules))
    return hygiene_findings(rules, store, graphs, context.project, context.prefixes)


def prefixes(context: Context) -> Iterator[Unit]:
    """Prefixes mean the same everywhere: of all declarations."""
    from kg.checks.prefixes import PrefixUse, agreement_findings, use_of_query, use_of_shapes  # noqa: PLC0415

    def run() -> list[Finding]:
        uses = [PrefixUse(path, file.declarations, file.used_prefixes) for path, file in context.files.items()]
        uses += [use_of_shapes(graph) for graph in context.graphs("shapes")]
        uses += [use_of_query(path, text) for path, text in context.queries.items()]
        return agreement_findings(uses, context.rules)

    if context.wanted("prefixes"):
        yield Unit("prefixes", (*context.digests_of(), _queries(context)), run)


def queries(context: Context) -> Iterator[Unit]:
    """Stored queries: of their texts; of the texts and all that is asked; and the queries in shapes."""
    from kg.checks.hygiene import rule_store  # noqa: PLC0415
    from kg.checks.stored_queries import answer_findings, text_findings  # noqa: PLC0415

    if not context.wanted("queries"):
        return
    for path, text in context.queries.items():
        name = f"query {relative(path, context.project.root)}"
        yield Unit(name, (digest(text),), partial(text_findings, path, text, context.rules))
    if context.queries:
        beside = [path.with_suffix(".csv") for path in context.queries]
        answers = digest(*(part for path in beside if path.is_file() for part in (str(path), path.read_bytes())))

        def asked() -> list[Finding]:
            graphs = context.graphs("ontology", "data")
            return answer_findings(context.queries, rule_store(graphs, context.project, named=True), context.rules)

        yield Unit("answers", (*context.digests_of("ontology", "data"), _queries(context), answers), asked)
    if context.project.shapes:
        yield Unit("queries in shapes", context.digests_of("shapes"), partial(_shape_queries, context))


def _shape_queries(context: Context) -> list[Finding]:
    """Check the queries in the files of shapes, with the prefixes that any of these declares for queries."""
    from kg.checks.prefixes import use_of_shapes  # noqa: PLC0415
    from kg.checks.stored_queries import shape_query_findings  # noqa: PLC0415

    files = [file for file in context.files.values() if file.kind == "shapes"]
    declared = {one.prefix: one.namespace for file in files for one in use_of_shapes(file.graph).declarations}
    return [
        finding
        for file in files
        for finding in shape_query_findings(file.graph, file.content.decode(), context.rules, declared)
    ]


def agreement(context: Context) -> Iterator[Unit]:
    """Links and versions: of the Markdown files, the names of all files, and the files that state a version."""
    from kg.checks.agreement import link_findings, markdown_files, version_findings  # noqa: PLC0415

    if not context.project.configured or not context.wanted("agreement"):
        return
    project = context.project
    pages = markdown_files(project.root)
    versions = [project.root / name for name in ("pyproject.toml", "CHANGELOG.md", "CITATION.cff")]
    contents = [path.read_bytes() for path in (*pages, *versions) if path.is_file()]

    def run() -> list[Finding]:
        return [
            *link_findings(project.root, pages, context.rules),
            *version_findings(project, context.graphs("ontology", "data"), context.rules),
        ]

    yield Unit("agreement", (*context.digests_of("ontology", "data"), digest(*contents), _names(project.root)), run)


def settings(context: Context) -> Iterator[Unit]:
    """Names of rules in the settings: of the rules, of the shapes, and of the settings."""
    from kg.checks.agreement import setting_findings  # noqa: PLC0415

    project = context.project
    configuration = project.root / CONFIGURATION
    if not project.configured or not configuration.is_file():
        return
    shapes = {
        re.split("[#/]", subject.value)[-1]
        for graph in context.graphs("shapes")
        for subject in graph.subjects
        if isinstance(subject, NamedNode)
    }
    yield Unit(
        "settings",
        (
            digest(json.dumps([sorted(shapes), sorted(context.rules)])),
            digest(configuration.read_bytes()),
        ),
        lambda: setting_findings(project, context.rules, shapes),
    )


def _names(root: Path) -> str:
    """Return a digest of the names of all files that a link may lead to."""
    names = [
        path.relative_to(root).as_posix()
        for folder in sorted(root.iterdir())
        if not folder.name.startswith(".") and folder.name not in {"node_modules", "build", "dist"}
        for path in ([folder, *sorted(folder.rglob("*"))] if folder.is_dir() else [folder])
        if "__pycache__" not in path.parts
    ]
    return digest(*names)


def consistency(context: Context) -> Iterator[Unit]:
    """The ontology and what individuals make of it: of all triples but those of shapes."""
    from kg.checks.consistency import consistency_findings  # noqa: PLC0415

    if context.wanted("consistency"):
        yield Unit(
            "consistency",
            context.digests_of("ontology", "data"),
            lambda: consistency_findings(context.graphs("ontology", "data"), context.rules, context.prefixes),
        )


def meta(context: Context) -> Iterator[Unit]:
    """The shapes themselves, and what they target: of all shapes; of these and all that is validated."""
    project, graphs = context.project, context.graphs
    if not context.project.shapes or not context.wanted("shacl"):
        return

    def themselves() -> list[Finding]:
        from kg.shacl.meta import check  # noqa: PLC0415

        return check(graphs("shapes"), context.prefixes, context.session)

    def targets() -> list[Finding]:
        from kg.shacl.meta import check_targets  # noqa: PLC0415

        return check_targets(graphs("shapes"), graphs("ontology", "data"), context.prefixes, context.session)

    names = digest(json.dumps(context.prefixes))
    yield Unit("shapes themselves", (*context.digests_of("shapes"), names), themselves)
    if project.data:  # shapes whose data are elsewhere target nothing here
        yield Unit(
            "targets",
            (*context.digests_of("shapes"), "data", *context.digests_of("ontology", "data"), names),
            targets,
        )


def shapes(context: Context) -> Iterator[Unit]:
    """SHACL: a unit for each run of a scope, which depends on its shapes and on what they see."""
    for number, scope in enumerate(context.project.scopes):
        runs: list[tuple[tuple[Path, ...], tuple[Path, ...] | None]]
        runs = [((*scope.with_, file), (file,)) for file in scope.each] if scope.each else [(scope.data, scope.focus)]
        for data, focus in runs:
            seen = tuple(dict.fromkeys(data))
            where = relative(focus[0], context.project.root) if scope.each and focus else "all"
            yield Unit(
                f"shapes {number + 1} on {where}",
                (
                    *context.digests(scope.shapes),
                    "data",
                    *context.digests(seen),
                    "focus",
                    *(("all",) if focus is None else context.digests(focus)),
                    digest(json.dumps(context.prefixes)),
                ),
                partial(_shapes, context, scope.shapes, seen, focus),
                len(seen),
            )


def _shapes(
    context: Context, shapes: tuple[Path, ...], data: tuple[Path, ...], focus: tuple[Path, ...] | None
) -> list[Finding]:
    """Run SHACL once."""
    from kg.shacl import validate  # noqa: PLC0415  # where nothing has changed there is nothing to run
    from kg.shacl.report import findings  # noqa: PLC0415

    shape_graphs, data_graphs = context.located(shapes), context.located(data)
    focus_graphs = None if focus is None else context.located(focus)
    validation = validate(shape_graphs, data_graphs, focus_graphs, context.session)
    return findings(validation, shape_graphs, data_graphs, focus_graphs, context.prefixes, context.session)


LAYERS: tuple[Layer, ...] = (terms, prefixes, queries, settings, agreement, hygiene, consistency, meta, shapes)
"""All layers, in their order."""
