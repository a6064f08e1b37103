"""docs/ledger.md is true: its example is what the software writes, and the verifier made from it accepts just that.

After a change of the format, `python -m tests.independent.test_document` writes the example anew.
"""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, datetime
from pathlib import Path

from schemas.ledger import GENESIS, RecordKind, Rejection, SourcePosition
from schemas.topics import DECLARED, LEDGERS, SOURCES
from streams.ledger.findings import Code
from streams.ledger.record import Draft, digest, encode, preamble, signature
from tests.independent import verifier

PAGE = Path(__file__).parents[2] / "docs" / "ledger.md"
BEGIN, END = "<!-- example: made by tests/independent/test_document.py -->", "<!-- /example -->"
AT = datetime(2022, 4, 1, 8, 30, tzinfo=UTC)
EVENT = (
    '{"kind": "request_filed", "event_id": "hotline-1", "occurred_at": "2022-04-01T16:29:58+08:00",'
    ' "source": "hotline", "area": "sh/pd/a1", "request_id": "r-1", "requester_id": "h-17",'
    ' "lines": [{"item": "rice", "quantity": 2}], "taken_by": "grid-7", "note": "\\u5927\\u7c73 大米"}'
).encode()
DECISIONS = b'[{"type":"need_opened","need_id":"r-1:rice"}]'
BROKEN = b"{not json"


def values() -> list[bytes]:
    """The four records of the example."""
    tick = b'{"kind":"clock_ticked","at":"2022-04-01T08:30:00Z"}'
    refusal = Rejection(code="not_json", reason="Not JSON.", size=len(BROKEN), sha256=digest(BROKEN))
    request = SourcePosition(topic="supply.requests.v1", partition=0, offset=0, timestamp_ms=1648801798000)
    stock = SourcePosition(topic="stock.events.v1", partition=0, offset=3, timestamp_ms=1648801799500, gap=3)
    drafts = [
        Draft(RecordKind.OPENED, None, AT),
        Draft(RecordKind.TICKED, None, AT, event=tick),
        Draft(RecordKind.DECIDED, request, AT, event=EVENT, decisions=DECISIONS),
        Draft(RecordKind.REJECTED, stock, AT, rejection=refusal),
    ]
    head, sign, prev, made = preamble("supply", 0), signature("node1-4711-1648801800000", "baogong-0.1.0"), GENESIS, []
    for seq, draft in enumerate(drafts):
        made.append(encode(draft, preamble=head, signature=sign, seq=seq, prev=prev))
        prev = digest(made[-1])
    return made


def render() -> str:
    """The example as it stands in the page."""
    parts = []
    for offset, value in enumerate(values()):
        parts.append(f"Offset {offset}:\n\n```json\n{value.decode()}\n```\n\nSHA-256 `{digest(value)}`\n")
    told = f"The refused message was the {len(BROKEN)} bytes `{BROKEN.decode()}`, and offsets 0 to 2 of its topic"
    return "\n".join([*parts, f"{told} do not exist.\n"])


def shown() -> list[tuple[bytes, str]]:
    """Values and hashes as a reader of the page finds them."""
    text = PAGE.read_text(encoding="utf-8")
    return [(v.encode(), h) for v, h in re.findall(r"```json\n(.*)\n```\n\nSHA-256 `([0-9a-f]{64})`", text)]


def test_the_example_is_what_the_software_writes() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert text[text.index(BEGIN) + len(BEGIN) : text.index(END)] == f"\n{render()}"


def test_its_hashes_are_those_of_its_bytes() -> None:
    assert len(shown()) == 4
    for value, said in shown():
        assert hashlib.sha256(value).hexdigest() == said


def test_the_independent_verifier_accepts_it() -> None:
    records = {0: [(offset, value) for offset, (value, _) in enumerate(shown())]}
    ends = {"supply.requests.v1": {0: 1}, "stock.events.v1": {0: 4}}
    assert verifier.check("supply", records, ends) == []
    sources = {
        "supply.requests.v1": {0: {0: (1648801798000, EVENT)}},
        "stock.events.v1": {0: {3: (1648801799500, BROKEN)}},
    }
    assert verifier.check("supply", records, ends, sources) == []


def test_the_event_is_embedded_as_it_came() -> None:
    assert b',"event":' + EVENT + b',"rejection":null' in shown()[2][0]
    assert json.loads(shown()[2][0])["event"]["note"] == "大米 大米"


def test_topics_and_findings_are_all_named() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for stage, ledger in LEDGERS.items():
        sources = [topic.name for topic in SOURCES[stage]]
        assert set(sources) == {topic.name for topic in DECLARED if stage in topic.readers}
        assert f"| `{stage}` | `{ledger.name}` | {', '.join(f'`{name}`' for name in sources)} |" in text
        assert verifier.LEDGERS[stage] == (ledger.name, sources)
    for code in Code:
        assert f"`{code}`" in text


if __name__ == "__main__":
    page = PAGE.read_text(encoding="utf-8")
    start, end = page.index(BEGIN) + len(BEGIN), page.index(END)
    PAGE.write_text(f"{page[:start]}\n{render()}{page[end:]}", encoding="utf-8")
