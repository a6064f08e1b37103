"""Whole files that can't be read are told before anything is sent, with the way out."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from schemas.errors import USAGE, BaogongError
from streams.publish.kinds import find_kind
from streams.publish.plan import plan
from tests.streams.publish.kit import RECEIPTS, REQUESTS, planned, read, reasons, receipt, request, rules

COUNTED = """
files = ["count*.csv", "file.csv"]
kind = "stock_counted"
[fields]
lot_id = "批号"
quantity = "数量"
occurred_at = "时间"
area = { constant = "a" }
"""


def refused(folder: Path, data: str, mapping: str = "", **more: object) -> str:
    with pytest.raises(BaogongError) as caught:
        planned(folder, data, mapping, **more)
    assert caught.value.code == USAGE
    assert str(caught.value).startswith(str(folder / "file.csv"))
    return str(caught.value)


def test_missing_columns_are_told_once_for_the_file(tmp_path: Path) -> None:
    said = refused(tmp_path, "lot_id,item,warehouse,quantity,area\n")
    assert "has no column for occurred_at, source, which stock_received needs" in said
    assert "say it with --source and --occurred-at" in said
    assert "has no column for area" in refused(tmp_path, RECEIPTS.replace(",area", ""))


def test_a_misspelt_column_is_not_ignored(tmp_path: Path) -> None:
    said = refused(tmp_path, RECEIPTS.replace("expires_on", "expired_on"), kind=find_kind("stock_received"))
    assert "'expired_on' is not a field of stock_received; did you mean 'expires_on'?" in said


def test_the_kind_is_asked_where_headings_do_not_tell(tmp_path: Path) -> None:
    data = "item,quantity,occurred_at,source,area\n"
    assert "say which with --kind" in refused(tmp_path, data)
    assert planned(tmp_path, data, kind=find_kind("reserve_floor_set"))


def test_headings_twice_are_refused(tmp_path: Path) -> None:
    assert "the heading 'item' stands in columns 2 and 9" in refused(tmp_path, RECEIPTS.strip() + ",item\n")


def test_headings_may_be_in_capitals_and_padded(tmp_path: Path) -> None:
    heading = ", ".join(word.capitalize() for word in REQUESTS.strip().split(",")) + "\n"
    assert reasons(read(tmp_path, heading + request())) == []


def test_a_value_under_no_heading_is_refused_but_empty_columns_are_not(tmp_path: Path) -> None:
    heading = RECEIPTS.strip() + ",,\n"
    row = receipt().strip()
    assert reasons(read(tmp_path, f"{heading}{row},,\n{row},x,\n")) == [(3, "", "no_heading")]


def test_a_rejected_file_may_be_published_when_it_is_mended(tmp_path: Path) -> None:
    heading = RECEIPTS.strip() + ",refused\n"
    assert reasons(read(tmp_path, f"{heading}{receipt().strip()},line 3: some reason\n")) == []


def test_a_mapping_must_find_its_headings(tmp_path: Path) -> None:
    data = "批号,数目,时间\n"
    assert "has no heading '数量', from which the mapping takes 'quantity'" in refused(tmp_path, data, COUNTED)
    assert "its mapping has nothing for source" in refused(tmp_path, "批号,数量,时间\n", COUNTED)
    assert "the heading '数量' stands in columns 2 and 4" in refused(
        tmp_path, "批号,数量,时间,数量\n", COUNTED, source="w"
    )
    assert planned(tmp_path, "批号,数量,时间,备注,备注\n", COUNTED, source="w")


def test_kind_and_mapping_must_agree(tmp_path: Path) -> None:
    said = refused(tmp_path, "批号,数量,时间\n", COUNTED, kind=find_kind("stock_received"), source="w")
    assert "--kind says stock_received, but its mapping says stock_counted" in said


def test_mappings_find_their_files(tmp_path: Path) -> None:
    own = COUNTED.replace('"count*.csv", "file.csv"', '"own*.csv"').replace("批号", "lot")
    for name, text in (("a.toml", COUNTED), ("b.toml", own)):
        (tmp_path / name).write_text(text)
    for name, heading in (("count1.csv", "批号"), ("own1.csv", "lot"), ("count2.csv", "批号")):
        (tmp_path / name).write_text(f"{heading},数量,时间\n")
    files = [str(tmp_path / name) for name in ("count1.csv", "own1.csv", "count2.csv")]
    mappings = [tmp_path / "a.toml", tmp_path / "b.toml"]
    found = plan(files, mappings, rules(source="w"), io.BytesIO())
    (tmp_path / "own1.csv.rejected.csv").write_text("lot,数量,时间,refused\n")
    (again,) = plan([str(tmp_path / "own1.csv.rejected.csv")], mappings, rules(source="w"), io.BytesIO())
    assert "lot" in again.mapping.headings  # type: ignore[union-attr]
    assert ["批号" in one.mapping.headings for one in found] == [True, False, True]  # type: ignore[union-attr]
    (tmp_path / "other.csv").write_text("lot,数量,时间\n")
    with pytest.raises(BaogongError, match=r"no mapping names other\.csv"):
        plan([str(tmp_path / "other.csv")], mappings, rules(), io.BytesIO())


def test_mappings_without_patterns_go_by_order(tmp_path: Path) -> None:
    text = COUNTED.replace('files = ["count*.csv", "file.csv"]', "")
    (tmp_path / "a.toml").write_text(text)
    (tmp_path / "b.toml").write_text(text.replace("批号", "lot"))
    (tmp_path / "1.csv").write_text("批号,数量,时间\n")
    (tmp_path / "2.csv").write_text("lot,数量,时间\n")
    files = [str(tmp_path / "1.csv"), str(tmp_path / "2.csv")]
    mappings = [tmp_path / "a.toml", tmp_path / "b.toml"]
    assert len(plan(files, mappings, rules(source="w"), io.BytesIO())) == 2
    with pytest.raises(BaogongError, match="2 files and 3 mappings"):
        plan(files, [*mappings, mappings[0]], rules(), io.BytesIO())
