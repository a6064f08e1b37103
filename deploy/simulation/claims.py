"""Claims and whether they hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from schemas.errors import FAILURE, BaogongError


@dataclass(frozen=True, slots=True)
class Check:
    """One claim: whether it holds, and the figures on both sides."""

    name: str
    holds: bool
    detail: str


def same(name: str, here: Any, there: Any, words: str = "") -> Check:
    """A claim that two figures (or counts by name) are equal; the detail names the first difference."""
    if here == there:
        return Check(name, True, words or _said(here))
    if isinstance(here, dict) and isinstance(there, dict):
        key = min(key for key in {*here, *there} if here.get(key, 0) != there.get(key, 0))
        return Check(name, False, f"{key}: {_said(here.get(key, 0))} and {_said(there.get(key, 0))}")
    if isinstance(here, list) and isinstance(there, list):
        return Check(name, False, f"{len(here):,} and {len(there):,}, first {_first_difference(here, there)}")
    return Check(name, False, f"{_said(here)} and {_said(there)}")


def _said(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value}"


def _first_difference(here: list[Any], there: list[Any]) -> str:
    """What one side has and the other has not, or has elsewhere."""
    for one, other in zip_longest(here, there, fillvalue="nothing"):
        if one != other:
            return f"{_said(one)} and {_said(other)}"
    return "none"


def insist(checks: Sequence[Check]) -> None:
    """Raise BaogongError with the names of the claims that do not hold, if there are any."""
    failed = [check.name for check in checks if not check.holds]
    if failed:
        raise BaogongError(f"{len(failed)} of {len(checks)} claims did not hold: {'; '.join(failed)}.", FAILURE)
