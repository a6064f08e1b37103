"""Files as they come: encodings, delimiters, quotes, ragged rows, broken JSON."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from schemas.errors import USAGE, BaogongError
from streams.publish.files import Format, Source, open_source
from streams.publish.row import Row


def source(folder: Path, data: str | bytes, name: str = "f.csv") -> Source:
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return open_source(str(path), io.BytesIO())


def rows(folder: Path, data: str | bytes, name: str = "f.csv") -> list[Row]:
    return list(source(folder, data, name).rows())


def wrong(folder: Path, data: str | bytes, name: str = "f.csv") -> BaogongError:
    with pytest.raises(BaogongError) as caught:
        rows(folder, data, name)
    return caught.value


@pytest.mark.parametrize(
    ("encoding", "known_as"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("gb18030", "gb18030"), ("utf-16", "utf-16")],
)
def test_encodings_of_excel_are_read(tmp_path: Path, encoding: str, known_as: str) -> None:
    found = source(tmp_path, "品名,数量\n大米,5\n".encode(encoding))
    assert found.encoding == known_as
    assert found.headings == ("品名", "数量")
    assert [row.cells for row in found.rows()] == [{"品名": "大米", "数量": "5"}]
    assert found.guessed == (encoding == "gb18030")


def test_bytes_of_no_encoding_are_told_with_their_line(tmp_path: Path) -> None:
    error = wrong(tmp_path, b"a,b\n1,2\n\xff\xff\xff,3\n")
    assert error.code == USAGE
    assert "line 3 is neither UTF-8 nor GB18030" in str(error)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_delimiters_are_found_from_the_headings(tmp_path: Path, delimiter: str) -> None:
    found = source(tmp_path, delimiter.join(["a", "b", "c,;"[:1]]) + "\n" + delimiter.join("123") + "\n")
    assert found.delimiter == delimiter
    assert next(found.rows()).cells == {"a": "1", "b": "2", "c": "3"}


def test_quoted_newlines_and_delimiters_belong_to_their_cell(tmp_path: Path) -> None:
    found = rows(tmp_path, 'a,b\r\n"x, y","line 1\r\nline 2"\r\n3,4\r\n')
    assert [(row.line, row.cells) for row in found] == [
        (2, {"a": "x, y", "b": "line 1\r\nline 2"}),
        (4, {"a": "3", "b": "4"}),
    ]
    assert found[0].raw == '"x, y","line 1\r\nline 2"'


def test_blank_rows_are_no_rows(tmp_path: Path) -> None:
    assert [row.line for row in rows(tmp_path, "\n\na,b\n\n1,2\n,\n   \n3,4\n")] == [5, 8]


def test_ragged_rows_have_a_problem_but_trailing_empty_cells_do_not(tmp_path: Path) -> None:
    found = rows(tmp_path, "a,b,c\n1,2\n1,2,3,,\n1,2,3,4\n")
    assert [row.problem.code if row.problem else None for row in found] == ["ragged", None, "ragged"]
    assert "has 2 cells, but the headings are 3" in str(found[0].problem)


def test_a_line_of_50_000_cells_is_one_ragged_row(tmp_path: Path) -> None:
    (row,) = rows(tmp_path, "a,b\n" + "1," * 50_000 + "1\n")
    assert row.problem is not None
    assert len(str(row.problem)) < 200


def told(found: list[Row]) -> list[tuple[int, str | None]]:
    return [(row.line, row.problem.code if row.problem else None) for row in found]


def test_broken_quotes_cost_their_own_lines_only(tmp_path: Path) -> None:
    found = rows(tmp_path, 'a,b\n"x"y,1\n2,3\n"never closed,4\n5,6\n7,8\n')
    assert told(found) == [(2, "malformed"), (3, None), (4, "malformed"), (5, None), (6, None)]
    assert "opened here and never closed" in str(found[2].problem)
    assert [row.raw for row in found[2:]] == ['"never closed,4', "5,6", "7,8"]
    assert found[-1].cells == {"a": "7", "b": "8"}


def test_a_quote_left_open_before_another_costs_its_own_line_only(tmp_path: Path) -> None:
    found = rows(tmp_path, 'a,b\r\n1,"open\r\n2,3\r\n"x, y",4\r\n')
    assert told(found) == [(2, "malformed"), (3, None), (4, None)]
    assert "not closed before the next one in line 4" in str(found[0].problem)
    assert found[2].cells == {"a": "x, y", "b": "4"}


def test_rows_between_two_stray_quotes_are_not_swallowed(tmp_path: Path) -> None:
    body = "".join(f"{n},2,3\n" for n in range(3, 900))
    found = rows(tmp_path, f'a,b,c\n1,2,"open\n{body}900,2,closed"\n901,2,3\n')
    assert told(found)[:2] == [(2, "malformed"), (3, None)]
    assert told(found)[-2:] == [(900, "malformed"), (901, None)]
    assert [row.line for row in found] == list(range(2, 902))
    assert "closed in line 900, and what lies between looks like rows" in str(found[0].problem)
    assert "left open in line 2" in str(found[-2].problem)


def test_two_rows_in_one_quote_are_not_taken_for_one(tmp_path: Path) -> None:
    assert told(rows(tmp_path, 'a,b,c\n1,"x,3\n4,y",6\n7,8,9\n')) == [(2, "malformed"), (3, "malformed"), (4, None)]


def test_lines_of_a_note_are_no_rows(tmp_path: Path) -> None:
    note = "left at the gate,\nas asked, twice, by hand\n\nsee 4"
    (row,) = rows(tmp_path, f'a,b,c\n1,"{note}",3\n')
    assert row.cells["b"] == note


def test_a_file_of_quotes_left_open_is_read_in_one_go(tmp_path: Path) -> None:
    lines = 60_000
    for line in ('"x,1\n', '1,"\n', '"a"",2\n', '\'""",""\n'):
        found = rows(tmp_path, "a,b,c\n" + line * lines)
        assert sum(row.raw.count("\n") + 1 for row in found) == lines


def test_nul_bytes_and_huge_cells_do_no_harm(tmp_path: Path) -> None:
    found = rows(tmp_path, b"a,b\n\x00,1\n" + b"x" * 1_100_000 + b",2\n3,4\n")
    assert [row.problem.code if row.problem else None for row in found] == [None, "malformed", None]


@pytest.mark.parametrize("data", ["", "\n \r\n", "\ufeff"])
@pytest.mark.parametrize("name", ["f.csv", "f.json", "f.jsonl"])
def test_an_empty_file_is_said(tmp_path: Path, data: str, name: str) -> None:
    assert "is empty" in str(wrong(tmp_path, data, name))


def test_headings_alone_are_a_file_without_rows(tmp_path: Path) -> None:
    assert rows(tmp_path, "a,b\n") == []


def test_equal_headings_are_known(tmp_path: Path) -> None:
    assert source(tmp_path, "a,b,a,,\n").doubled() == {"a": [1, 3]}


def test_unreadable_headings_are_said(tmp_path: Path) -> None:
    assert "heading line can't be read" in str(wrong(tmp_path, 'a,"b\n1,2\n'))


def test_json_lines_keep_their_line_numbers(tmp_path: Path) -> None:
    found = rows(tmp_path, '{"a": 1}\n\n{"a": }\n[1]\n{"a": NaN}\n{"a": 1, "a": 2}\n{"a": 1.50}\n', "f.jsonl")
    assert [(row.line, row.problem.code if row.problem else None) for row in found] == [
        (1, None),
        (3, "malformed"),
        (4, "malformed"),
        (5, "malformed"),
        (6, "malformed"),
        (7, None),
    ]
    assert str(found[-1].cells["a"]) == "1.50"


@pytest.mark.parametrize("poison", ["[" * 100_000, '{"a":' * 100_000, '{"a": ' + "9" * 10_000 + "}", "\x00", "nul"])
def test_poison_in_json_lines_is_one_malformed_row(tmp_path: Path, poison: str) -> None:
    found = rows(tmp_path, f'{poison}\n{{"a": 1}}\n', "f.jsonl")
    assert [row.problem.code if row.problem else None for row in found] == ["malformed", None]
    assert len(str(found[0].problem)) < 200


def test_json_arrays_tell_the_line_of_each_object(tmp_path: Path) -> None:
    found = rows(tmp_path, '[\n{"a": 1},\n\n  {"a":\n 2}, {"a": 3},\n 7]\n', "f.json")
    assert [(row.line, row.cells.get("a"), row.problem is None) for row in found] == [
        (2, 1, True),
        (4, 2, True),
        (5, 3, True),
        (6, None, False),
    ]


def test_one_json_object_is_one_row(tmp_path: Path) -> None:
    assert [row.cells for row in rows(tmp_path, ' {"a": " x "} ', "f.json")] == [{"a": "x"}]


@pytest.mark.parametrize(
    "data", ["[{}", '[{"a": 1} {"a": 2}]', '{"a": 1} 2', "[1,", "{", "[" * 100_000, '[{"a": NaN}]']
)
def test_broken_json_is_said_before_anything_is_read(tmp_path: Path, data: str) -> None:
    error = wrong(tmp_path, data, "f.json")
    assert error.code == USAGE
    assert "f.json is not valid JSON: line 1:" in str(error)
    assert len(str(error)) < 300


def test_files_that_are_not_there_or_of_no_known_kind(tmp_path: Path) -> None:
    with pytest.raises(BaogongError, match=r"Cannot read .*missing\.csv: No such file"):
        open_source(str(tmp_path / "missing.csv"), io.BytesIO())
    with pytest.raises(BaogongError, match="Is a directory"):
        (tmp_path / "folder.csv").mkdir()
        open_source(str(tmp_path / "folder.csv"), io.BytesIO())
    with pytest.raises(BaogongError, match="Say how standard input is written: --format"):
        open_source("-", io.BytesIO(b"a\n1\n"))


def test_standard_input_is_read_in_the_format_said() -> None:
    found = open_source("-", io.BytesIO(b'{"a": 1}\n{"a": 2}\n'), Format.JSONL)
    assert [row.cells for row in found.rows()] == [{"a": 1}, {"a": 2}]
