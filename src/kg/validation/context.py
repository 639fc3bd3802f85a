"""What the checks of a whole project are given."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from kg.finding import Finding
from kg.located import LocatedGraph
from kg.project import Project
from kg.rules import Rule
from kg.shacl import Session
from kg.validation.files import ExaminedFile


@dataclass(frozen=True)
class Unit:
    """A piece of checking: a name, the digests of all that its findings depend on, and how they are found.

    `sees` is the number of data files that a run of shapes sees.
    """

    name: str
    inputs: tuple[str, ...]
    run: Callable[[], list[Finding]]
    sees: int = 0


@dataclass(frozen=True)
class Context:
    """A project with its files examined, none of them broken."""

    project: Project
    files: Mapping[Path, ExaminedFile]
    queries: Mapping[Path, str]
    rules: Mapping[str, Rule]

    def graphs(self, *kinds: str) -> list[LocatedGraph]:
        """Return the files of some kinds, or all, as located graphs."""
        return [file.graph for file in self.files.values() if not kinds or file.kind in kinds]

    def located(self, paths: Iterable[Path]) -> list[LocatedGraph]:
        """Return some files as located graphs."""
        return [self.files[path].graph for path in paths]

    def digests(self, paths: Iterable[Path]) -> tuple[str, ...]:
        """Return the digests of some files."""
        return tuple(self.files[path].digest for path in paths)

    def digests_of(self, *kinds: str) -> tuple[str, ...]:
        """Return the digests of the files of some kinds, or all."""
        return tuple(file.digest for file in self.files.values() if not kinds or file.kind in kinds)

    @cached_property
    def prefixes(self) -> dict[str, str]:
        """The prefixes of all files; the first declaration of each counts."""
        table: dict[str, str] = {}
        for file in self.files.values():
            for prefix, namespace in file.prefixes.items():
                table.setdefault(prefix, namespace)
        return table

    @cached_property
    def session(self) -> Session:
        """What the runs of SHACL share."""
        return Session()

    def wanted(self, *families: str) -> bool:
        """Return whether a rule of one of the families is asked for."""
        return any(rule.family in families and is_wanted(rule, self.project) for rule in self.rules.values())


_ALWAYS: Final = "unknown-rule"
"""The rule about the choice itself, which a misspelt choice must not leave out."""


def is_wanted(rule: Rule, project: Project) -> bool:
    """Return whether a project asks for a rule: by its id, its family, `all`, or, for some rules, `default`."""
    names = {rule.id, rule.family}
    if names & set(project.ignore):
        return False
    chosen = set(project.select)
    if rule.id == _ALWAYS:
        return True
    return bool(names & chosen) or "all" in chosen or ("default" in chosen and rule.default)
