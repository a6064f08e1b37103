"""Who is on duty for how many open needs, asked of ClickHouse: for `baogong alerts duty` and `baogong status`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sinks.clickhouse.client import Client

_LOAD: Final = """
    SELECT owner, count(), countIf(overdue), arraySort(groupUniqArray(if(grid = '', area, grid)))
    FROM need_owners
    WHERE %(place)s = '' OR grid = %(place)s OR area = %(place)s OR startsWith(grid, concat(%(place)s, '/'))
        OR startsWith(area, concat(%(place)s, '/'))
    GROUP BY owner
    ORDER BY owner != '', count() DESC, owner"""


@dataclass(frozen=True)
class Load:
    """The open needs of one person on duty; `owner` None: nobody is on duty for them."""

    owner: str | None
    open_needs: int
    overdue_needs: int
    grids: tuple[str, ...]


def loads(client: Client, place: str = "") -> tuple[Load, ...]:
    """Of a place and all that lies in it (else of everywhere); what nobody has comes first."""
    rows = client.rows(_LOAD, {"place": place})
    return tuple(Load(owner or None, opened, overdue, tuple(grids)) for owner, opened, overdue, grids in rows)


def in_short(found: Sequence[Load]) -> str:
    """One line: open and overdue needs, and how many of them nobody is on duty for."""
    opened, overdue = sum(one.open_needs for one in found), sum(one.overdue_needs for one in found)
    alone = sum(one.open_needs for one in found if one.owner is None)
    duty = f"nobody is on duty for {alone:,}" if alone else "each has somebody on duty" if opened else "none waits"
    return f"open needs: {opened:,}, overdue {overdue:,}; {duty}"
