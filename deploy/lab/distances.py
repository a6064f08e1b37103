"""Distances between areas for the lab's transfers: from a file, from the city's rules, or of the real data."""

from __future__ import annotations

import csv
import itertools
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from deploy.real import DISTANCES, MAPPINGS, distance_file, examples
from schemas.errors import FAILURE, USAGE, BaogongError
from streams.core.transfers.settings import Roads, TransferSettings
from streams.publish.fields import FieldRule, taken

Ways = dict[tuple[str, str], int]
"""Kilometres from area to area."""
HEADINGS: Final = ("from", "to", "km")
FARTHEST: Final = 5000
KM_PER_MILE: Final = 1.609344


def read(path: Path) -> Ways:
    """A CSV file (from, to, km; "none": no road), the same both ways unless both are said; BaogongError with the line.

    Pairs without a road are not in the answer, but count as said: a pair of which nothing is said is for `complete`.
    """
    ways: Ways = {}
    said: dict[tuple[str, str], int] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            if set(HEADINGS) - set(rows.fieldnames or ()):
                raise _wrong(path, 1, f"the headings must be {', '.join(HEADINGS)}")
            for row in rows:
                pair, km = _row(path, rows.line_num, row)
                if pair in said:
                    raise _wrong(path, rows.line_num, f"the pair was said in line {said[pair]} already")
                said[pair] = rows.line_num
                ways[pair] = km
    except (OSError, UnicodeDecodeError) as error:
        raise BaogongError(f"Cannot read the distances {path}: {error}.", FAILURE) from error
    for (one, other), km in list(ways.items()):
        ways.setdefault((other, one), km)
    return ways


NO_ROAD: Final = -1


def _row(path: Path, line: int, row: dict[str, Any]) -> tuple[tuple[str, str], int]:
    one, other, said = (str(row[name] or "").strip() for name in HEADINGS)
    if not one or not other or one == other:
        raise _wrong(path, line, "'from' and 'to' must name two areas")
    if said == "none":
        return (one, other), NO_ROAD
    try:
        km = float(said)
    except ValueError:
        raise _wrong(path, line, f'km must be a number, or "none" where there is no road, not {said!r}') from None
    if not 0 <= km <= FARTHEST:
        raise _wrong(path, line, f"km must be between 0 and {FARTHEST}")
    return (one, other), round(km)


def _wrong(path: Path, line: int, why: str) -> BaogongError:
    return BaogongError(f"{path}, line {line}: {why}.", USAGE)


def complete(ways: Ways, areas: Iterable[str], where: object) -> Ways:
    """The roads between these areas; raises BaogongError where nothing is said of a pair of them."""
    for one, other in itertools.permutations(sorted(areas), 2):
        if (one, other) not in ways:
            raise BaogongError(
                f'{where} says no distance from {one} to {other}: add the line {one},{other},KM ("none" for no road).',
                USAGE,
            )
    return {pair: km for pair, km in ways.items() if km != NO_ROAD}


def roads_of(settings: TransferSettings, messages: Iterable[Any], file: Path | None, *, real: bool) -> Roads:
    """The city's roads with the distances of a file or of the real data, if there are such, for all areas in messages.

    Raises BaogongError where a pair of them is missing.
    """
    roads = Roads.of(settings)
    if file is not None:
        return replace(roads, ways=complete(read(file), areas_of(messages), file))
    if real:
        return replace(roads, ways=complete(of_real_data(), areas_of(messages), DISTANCES))
    return roads


def areas_of(messages: Iterable[Any]) -> set[str]:
    """Every area that messages are about."""
    return {area for one in messages if (area := getattr(one, "area", None))}


def of_real_data() -> Ways:
    """Between the made-up areas of the real data: the mean distance of one's donors to the other's recipients."""
    recipients, donors = (_areas(examples() / name) for name in MAPPINGS)
    sums: dict[tuple[str, str], list[float]] = {}
    known: dict[str, str] = {}
    for donor, recipient, miles in _matrix(distance_file()):
        if donor not in known:
            known[donor] = donors(donor)
        if recipient not in known:
            known[recipient] = recipients(recipient)
        pair = sums.setdefault((known[donor], known[recipient]), [0.0, 0])
        pair[0] += miles
        pair[1] += 1
    return {
        (one, other): min(FARTHEST, round(miles / count * KM_PER_MILE))
        for (one, other), (miles, count) in sorted(sums.items())
        if one != other
    }


def _matrix(path: Path) -> Iterator[tuple[str, str, float]]:
    """Donor, recipient, miles; pairs without an item in common are not in it."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        if next(rows, None) != ["don_id", "rec_id", "distance"]:
            raise BaogongError(f"{path} has other columns than {DISTANCES} of ppe-match 0.1.4 has.", FAILURE)
        for donor, recipient, miles in rows:
            yield donor, recipient, float(miles)


def _areas(mapping: Path) -> Any:
    """The area of a name, as this mapping makes it up for `publish`."""
    rule = FieldRule.model_validate(tomllib.loads(mapping.read_text(encoding="utf-8"))["fields"]["area"])
    assert rule.bucket is not None, "areas of the real data are made up from a name"
    column = rule.bucket.column
    return lambda name: taken("area", rule, {column: name}, ())
