"""`baogong simulate` as people call it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from deploy.commands.simulate import command
from schemas.errors import BaogongError

REQUESTS = """kind,request_id,requester_id,taken_by,area,source,occurred_at,item,quantity
request_filed,r1,hh-1,w,a/b/c,t,2022-04-01T08:00:00+08:00,rice,8
request_filed,r2,hh-2,w,a/b/c,t,2022-04-01T08:10:00+08:00,rice,8
"""
STOCK = """kind,lot_id,area,source,occurred_at,item,quantity,warehouse
stock_received,l1,a/b/c,t,2022-04-01T09:00:00+08:00,rice,8,wh
"""


def call(*words: str) -> None:
    command.main(list(words), standalone_mode=False)


def test_files_are_compared_under_all_policies(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    asked, stock = tmp_path / "asked.csv", tmp_path / "stock.csv"
    asked.write_text(REQUESTS), stock.write_text(STOCK)
    call("--requests", str(asked), "--stock", str(stock), "--json", "--plot", str(tmp_path / "p.png"))
    found = json.loads(capfd.readouterr().out)
    recipients = {one["policy"]: one["recipients"] for one in found["policies"]}
    assert recipients == {"first_come": 0.5, "priority": 0.5, "fair": 1.0, "projected": 1.0}
    assert found["bound"] == {"given": 8, "smallest": 0.5}
    assert (tmp_path / "p.png").read_bytes().startswith(b"\x89PNG")


def test_a_page_and_the_table(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    call("--generate", "60", "--scarcity", "1.2", "--plot", str(tmp_path / "p.html"))
    assert "best in hindsight" in capfd.readouterr().out
    assert "<svg" in (tmp_path / "p.html").read_text()


@pytest.mark.parametrize("words", [[], ["--real", "--generate", "3"]])
def test_what_is_missing_is_said(words: list[str]) -> None:
    with pytest.raises(BaogongError, match="Say one of"):
        call(*words)


FAR = """kind,lot_id,area,source,occurred_at,item,quantity,warehouse
stock_received,l1,a/b/d,t,2022-04-01T09:00:00+08:00,rice,8,wh
"""


def test_transfers_between_areas_with_distances(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    asked, stock, km = tmp_path / "asked.csv", tmp_path / "stock.csv", tmp_path / "km.csv"
    asked.write_text(REQUESTS), stock.write_text(FAR), km.write_text("from,to,km\na/b/c,a/b/d,12\n")
    words = ["--requests", str(asked), "--stock", str(stock), "--distances", str(km)]
    call(*words, "--json", "--plot", str(tmp_path / "p.png"))
    found = json.loads(capfd.readouterr().out)
    assert {(one["given"], one["moved"], one["unit_km"]) for one in found["policies"]} == {(8, 8, 96)}
    assert found["bound"]["given"] == 8
    call(*words)
    shown = " ".join(capfd.readouterr().out.split())
    assert "跨区调拨 Transfers between areas" in shown and "fair 1 8 96 12" in shown
    call(*words, "--no-transfers", "--json")
    assert {one["given"] for one in json.loads(capfd.readouterr().out)["policies"]} == {0}
    km.write_text("from,to,km\na/b/c,a/b/e,12\n")
    with pytest.raises(BaogongError, match="says no distance from a/b/c to a/b/d: add the line a/b/c,a/b/d,KM"):
        call(*words)
