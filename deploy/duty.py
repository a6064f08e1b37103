"""Who is on duty for how many open needs, asked of ClickHouse: for `baogong alerts duty` and `baogong status`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sinks.clickhouse import queries
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
    grids: int
    where: tuple[str, ...] = ()
    """The grids by name, where they were asked for."""


def loads(client: Client, place: str = "") -> tuple[Load, ...]:
    """Of a place and all that lies in it (else of everywhere); what nobody has comes first. Reads all decisions."""
    rows = client.rows(_LOAD, {"place": place})
    return tuple(
        Load(owner or None, opened, overdue, len(grids), tuple(grids)) for owner, opened, overdue, grids in rows
    )


def loads_at_hand(client: Client) -> tuple[Load, ...] | None:
    """The same of everywhere from the tables that a running console keeps, in no time; None: there are none yet."""
    if not client.rows("SELECT count() FROM span_plans WHERE stage = 'supply'")[0][0]:
        return None
    now = queries.run(client, "console_moment", {}).dicts()[0]["now"]
    found = queries.run(client, "console_owners", {"as_of": now, "areas": [], "place": ""}).dicts()
    return tuple(Load(row["owner"] or None, row["open_needs"], row["overdue_needs"], row["grids"]) for row in found)


def in_short(found: Sequence[Load]) -> str:
    """One line: open and overdue needs, and how many of them nobody is on duty for."""
    opened, overdue = sum(one.open_needs for one in found), sum(one.overdue_needs for one in found)
    alone = sum(one.open_needs for one in found if one.owner is None)
    duty = f"nobody is on duty for {alone:,}" if alone else "each has somebody on duty" if opened else "none waits"
    return f"open needs: {opened:,}, overdue {overdue:,}; {duty}"
