"""Mappings: their headings, words, units and times become our fields, or a sentence says what is wrong with them."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.errors import USAGE, BaogongError
from streams.publish.mapping import load_mapping
from tests.streams.publish.kit import messages, read, reasons

STOCK = """
kind = "stock_received"
timezone = "Asia/Shanghai"
unknown = ["-", "不详"]
[fields]
source = { constant = "wh-7" }
warehouse = { constant = 7 }
area = { template = "sh/{区}/{街道}" }
lot_id = { column = "批号" }
item = { column = "品名", values = { "大米" = "rice", "牛奶" = "milk" } }
occurred_at = { column = "时间", formats = ["%Y/%m/%d %H:%M"] }
expires_on = "有效期"
[fields.quantity]
column = "数量"
units = { column = "单位", factors = { "袋" = 1, "半袋" = 0.5 }, per = "品名", each = { "牛奶" = { "箱" = 24 } } }
"""
WORDS = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=12)
HEADINGS = "批号,品名,数量,单位,时间,有效期,区,街道\n"


def test_a_row_is_mapped_whole(tmp_path: Path) -> None:
    found = read(tmp_path, HEADINGS + "L1,大米,30,袋,2022/04/01 08:00,不详,mh,a1\n", STOCK)
    (message,) = messages(found)
    assert message.model_dump(mode="json", exclude={"event_id"}, exclude_defaults=True) == {
        "kind": "stock_received",
        "source": "wh-7",
        "warehouse": "7",
        "area": "sh/mh/a1",
        "lot_id": "L1",
        "item": "rice",
        "quantity": 30,
        "occurred_at": "2022-04-01T00:00:00Z",
    }


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("L1,牛奶,3,箱,2022/04/01 08:00,,mh,a1", 72),
        ("L1,大米,3,箱,2022/04/01 08:00,,mh,a1", ("quantity", "unknown_unit")),
        ("L1,大米,3,,2022/04/01 08:00,,mh,a1", ("quantity", "unknown_unit")),
        ("L1,大米,4,半袋,2022/04/01 08:00,,mh,a1", 2),
        ("L1,大米,3,半袋,2022/04/01 08:00,,mh,a1", ("quantity", "fraction")),
        ("L1,大米,-,袋,2022/04/01 08:00,,mh,a1", ("quantity", "missing")),
        ("L1,面粉,3,袋,2022/04/01 08:00,,mh,a1", ("item", "unmapped_word")),
        ("L1,大米,3,袋,2022-04-01 08:00,,mh,a1", ("occurred_at", "not_a_time")),
        ("L1,大米,3,袋,2022/04/01 08:00,,mh,", ("area", "missing")),
        (",大米,3,袋,2022/04/01 08:00,,mh,a1", ("lot_id", "missing")),
    ],
)
def test_rows_by_unit_word_and_time(tmp_path: Path, row: str, expected: int | tuple[str, str]) -> None:
    found = read(tmp_path, HEADINGS + row + "\n", STOCK)
    if isinstance(expected, int):
        assert [message.quantity for message in messages(found)] == [expected]
    else:
        assert reasons(found) == [(2, *expected)]


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=12), min_size=4, max_size=4, unique=True
    ),
    st.integers(1, 1000),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_any_headings_delimiter_and_encoding_lead_to_the_same_message(
    tmp_path: Path, headings: list[str], quantity: int, delimiter: str, encoding: str
) -> None:
    lot, item, count, when = headings
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=delimiter)
    writer.writerows([headings, ["L1", "rice", quantity, "2022-04-01T08:00:00+08:00"]])
    mapping = f"""
kind = "stock_received"
[fields]
source = {{ constant = "w" }}
warehouse = {{ constant = "w" }}
area = {{ constant = "a" }}
lot_id = "{lot}"
item = "{item}"
quantity = "{count}"
occurred_at = "{when}"
"""
    (message,) = messages(read(tmp_path, buffer.getvalue().encode(encoding), mapping))
    assert (message.lot_id, message.item, message.quantity) == ("L1", "rice", quantity)
    plain = (
        "lot_id,item,quantity,warehouse,source,area,occurred_at\n" + f"L1,rice,{quantity},w,w,a,2022-04-01T00:00:00Z\n"
    )
    assert messages(read(tmp_path, plain)) == [message]  # the derived id too


def test_buckets_are_stable_and_within_their_count(tmp_path: Path) -> None:
    mapping = """
kind = "request_cancelled"
[fields]
source = { constant = "w" }
area = { template = "us/{bucket}", bucket = { column = "who", count = 4 } }
request_id = "id"
occurred_at = { constant = "2022-04-01T00:00:00Z" }
"""
    rows = "".join(f"{n},person{n}\n" for n in range(200))
    areas = [message.area for message in messages(read(tmp_path, "id,who\n" + rows, mapping))]
    assert set(areas) == {"us/0", "us/1", "us/2", "us/3"}
    assert areas[:3] == ["us/2", "us/2", "us/3"]  # the same on every machine and in every process
    assert reasons(read(tmp_path, "id,who\n1,\n", mapping)) == [(2, "area", "missing")]


def test_prefix_and_values_that_are_kept(tmp_path: Path) -> None:
    mapping = """
kind = "request_cancelled"
[fields]
source = { constant = "w" }
area = { column = "grid", prefix = 6, values = { "310112" = "minhang" }, other_values = "keep" }
request_id = "id"
occurred_at = { constant = "2022-04-01T00:00:00Z" }
"""
    found = messages(read(tmp_path, "id,grid\n1,310112-005\n2,310115-001\n", mapping))
    assert [message.area for message in found] == ["minhang", "310115"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("kind = ", "is not valid TOML"),
        ("[fields]\n", "key 'fields': Dictionary should have at least 1 item"),
        ('kind = "x"\n[fields]\na = "b"\n', "there is no kind of message 'x'"),
        ('kind = "stock_counted"\n[fields]\nlot = "b"\n', "stock_counted has no field 'lot'; it has"),
        ('[fields]\n\nlot_id = { colum = "b" }\n', "line 3, key 'fields.lot_id.colum'"),
        ("[fields]\nlot_id = { prefix = 3 }\n", "line 2, key 'fields.lot_id': say exactly one of column, constant or"),
        ('[fields]\na = { column = "b", constant = "c" }\n', "say exactly one of"),
        ('[fields]\na = { template = "x{bucket}", bucket = { column = "b", count = 0 } }\n', "greater than 0"),
        ('[fields]\na = { template = "x", bucket = { column = "b", count = 2 } }\n', "go together"),
        ('[fields]\na = { column = "b", units = { column = "u" } }\n', "units need factors"),
        ('[fields]\na = { column = "b", units = { column = "u", factors = { x = 0 } } }\n', "greater than 0"),
        ('timezone = "Mars/Phobos"\n[fields]\na = "b"\n', "line 1, key 'timezone': 'Mars/Phobos' is not a time zone"),
        ('identical_rows = "maybe"\n[fields]\na = "b"\n', "line 1, key 'identical_rows'"),
        ('formats = 3\n[fields]\na = "b"\n', "line 1, key 'formats'"),
    ],
)
def test_a_wrong_mapping_is_told_by_file_line_and_key(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text(text)
    with pytest.raises(BaogongError) as caught:
        load_mapping(path)
    assert caught.value.code == USAGE
    assert str(path) in str(caught.value)
    assert said in str(caught.value)


def test_a_mapping_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BaogongError, match=r"Cannot read the mapping .*none\.toml: No such file"):
        load_mapping(tmp_path / "none.toml")
