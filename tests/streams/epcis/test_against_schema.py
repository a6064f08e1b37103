"""Against the official schema: its examples are accepted, and whatever it refuses of their mutants is refused here too.

The other way round this check is stricter on purpose: docs/epcis.md lists the rules beyond the schema.
"""

from __future__ import annotations

import copy
import itertools
import json
from collections.abc import Iterator
from typing import Any

import pytest

from streams.epcis.check import check
from tests.streams.epcis.kit import BEYOND
from tests.streams.epcis.official import WHY_NOT, official_examples, official_schema

EXAMPLES = official_examples()
JUNK: tuple[Any, ...] = (
    None,
    True,
    7,
    -1.5,
    "",
    "x",
    "no uri",
    "x:y",
    "2022-13-45T00:00:00Z",
    [],
    {},
    [{}],
    ["a", "a"],
)
Route = tuple[Any, ...]

pytestmark = pytest.mark.skipif(not EXAMPLES, reason=WHY_NOT)


def _routes(value: Any, route: Route = ()) -> Iterator[Route]:
    yield route
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in parts:
        yield from _routes(inner, (*route, name))


def _mutants(raw: Any) -> Iterator[tuple[str, Any]]:
    """Every place deleted, replaced by junk, doubled, or given a field that nobody knows."""
    for route in itertools.islice(_routes(raw), 1, None):
        *outer, last = route
        for number, junk in enumerate(JUNK):
            yield f"{route}={junk!r}", _with(raw, outer, lambda at, last=last, n=number: at.__setitem__(last, JUNK[n]))
        yield f"del {route}", _with(raw, outer, lambda at, last=last: at.__delitem__(last))
        if isinstance(last, int):
            yield f"twice {route}", _with(raw, outer, lambda at, last=last: at.append(copy.deepcopy(at[last])))
        else:
            yield f"renamed {route}", _with(raw, outer, lambda at, last=last: at.__setitem__("x" + last, at.pop(last)))


def _with(raw: Any, outer: list[Any], change: Any) -> Any:
    made = copy.deepcopy(raw)
    at = made
    for part in outer:
        at = at[part]
    change(at)
    return made


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_official_examples_are_accepted(path):
    assert [str(problem) for problem in check(path.read_bytes()).all_problems] == []


def _compare(path, step: int) -> tuple[int, set[str]]:
    """How many mutants the schema refuses, and the codes with which this check refuses what the schema accepts."""
    validator, refused, beyond = official_schema(), 0, set[str]()
    for what, mutant in itertools.islice(_mutants(json.loads(path.read_bytes())), 0, None, step):
        verdict = check(json.dumps(mutant).encode())
        if not validator.is_valid(mutant):
            refused += 1
            assert not verdict.accepted, f"the schema refuses {what} of {path.name}, this check does not"
        else:
            beyond |= {problem.code for problem in verdict.all_problems}
    return refused, beyond


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_what_the_schema_refuses_is_refused(path):
    refused, beyond = _compare(path, step=17)
    assert refused >= 10
    assert beyond <= BEYOND


@pytest.mark.slow
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_of_every_mutant_what_the_schema_refuses_is_refused(path):
    refused, beyond = _compare(path, step=1)
    assert refused >= 100
    assert beyond <= BEYOND
