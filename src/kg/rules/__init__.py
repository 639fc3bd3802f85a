"""The rules of `kg validate`, one TOML file each: what must hold, why, how it is mended, and an example of both kinds.

The name of the file is the id of the rule, that of its folder is its family. Ids are stable: they stand in reports,
baselines and exceptions. A rule with a `query` is checked by that query alone; the others are checked by code.

```toml
severity = "violation"                      # or warning, info
default = true                              # whether it is asked of a repository without settings
on = ["ontology", "data"]                   # for a query: the kinds of files that it sees (default: these two)
query = '''SELECT ?subject ?language WHERE { … }'''

[title]                                     # what must hold, a sentence
th = "…"
en = "A class has a label in each language."
[message]                                   # what is said; {name} stands for a variable of the query, shortened
th = "…"
en = "{subject} has no label in {language}."
[remedy]                                    # what to do
th = "…"
en = "Add an rdfs:label in {language}."
[why]                                       # a paragraph
th = "…"
en = "…"

[example]
file = "example.ttl"                        # its name, if it matters: "ontology/x.ttl", "queries/x.rq"
passing = '''…'''
failing = '''…'''
line = 3                                    # where the failing example fails
[example.beside]                            # further files, by name
"shapes.ttl" = '''…'''
[example.settings]                          # of [tool.kg], if they matter
own = ["https://example.org/"]
```

A query has `?subject`, and `?predicate` and `?object` where a triple is at fault, from which the place is found. It is
asked once for each namespace of `own` with `?own` bound to it as a text, and once for each of `languages` with
`?language` bound, if it mentions these. The default graph is the union of the files; each file is a named graph too.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from kg.errors import InputError
from kg.finding import SEVERITIES, Severity, displayed

FOLDER: Final = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Rule:
    """A rule. Texts are by language, `th` and `en`."""

    id: str
    family: str
    path: Path
    severity: Severity
    title: Mapping[str, str]
    message: Mapping[str, str]
    remedy: Mapping[str, str]
    why: Mapping[str, str]
    default: bool = False
    on: tuple[str, ...] = ("ontology", "data")
    query: str | None = None
    example: Mapping[str, Any] | None = None


def read_rule(path: Path) -> Rule:
    """Read a rule. Raises InputError when the file is not one, with what is wrong."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        severity: Severity = next(name for name in SEVERITIES if name == table["severity"])
        texts = {
            name: {code: table[name][code] for code in ("th", "en")} for name in ("title", "message", "remedy", "why")
        }
    except StopIteration:
        raise InputError(f"{displayed(path)}: the severity must be one of {', '.join(SEVERITIES)}.") from None
    except KeyError as error:
        raise InputError(f"{displayed(path)}: the rule lacks {error.args[0]}.") from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"{displayed(path)}: {error}.") from error
    return Rule(
        path.stem,
        path.parent.name,
        path,
        severity,
        **texts,
        default=bool(table.get("default", False)),
        on=tuple(table.get("on", ("ontology", "data"))),
        query=table.get("query"),
        example=table.get("example"),
    )


@cache
def built_in() -> Mapping[str, Rule]:
    """Return the rules that come with the program, by id."""
    return {path.stem: read_rule(path) for path in sorted(FOLDER.glob("*/*.toml"))}


def all_rules(more: Iterable[Path] = ()) -> dict[str, Rule]:
    """Return the rules that come with the program and those of a repository, by id. Raises InputError for two alike."""
    rules = dict(built_in())
    for path in more:
        rule = read_rule(path)
        if rule.id in rules:
            raise InputError(f"{displayed(path)}: there is a rule {rule.id} already; give it another name.")
        rules[rule.id] = rule
    return rules
