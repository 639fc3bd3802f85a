"""What a run of `kg validate` has to tell, whatever the format."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from kg.finding import Finding, Severity, Suppressed, fails, summary
from kg.namespaces import BASE
from kg.rules import Rule

RULES: Final = f"{BASE}rules#"
"""Namespace of the rules: the IRI of a rule leads to where it is explained, `docs/rules.md` or a copy of it."""
SHAPE: Final = "shape"
"""Family of the rules that are shapes of a project; they are explained there."""

SUCCESSFUL: Final = frozenset({0, 1})
"""Exit codes after which the run was a whole one: with or without findings."""


@dataclass(frozen=True)
class Report:
    """The outcome of a run.

    `findings` are sorted; `suppressed` are those that a baseline or an exception takes out. `files` are all files that
    were checked, also those without a finding. `rules` are those that were asked for, by id; a finding may be of none
    of them (a shape that nobody described). `root` is what fingerprints count paths from; `seconds` is how long it
    took.
    """

    findings: Sequence[Finding]
    suppressed: Sequence[Suppressed] = ()
    files: Sequence[Path] = ()
    triples: int = 0
    rules: Mapping[str, Rule] = field(default_factory=dict)
    fail_on: Severity = "violation"
    exit_code: int = 0
    seconds: float = 0.0
    root: Path = field(default_factory=Path.cwd)

    @property
    def successful(self) -> bool:
        """Whether the run was a whole one; the findings do not matter."""
        return self.exit_code in SUCCESSFUL

    def is_failure(self, finding: Finding) -> bool:
        """Return whether a finding makes the run fail."""
        return fails([finding], self.fail_on)

    def summary(self) -> str:
        """Return one line: how much was checked, what was found, and what is not told."""
        files, triples = len(self.files), self.triples
        parts = [
            f"{files} file{'' if files == 1 else 's'}, {triples} triple{'' if triples == 1 else 's'}: "
            f"{summary(self.findings)}"
        ]
        for by, words in (("exception", "accepted by exceptions"), ("baseline", "known from the baseline")):
            if count := sum(1 for one in self.suppressed if one.by == by):
                parts.append(f"{count} {words}")
        return f"{'; '.join(parts)}."
