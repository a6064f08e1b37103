"""`baogong report`: its formats and files, its times, and statements that `baogong sql` answers alike."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from deploy.cli import cli
from schemas.errors import USAGE, BaogongError
from tests.databases import Databases
from tests.sinks.report.town import A1, A2


@pytest.fixture
def url(town_url: str) -> str:
    """A database that holds the town's ledgers."""
    return town_url


def run(url: str, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["report", *arguments, "--clickhouse", url], standalone_mode=False)


def refusal(url: str, *arguments: str) -> str:
    done = run(url, *arguments)
    assert isinstance(done.exception, BaogongError) and done.exception.code == USAGE
    return str(done.exception)


def test_a_terminal_reads_the_report_in_its_language(url: str) -> None:
    chinese, english = run(url), run(url, "--lang", "en", "--timezone", "UTC")
    assert "每日会商" in chinese.stdout and "冻鱼" in chinese.stdout and "2022-04-04 15:59:59" in chinese.stdout
    assert "Daily situation report" in english.stdout and "Frozen fish" in english.stdout
    assert "2022-04-04 07:59:59" in english.stdout and "not home" in english.stdout


def test_as_of_shows_what_was_known_then(url: str) -> None:
    """Two nights earlier r3 waits and nothing else; a time without offset is of the zone."""
    found = json.loads(run(url, "--json", "--as-of", "2022-04-03T10:00").stdout)
    assert found["as_of"] == "2022-04-03T02:00:00+00:00" and found["since"] == "2022-04-02T02:00:00+00:00"
    (needs,) = found["sections"]["needs"]["rows"]
    assert (needs["asked"], needs["filled"], needs["open_needs"]) == (1, 0, 1)
    same = json.loads(run(url, "--json", "--as-of", "2022-04-03T02:00Z", "--timezone", "UTC").stdout)
    assert same == found
    longer = json.loads(run(url, "--json", "--as-of", "2022-04-03T10:00", "--since", "2022-04-01T00:00").stdout)
    assert longer["sections"]["needs"]["rows"][0]["asked"] == 3


def test_a_printed_statement_asks_the_same_question(url: str) -> None:
    statement = run(url, "--sql", "needs_area", "--area", A1).stdout
    again = CliRunner().invoke(
        cli, ["sql", "-", "--format", "json", "--clickhouse", url], input=statement, standalone_mode=False
    )
    report = json.loads(run(url, "--json", "--area", A1).stdout)
    assert json.loads(again.stdout) == report["sections"]["needs_area"]["rows"]
    assert len(report["sections"]["needs_area"]["rows"]) == 1


def test_one_table_as_csv_has_the_names_of_the_sql(url: str) -> None:
    rows = list(csv.DictReader(io.StringIO(run(url, "--format", "csv", "--section", "deliveries").stdout)))
    assert [(row["area"], row["ordered"], row["failed"]) for row in rows] == [(A1, "2", "1"), (A2, "1", "0")]


def test_files_are_written_whole(url: str, tmp_path: Path) -> None:
    for form in ("table", "markdown", "csv", "json", "html"):
        path = tmp_path / form
        assert run(url, "--format", form, "--output", str(path)).stdout == ""
        assert "sh/pd/a2" in path.read_text(encoding="utf-8")
    assert (tmp_path / "csv").read_bytes().startswith(b"\xef\xbb\xbf")
    assert (tmp_path / "html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert "Cannot write" in refusal(url, "--output", str(tmp_path / "no" / "where"))


def test_wrong_words_are_one_sentence(url: str) -> None:
    assert "write it as 2022-04-02T08:00" in refusal(url, "--as-of", "yesterday")
    assert "is not a zone" in refusal(url, "--timezone", "Mars")
    assert "no table 'gold': name one of needs, needs_area" in refusal(url, "--section", "gold")
    assert "not known in full yet" in refusal(url, "--as-of", "2030-01-01T00:00")
    assert "begins before it ends" in refusal(url, "--as-of", "2022-04-03T10:00", "--since", "2022-04-03T10:00")
    for end in ("0001-01-01T00:00", "9999-12-31T23:59:59-14:00", "1970-06-01", "2200-01-01"):
        assert "from 1971 to 2199" in refusal(url, "--as-of", end)
    assert "from 1971 to 2199" in refusal(url, "--as-of", "2022-04-03T10:00", "--since", "0001-01-01T00:00")


def test_an_empty_database_has_nothing_to_report(databases: Databases) -> None:
    with databases.migrated() as where:
        done = run(where)
    assert isinstance(done.exception, BaogongError) and "nothing to report" in str(done.exception)


def test_help_has_an_example() -> None:
    assert "Example: baogong report --as-of" in CliRunner().invoke(cli, ["report", "--help"]).stdout
