"""`kg rule`: what the rules ask for, and why."""

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kg.cli.errors import ExitCode
from kg.cli.options import LanguageChoice, RootOption

if TYPE_CHECKING:
    from kg.project import Project
    from kg.reports.rules import Explanation
    from kg.rules import Rule


class RuleFormat(StrEnum):
    """How a rule is written."""

    TEXT = "text"
    MARKDOWN = "markdown"
    JSON = "json"


def _rules(project: "Project") -> dict[str, "Rule"]:
    """Return the rules of the program and of a project, and its shapes; a rule comes before a shape of its name."""
    from kg.reports.shapes import shape_rules
    from kg.rules import all_rules

    return shape_rules(project) | all_rules(project.rules)


def _explanation(rule: "Rule", project: "Project") -> "Explanation":
    """Return the explanation of a rule or of a shape."""
    from kg.reports.report import SHAPE
    from kg.reports.rules import explained
    from kg.reports.shapes import shape_examples, shape_text

    if rule.family == SHAPE:
        return explained(rule, shape_text(rule), shape_examples(project, rule.id))
    return explained(rule)


def _print_list(rules: dict[str, "Rule"], project: "Project", language: LanguageChoice, output: RuleFormat) -> None:
    """Print all rules by family."""
    from kg.reports.report import SHAPE
    from kg.reports.rules import as_record, by_family, documentation, listing

    if output is RuleFormat.JSON:
        records = [as_record(_explanation(rule, project)) for _, group in by_family(rules.values()) for rule in group]
        print(json.dumps(records, ensure_ascii=False, indent=2))
    elif output is RuleFormat.MARKDOWN:
        print(documentation(rule for rule in rules.values() if rule.family != SHAPE), end="")
    else:
        rows = listing(rules.values(), language.value)
        width, severity_width = (max((len(row[place]) for row in rows), default=0) for place in (1, 2))
        family = ""
        for row in rows:
            if row[0] != family:
                print(f"{row[0]}:" if not family else f"\n{row[0]}:")
                family = row[0]
            print(f"  {row[1]:{width}}  {row[2]:{severity_width}}  {row[3]}".rstrip())


def rule(
    name: Annotated[str | None, typer.Argument(metavar="ID", help="A rule, or the name of a shape.")] = None,
    language: Annotated[LanguageChoice, typer.Option(help="Language of the texts.")] = LanguageChoice.ENGLISH,
    output: Annotated[RuleFormat, typer.Option("--format", help="How to write.")] = RuleFormat.TEXT,
    project: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="A repository, whose rules and shapes are known too. Default: around here."),
    ] = None,
    root: RootOption = None,
) -> None:
    """Explain a rule: what must hold, why, what to do, an example. Without an ID, list all rules by family.

    The list in Markdown is a page of all rules, without the shapes.
    """
    from kg.cli.projects import chosen_project
    from kg.reports.rules import as_markdown, as_record, as_text, nearest

    known, _ = chosen_project([], [], project, root)
    rules = _rules(known)
    if name is None:
        _print_list(rules, known, language, output)
        return
    if name not in rules:
        close = nearest(name, rules)
        hint = f" Did you mean {' or '.join(close)}?" if close else ""
        print(f"kg: {name}: no rule and no shape of this name.{hint} See kg rule.", file=sys.stderr)
        sys.exit(ExitCode.USAGE)
    one = _explanation(rules[name], known)
    if output is RuleFormat.JSON:
        print(json.dumps(as_record(one), ensure_ascii=False, indent=2))
    elif output is RuleFormat.MARKDOWN:
        print(as_markdown(one, language.value), end="")
    else:
        print(as_text(one, language.value), end="")
