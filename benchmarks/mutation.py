"""How much deliberate damage to the data do `kg validate` and `kg evidence` notice?

    python -m benchmarks.mutation --archive DIR --output docs/mutation.md

makes every mutant (or `--sample N` of each kind and file, chosen with `--seed`), runs the checks on each and writes the
report. DIR is the folder of the archived texts; without it `kg evidence` is not asked.
"""

import argparse
import csv
import multiprocessing
import random
import threading
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.mutants import KINDS, Damage, Kind, Mutant, prepare, short

from kg.content import find_content
from kg.dataset import GraphFile, load_dataset

EXCEPTIONS: Final = Path(__file__).resolve().parent.parent / "tests" / "mutation" / "exceptions.csv"
"""Damage of a kind that a check can see and yet cannot: kind, file, predicate, why."""

_PARTS: Final = 8
"""Into how many parts all mutants of a file are dealt, so that both processes have work to the end."""

_PROCESSES: Final = 2


@dataclass(frozen=True)
class Outcome:
    """What became of one mutant. `validate` and `evidence` are the rules that noticed it, or empty texts."""

    kind: str
    file: str
    about: str
    what: str
    validate: str
    evidence: str

    @property
    def noticed(self) -> bool:
        """Whether any check noticed it."""
        return bool(self.validate or self.evidence)


def chosen(damage: Damage, file: GraphFile, kind: Kind, sample: int | None, seed: int) -> list[Mutant]:
    """Return the mutants of a kind and file, or as many as `sample` of them; the same seed gives the same ones."""
    mutants = damage.mutants(file).get(kind, [])
    if sample is None or len(mutants) <= sample:
        return mutants
    return random.Random(f"{seed}:{file.path.stem}:{kind.name}").sample(mutants, sample)  # noqa: S311 not for secrets


def judge(damage: Damage, mutant: Mutant) -> Outcome:
    """Run the checks on one mutant; `kg evidence` only where `kg validate` has not noticed it."""
    dataset = damage.dataset
    rule = damage.noticed_by_validate(mutant)
    return Outcome(
        mutant.kind.name,
        str(mutant.file.path.relative_to(dataset.content.root)),
        short(mutant.about, dataset),
        " ".join([short(mutant.subject, dataset), *(str(o)[:80] for _, _, o in mutant.added or mutant.removed)]),
        rule,
        "" if rule else damage.noticed_by_evidence(mutant),
    )


_damage: list[Damage] = []
"""The data ready to be damaged, where forked processes find them without preparing them again."""


def _work(task: tuple[int, int, int, int | None, int]) -> list[Outcome]:
    """Judge some of the mutants of one file."""
    index, start, parts, sample, seed = task
    damage = _damage[0]
    file = damage.dataset.data[index]
    mutants = [mutant for kind in KINDS for mutant in chosen(damage, file, kind, sample, seed)]
    return [judge(damage, mutant) for mutant in mutants[start::parts]]


def run(damage: Damage, sample: int | None, seed: int) -> list[Outcome]:
    """Judge the mutants of every data file, in two processes where they can be forked."""
    parts = _PARTS if sample is None else 1
    tasks = [(index, start, parts, sample, seed) for index in range(len(damage.dataset.data)) for start in range(parts)]
    may_fork = "fork" in multiprocessing.get_all_start_methods() and threading.active_count() == 1
    _damage[:] = [damage]
    try:
        if not may_fork:
            return [outcome for task in tasks for outcome in _work(task)]
        with multiprocessing.get_context("fork").Pool(_PROCESSES) as pool:
            return [outcome for outcomes in pool.imap(_work, tasks) for outcome in outcomes]
    finally:
        _damage.clear()


def read_exceptions(path: Path = EXCEPTIONS) -> dict[tuple[str, str, str], str]:
    """Return why damage cannot be seen, by kind, file and predicate."""
    with path.open(encoding="utf-8", newline="") as file:
        return {(row["kind"], row["file"], row["predicate"]): row["reason"] for row in csv.DictReader(file)}


def _share(outcomes: Iterable[Outcome]) -> str:
    """Return noticed, made and the share, as three cells. A share is not rounded up to 100."""
    made = [outcome.noticed for outcome in outcomes]
    share = f"{int(1000 * sum(made) / len(made)) / 10:.1f} %" if made else "–"
    return f"{sum(made)} | {len(made)} | {share}"


def report(outcomes: list[Outcome], archive: bool, sample: int | None, seed: int) -> str:
    """Return the report as Markdown."""
    exceptions = read_exceptions()
    files = list(dict.fromkeys(outcome.file for outcome in outcomes))
    command = "python -m benchmarks.mutation" + (" --archive DIR" if archive else "")
    extent = f"{command} --sample {sample} --seed {seed}" if sample is not None else command
    kinds = [kind for kind in KINDS if any(outcome.kind == kind.name for outcome in outcomes)]
    seen = [kind for kind in kinds if kind.visible]
    visible = [outcome for outcome in outcomes if any(outcome.kind == kind.name for kind in seen)]
    lines = [
        "# Deliberate damage",
        "",
        f"Written by `{extent} --output docs/mutation.md`; DIR is the folder of the archived texts.",
        "Each mutant is one change to one data file. It is noticed when `kg validate`"
        + (" or `kg evidence --archive DIR`" if archive else "")
        + " has a violation or a warning that the undamaged data do not have.",
        "",
        f"Of the damage that a check can see, {sum(o.noticed for o in visible)} of {len(visible)} mutants are noticed "
        f"({_share(visible).rpartition('| ')[2]}).",
        "",
        "## Kinds of damage",
        "",
        "| damage | `kg validate` | `kg evidence` | noticed | mutants | share |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for kind in kinds:
        if kind in kinds[len(seen) : len(seen) + 1]:
            lines.append("| *not to be seen in the data alone:* | | | | | |")
        mine = [outcome for outcome in outcomes if outcome.kind == kind.name]
        by = f"{sum(bool(o.validate) for o in mine)} | {sum(bool(o.evidence) for o in mine)}"
        lines.append(f"| {kind.name} | {by} | {_share(mine)} |")
    lines += [
        "",
        "`kg evidence` is asked about what `kg validate` has not noticed. A triple is *required* when a shape's",
        "`sh:minCount` or `sh:qualifiedMinCount` on a property is no longer met without it, or when it is a class;",
        "*one of several* when a minimum is declared and met without it; else *optional*.",
        "",
        "## Files",
        "",
        "Noticed / made, of the kinds that a check can see.",
        "",
        f"| file | {' | '.join(kind.name for kind in seen)} | share |",
        f"|---|{'--:|' * (len(seen) + 1)}",
    ]
    for name in files:
        cells = []
        for kind in seen:
            made = [o.noticed for o in outcomes if o.file == name and o.kind == kind.name]
            cells.append(f"{sum(made)}/{len(made)}" if made else "")
        share = _share(o for o in visible if o.file == name).rpartition("| ")[2]
        lines.append(f"| {name} | {' | '.join(cells)} | {share} |")
    lines += ["", "## Survivors that a check should see", ""]
    survivors = Counter((o.kind, o.file, o.about) for o in visible if not o.noticed)
    if survivors:
        lines += ["| damage | file | predicate | mutants | why |", "|---|---|---|--:|---|"]
        for key, count in sorted(survivors.items()):
            lines.append(f"| {' | '.join(key)} | {count} | {exceptions.get(key, '')} |")
    else:
        lines.append("None.")
    lines += ["", "## Survivors that nothing in the data contradicts", "", "By predicate: survived / made.", ""]
    for kind in kinds[len(seen) :]:
        total = Counter(o.about for o in outcomes if o.kind == kind.name)
        left = Counter(o.about for o in outcomes if o.kind == kind.name and not o.noticed)
        told = [f"`{name}` {count}/{total[name]}" for name, count in sorted(left.items(), key=lambda x: (-x[1], x[0]))]
        lines += [f"- **{kind.name}** ({kind.unseen}): {', '.join(told) or 'none'}."]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Read the arguments, run, and write or print the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--archive", type=Path, metavar="DIR", help="folder of the archived texts")
    parser.add_argument(
        "--sample", type=int, metavar="N", help="at most N mutants of each kind and file (default: all)"
    )
    parser.add_argument("--seed", type=int, default=1, help="which ones to choose (default: 1)")
    parser.add_argument("--output", type=Path, metavar="FILE", help="where to write the report (default: print it)")
    parser.add_argument("--outcomes", type=Path, metavar="FILE", help="also write each mutant as a row of CSV")
    arguments = parser.parse_args()
    damage = prepare(load_dataset(find_content()), arguments.archive)
    outcomes = run(damage, arguments.sample, arguments.seed)
    if arguments.outcomes:
        with arguments.outcomes.open("w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(["kind", "file", "predicate", "what", "validate", "evidence"])
            rows.writerows([o.kind, o.file, o.about, o.what, o.validate, o.evidence] for o in outcomes)
    text = report(outcomes, arguments.archive is not None, arguments.sample, arguments.seed)
    if arguments.output:
        arguments.output.write_text(text, encoding="utf-8")
    else:
        print(text, end="")


if __name__ == "__main__":
    main()
