"""`baogong real` on files of the same shape as the real ones, so that every clone can test it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

import deploy.real
from deploy.commands.real import command
from deploy.real import data_files, examples, lines_of
from schemas.errors import BaogongError

REQUESTS = """,rec_id,date,ppe,qty
1,rec0,2020-04-02 16:27:00+00:00,faceShields,50.0
2,rec1,2020-04-03 10:00:00+00:00,gowns,100000000000000.0
3,rec2,2020-04-03 11:00:00+00:00,gowns,0.5
4,rec0,2020-04-04 09:00:00+00:00,respirators,10.0
5,rec3,2020-06-01 09:00:00+00:00,respirators,5.0
"""
OFFERS = """,don_id,date,ppe,qty
0,don0,2020-03-27 11:47:00+00:00,respirators,20.0
1,don1,2020-05-27 11:47:00+00:00,printedFaceShields,3.0
"""


def test_the_package_is_found_or_missed_with_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deploy.real, "PACKAGE", "no_such_package")
    with pytest.raises(BaogongError, match="run 'make real', which installs it"):
        data_files()


def test_rows_are_counted_as_csv_counts_them(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text('a,b\n1,"two\nlines"\n2,x\n')
    assert lines_of(file) == 2


def test_mappings_and_catalogue_lie_beside_the_code() -> None:
    assert (examples() / "items.toml").is_file()


@pytest.mark.servers
@pytest.mark.slow
def test_every_line_is_accounted_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "lib" / "small_ppe_match"
    (package / "data").mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "data" / "anon_recipients.csv").write_text(REQUESTS)
    (package / "data" / "anon_donors.csv").write_text(OFFERS)
    monkeypatch.syspath_prepend(str(tmp_path / "lib"))
    monkeypatch.setattr(deploy.real, "PACKAGE", "small_ppe_match")
    done = CliRunner().invoke(command, ["--json", "--data", str(tmp_path / "data")], catch_exceptions=False)
    answers = json.loads(done.stdout)
    assert done.exit_code == 0 and answers["all_claims_hold"]
    assert [answers["files"][name] for name in ("lines", "published", "repeated", "refused")] == [7, 5, 0, 2]
    assert {line["item"]: line["needs"] for line in answers["items"]} == {"respirators": 2, "face_shields": 1}
    assert {why["reason"]: why["count"] for why in answers["refused"]} == {
        "quantity over_limit": 1,
        "quantity fraction": 1,
    }
    assert {why["by"] for why in answers["refused"]} == {"publish"}
    shields = next(line for line in answers["items"] if line["item"] == "face_shields")
    assert (shields["open"], shields["units_missing"], shields["overdue"]) == (1, 50, 1)
