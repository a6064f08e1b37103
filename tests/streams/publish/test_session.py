"""Whole calls without Kafka: counts add up whatever the file, order by time, rejected rows as they came."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.errors import BaogongError
from streams.publish.files import Format
from streams.publish.rejected import RejectedFile, rejected_path
from streams.publish.report import Report
from streams.publish.run import Built, Known, Refusal, results
from streams.publish.session import publish
from tests.streams.publish.kit import RECEIPTS, REQUESTS, dry, planned, receipt, request

SETTINGS = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def adds_up(report: Report) -> bool:
    said = report.as_json()
    whole = said["lines"] == said["published"] + said["repeated"] + said["refused"]
    return whole and said["refused"] == sum(reason["lines"] for reason in said["reasons"]) == len(said["refusals"])


CELLS = st.one_of(
    st.sampled_from(
        ["", "rice", "gold", "5", "0", "-1", "1e14", "0.5", "nan", "r1", "r2", "h1", "=1+1", "#N/A", "a b"]
    ),
    st.sampled_from(["2022-04-01T08:00:00+08:00", "2022-04-01 08:00", '"', "'", "\n", "\x00", "，", "大米"]),
    st.text(max_size=6),
)


@SETTINGS
@given(rows=st.lists(st.lists(CELLS, max_size=10), max_size=12), good=st.integers(0, 3), quoted=st.booleans())
def test_every_line_is_published_repeated_or_refused(
    tmp_path: Path, rows: list[list[str]], good: int, quoted: bool
) -> None:
    buffer = io.StringIO()
    csv.writer(buffer, quoting=csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL).writerows(rows)
    body = buffer.getvalue() if quoted else "\n".join(",".join(row) for row in rows) + "\n"
    data = REQUESTS + "".join(request(n) for n in range(good)) + body
    (one,) = planned(tmp_path, data.encode("utf-8", "replace"))
    report = dry([one])
    assert adds_up(report)
    assert report.files[0].lines == sum(1 for _ in one.source.rows())
    assert report.messages >= min(good, 1) or good == 0


@SETTINGS
@given(st.binary(max_size=300), st.sampled_from(["file.csv", "file.json", "file.jsonl"]))
def test_any_bytes_end_in_a_sentence_or_a_report(tmp_path: Path, data: bytes, name: str) -> None:
    try:
        report = dry(planned(tmp_path, data, name=name))
    except BaogongError as error:
        assert str(error).endswith(".")
        assert "\n" not in str(error)
    else:
        assert adds_up(report)


def test_merge_sends_by_time_over_all_files(tmp_path: Path) -> None:
    def at(hour: int) -> str:
        return f"2022-04-01T{hour:02}:00:00+08:00"

    def line(text: str, hour: int) -> str:
        return text.replace("2022-04-01T08:00:00+08:00", at(hour))

    (requests,) = planned(tmp_path, REQUESTS + line(request(1), 9) + line(request(2), 7), name="a.csv")
    (stock,) = planned(tmp_path, RECEIPTS + line(receipt(1), 8) + line(receipt(2), 9), name="b.csv")
    sent = []

    class Recorder:
        def send(self, message: object, topic: object) -> None:
            sent.append(getattr(message, "request_id", None) or getattr(message, "lot_id", None))

        def flush(self) -> None:
            sent.append("flush")

    publish([requests, stock], Recorder(), merge=True, folder=tmp_path)  # type: ignore[arg-type]
    assert sent == ["r2", "lot1", "r1", "lot2", "flush"]  # ties: in the order of the files
    sent.clear()
    publish([requests, stock], Recorder(), merge=False, folder=tmp_path)  # type: ignore[arg-type]
    assert sent == ["r1", "r2", "lot1", "lot2", "flush"]


def refused_file(folder: Path, data: bytes, name: str = "file.csv") -> tuple[Path, bytes]:
    (one,) = planned(folder, data, name=name)
    path = rejected_path(one.source, None)
    assert path is not None
    with RejectedFile(path) as rejected:
        rejected.write(one.source, [found for found in results(one, Known()) if isinstance(found, Refusal)])
    return path, path.read_bytes() if path.exists() else b""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_rejected_rows_keep_their_own_text_and_encoding(tmp_path: Path, encoding: str) -> None:
    row = '"lot1","黄金",w1," 5 ",,2022-04-01T08:00:00+08:00,"a,""b""",sh/a1'
    path, data = refused_file(tmp_path, (RECEIPTS + receipt(2) + row + "\n").encode(encoding))
    assert path.name == "file.csv.rejected.csv"
    header, refused = data.decode(encoding).splitlines()
    assert header == RECEIPTS.strip() + ",refused"
    assert refused.startswith(row + ',"line 3: ') or refused.startswith(row + ",line 3: ")
    assert "'黄金' is not in the item catalogue" in refused


def test_a_rejected_file_published_again_is_refused_again_for_the_same_rows(tmp_path: Path) -> None:
    data = RECEIPTS + receipt(1, quantity="0.5") + "short,row\n" + receipt(2)[:-1] + ",x,y\n" + '"a"b,c\n'
    _, first = refused_file(tmp_path, data.encode())
    report = dry(planned(tmp_path, first, name="again.csv"))
    assert (report.messages, report.refused) == (0, 4)


def test_a_good_run_leaves_no_stale_rejected_file(tmp_path: Path) -> None:
    path, _ = refused_file(tmp_path, (RECEIPTS + receipt(quantity="no")).encode())
    assert path.exists()
    refused_file(tmp_path, (RECEIPTS + receipt()).encode())
    assert sorted(one.name for one in tmp_path.iterdir()) == ["file.csv"]


def test_refused_json_is_a_csv_of_objects_and_reasons(tmp_path: Path) -> None:
    _, data = refused_file(tmp_path, b'{"lot_id": "a,\\"b"}\n', "file.jsonl")
    header, row = csv.reader(io.StringIO(data.decode()))
    assert header == ["json", "refused"]
    assert row[0] == '{"lot_id": "a,\\"b"}'


def test_where_nothing_can_be_written_nothing_is_sent(tmp_path: Path) -> None:
    inputs = planned(tmp_path, RECEIPTS + receipt())
    with pytest.raises(BaogongError, match="name a directory of yours with --rejected DIR"):
        publish(inputs, object(), merge=False, folder=tmp_path / "none")  # type: ignore[arg-type]


def test_standard_input_has_a_rejected_file_only_where_one_is_asked_for(tmp_path: Path) -> None:
    from streams.publish.files import open_source

    source = open_source("-", io.BytesIO(b"a\n1\n"), Format.CSV)
    assert rejected_path(source, None) is None
    assert rejected_path(source, tmp_path) == tmp_path / "stdin.rejected.csv"


def test_the_report_counts_by_topic_and_reason(tmp_path: Path) -> None:
    rows = receipt(1) + receipt(1) + receipt(2, quantity="1e14") + receipt(3, item="gold")
    (one,) = planned(tmp_path, RECEIPTS + rows)
    said = dry([one]).as_json()
    assert {k: said[k] for k in ("lines", "published", "repeated", "refused", "messages", "topics")} == {
        "lines": 4,
        "published": 1,
        "repeated": 1,
        "refused": 2,
        "messages": 1,
        "topics": {"stock.events.v1": 1},
    }
    assert {(reason["code"], reason["field"]) for reason in said["reasons"]} == {
        ("over_limit", "quantity"),
        ("unknown_item", "item"),
    }
    assert any(isinstance(found, Built) for found in results(one, Known()))
