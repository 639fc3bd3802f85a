"""Random edits of the content: we find what pySHACL finds when it is run whole, on cuts of the content to be quick.

`benchmarks/shacl.py edits` does the same on the whole content.
"""

import random
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from benchmarks.shacl import Job, content, edited, jobs, keys, peer

from kg.located import LocatedGraph
from kg.project import read_project
from kg.shacl import Session, validate
from kg.shacl.terms import SUBCLASS

ROOT = Path(__file__).resolve().parents[2]
EDITS_A_BATCH = 60
SUBJECTS_A_CUT = 15


@cache
def scopes() -> list[Job]:
    """Return the validations of the content, those with few shapes and those with many in turn."""
    project = read_project(ROOT)
    return jobs(project.scopes, content(project))


def cut(graph: LocatedGraph, chance: random.Random) -> LocatedGraph:
    """Return the triples of some subjects that follow each other, and every subclass axiom."""
    subjects = list(graph.subjects)
    start = chance.randrange(max(1, len(subjects) - SUBJECTS_A_CUT))
    kept = frozenset(subjects[start : start + SUBJECTS_A_CUT])
    rows: list[Any] = [
        row
        for row in zip(graph.triples, graph.objects, graph.predicates, strict=True)
        if row[0][0] in kept or row[0][1] == SUBCLASS
    ]
    triples, objects, predicates = ([row[place] for row in rows] for place in range(3))
    described = {triple[0] for triple in triples}
    positions = {subject: place for subject, place in graph.subjects.items() if subject in described}
    return replace(graph, triples=triples, objects=objects, predicates=predicates, subjects=positions)


def small(job: Job, chance: random.Random) -> Job:
    """Return a validation by one file of shapes on cuts of a few files of data, the first of which is edited."""
    files = [*(job.focus or ()), *chance.sample(job.data, k=min(4, len(job.data)))]
    cuts = {id(file): cut(file, chance) for file in files if file.triples}
    first = next(iter(cuts))
    cuts[first] = edited(cuts[first], chance)
    focus = None if job.focus is None else tuple(cuts[id(file)] for file in job.focus if id(file) in cuts)
    prefixes = [graph for graph in job.shapes if graph.path.stem.endswith("shapes")]
    return Job((chance.choice(job.shapes), *prefixes), tuple(cuts.values()), focus)


@pytest.mark.parametrize("seed", range(3))
def test_edits(seed: int) -> None:
    chance = random.Random(seed)
    session = Session()
    found = 0
    for _ in range(EDITS_A_BATCH):
        job = small(chance.choice(scopes()), chance)
        validation = validate(*job, session)
        assert keys(validation) == peer(job)
        assert validation.problems == ()
        found += len(validation.results)
    assert found > 10
