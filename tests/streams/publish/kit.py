"""Files in memory, and what publishing makes of them; no Kafka."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path
from typing import Any

from schemas.item import Catalogue, Item
from streams.publish.build import Rules
from streams.publish.plan import plan
from streams.publish.report import Report
from streams.publish.run import Built, Input, Known, Refusal, results
from streams.publish.session import publish

NOW = dt.datetime(2022, 4, 10, tzinfo=dt.UTC)
CATALOGUE: Catalogue = {
    code: Item(code=code, name_zh=code, name_en=code, unit="piece", request_limit=1000, lot_limit=100_000)
    for code in ("rice", "milk", "insulin")
}
AT = "2022-04-01T08:00:00+08:00"

REQUESTS = "request_id,requester_id,item,quantity,taken_by,occurred_at,source,area\n"
RECEIPTS = "lot_id,item,warehouse,quantity,expires_on,occurred_at,source,area\n"


def request(n: int = 1, *, item: str = "rice", quantity: str = "5", who: str = "h1") -> str:
    """One line under REQUESTS."""
    return f"r{n},{who},{item},{quantity},hotline,{AT},hotline,sh/a1\n"


def receipt(n: int = 1, *, item: str = "rice", quantity: str = "500") -> str:
    """One line under RECEIPTS."""
    return f"lot{n},{item},w1,{quantity},2022-12-31,{AT},w1,sh/a1\n"


def rules(**more: Any) -> Rules:
    """The rules of a call without flags."""
    return Rules(catalogue=CATALOGUE, now=NOW, **more)


def planned(folder: Path, data: str | bytes, mapping: str = "", name: str = "file.csv", **more: Any) -> list[Input]:
    """A file written to `folder` and planned, with the text of a mapping where there is one."""
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    mappings = []
    if mapping:
        mappings.append(folder / "mapping.toml")
        mappings[0].write_text(mapping, encoding="utf-8")
    return plan([str(path)], mappings, rules(**more), io.BytesIO())


def read(folder: Path, data: str | bytes, mapping: str = "", name: str = "file.csv", **more: Any) -> list[Any]:
    """What each row or group of rows of a file becomes."""
    return list(results(planned(folder, data, mapping, name, **more)[0], Known()))


def messages(found: list[Any]) -> list[Any]:
    """The messages that would be sent."""
    return [one.message for one in found if isinstance(one, Built) and not one.repeats]


def reasons(found: list[Any]) -> list[tuple[int, str, str]]:
    """Line, field and code of every problem."""
    refusals = [one for one in found if isinstance(one, Refusal)]
    return [(one.row.line, problem.field, problem.code) for one in refusals for problem in one.problems]


def dry(inputs: list[Input], merge: bool = False) -> Report:
    """The report of a call that sends nothing."""
    return publish(inputs, None, merge=merge, folder=None)
