"""`baogong epcis check` and `export`, and `baogong publish FILE.jsonld` on a running stack."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from deploy import cli
from deploy.commands.epcis import _write
from deploy.local.stack import Stack
from deploy.settings import load_settings
from streams.epcis.check import check
from tests.stacks import started
from tests.streams.epcis.kit import (
    AT,
    LOGGER,
    LOT,
    PALLET,
    PIECE,
    STORE,
    changed,
    document,
    event,
    reading,
    sensed,
)

Call = Callable[..., tuple[int, str, str]]
HERE = {"bizLocation": {"id": STORE}}
GOOD = document(event(epcList=[PIECE], **HERE))
BAD = changed(GOOD, "epcisBody", "eventList", 0, "bizStep", to="shiping")


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Call:
    """`baogong epcis ...` as `main` runs it: exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "good.jsonld").write_text(json.dumps(GOOD))
    (tmp_path / "bad.jsonld").write_text(json.dumps(BAD))

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["baogong", "epcis", *map(str, arguments)])
        with pytest.raises(SystemExit) as stop:
            cli.main()
        out, err = capsys.readouterr()
        return int(stop.value.code or 0), out, err

    return run


def test_each_file_is_accepted_or_refused_with_path_and_rule(call: Call) -> None:
    code, out, err = call("check", "good.jsonld", "bad.jsonld")
    assert (code, err) == (1, "")
    assert out.splitlines() == [
        "good.jsonld: accepted (EPCISDocument, 1 event)",
        "bad.jsonld: refused",
        "  $.epcisBody.eventList[0].bizStep: 'shiping' is not a business step of the standard: use one of its names, "
        "or a URI of your own (not_in_vocabulary)",
    ]
    assert call("check", "good.jsonld")[0] == 0


def test_a_program_reads_the_same(call: Call) -> None:
    code, out, _ = call("check", "good.jsonld", "bad.jsonld", "--json")
    good, bad = json.loads(out)
    assert code == 1
    assert (good["accepted"], good["events"], good["problems"]) == (True, 1, [])
    assert (bad["file"], bad["accepted"], bad["type"]) == ("bad.jsonld", False, "EPCISDocument")
    assert [(one["path"], one["rule"]) for one in bad["problems"]] == [
        ("$.epcisBody.eventList[0].bizStep", "not_in_vocabulary")
    ]


def test_standard_input(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    class Stdin:
        buffer = io.BytesIO(json.dumps(GOOD).encode())

    monkeypatch.setattr("sys.stdin", Stdin)
    assert call("check", "-")[:2] == (0, "-: accepted (EPCISDocument, 1 event)\n")


@pytest.mark.parametrize(
    ("data", "words", "exit_code"),
    [
        (b"", "is empty (empty)", 1),
        (b'\xef\xbb\xbf<?xml version="1.0"?><epcis:EPCISDocument/>', "is XML: only the JSON/JSON-LD form", 1),
        (b"<epcis:EPCISDocument>" + b" " * 50 * 2**20, "is XML: only the JSON/JSON-LD form", 1),
        (b"{" + b" " * 50 * 2**20 + b"}", "has more than 16,777,216 bytes: split its events", 1),
        (b"[" * 200_000, "is nested more than 64 levels deep", 1),
        (b'{"type": "EPCISDocument",}', "is not valid JSON: ", 1),
        (b"\x89PNG\r\n\x1a\n\x00", "is not UTF-8 text", 1),
        (None, "can't be read: No such file or directory (unread)", 2),
    ],
    ids=["empty", "xml", "xml-large", "large", "deep", "comma", "picture", "none"],
)
def test_what_is_no_document_is_one_sentence_and_the_other_files_are_checked(
    call: Call, tmp_path: Path, data: bytes | None, words: str, exit_code: int
) -> None:
    if data is not None:
        (tmp_path / "odd.jsonld").write_bytes(data)
    code, out, err = call("check", "odd.jsonld", "good.jsonld")
    first, second, third = out.splitlines()
    assert (code, err) == (exit_code, "")
    assert first == "odd.jsonld: refused"
    assert words in second
    assert third == "good.jsonld: accepted (EPCISDocument, 1 event)"


def test_a_file_of_mistakes_stays_readable(call: Call, tmp_path: Path) -> None:
    events = [event(epcList=[PIECE], action="LOOK") for _ in range(1500)]
    (tmp_path / "mistakes.json").write_text(json.dumps(document(*events)))
    _, out, _ = call("check", "mistakes.json")
    assert len(out.splitlines()) == 1002
    assert out.splitlines()[-1] == "  and 500 more (--json shows them)"
    assert len(json.loads(call("check", "mistakes.json", "--json")[1])[0]["problems"]) == 1500


def test_a_story_of_several_documents_lies_side_by_side(tmp_path: Path) -> None:
    _write(["1", "2", "3"], tmp_path / "story.jsonld")
    assert {one.name: one.read_text() for one in tmp_path.iterdir()} == {
        "story.jsonld": "1\n", "story-2.jsonld": "2\n", "story-3.jsonld": "3\n",
    }  # fmt: skip


def _at(minute: int) -> str:
    return f"2022-04-01T{8 + minute // 60:02}:{minute % 60:02}:00+08:00"


def _story() -> list[Any]:
    """All five types of event, one of them wrong and declared so, and one that breaks a rule."""
    waybill = {"bizTransactionList": [{"bizTransaction": "urn:baogong:consignment:c-7"}]}
    other = "urn:epc:class:lgtin:6901234.000002.Z"
    born = {"epcList": [PIECE], "quantityList": [{"epcClass": LOT, "quantity": 5, "uom": "KGM"}]}
    ends = {
        "sourceList": [{"type": "possessing_party", "source": "urn:epc:id:pgln:6901234.00001"}],
        "destinationList": [{"type": "possessing_party", "destination": "urn:x:party:b"}],
    }
    seen = event(eventTime=_at(10), eventID="urn:x:event:1", epcList=[PIECE], **HERE)
    wrong = {"declarationTime": _at(50), "reason": "did_not_occur"}
    meta = {"deviceID": LOGGER}
    return [
        event(eventTime=_at(0), action="ADD", bizStep="commissioning", **born, **waybill),
        event("AggregationEvent", eventTime=_at(1), action="ADD", parentID=PALLET, childEPCs=[PIECE]),
        event("AssociationEvent", eventTime=_at(2), action="ADD", parentID=PALLET, childEPCs=[LOGGER]),
        event("TransactionEvent", eventTime=_at(3), action="ADD", bizStep="receiving", epcList=[PALLET], **ends,
              bizTransactionList=[{"type": "desadv", "bizTransaction": "urn:x:adv:1"}, *waybill["bizTransactionList"]]),
        seen,
        event(eventTime=_at(11), epcList=[PIECE], bizStep="shiping", **HERE),
        sensed(*(reading(-20 - n / 8, time=_at(20 + n)) for n in range(6)), reading(400, time=_at(26)), meta=meta,
               eventTime=_at(30)),
        event("TransformationEvent", eventTime=_at(40), outputQuantityList=[{"epcClass": other, "quantity": 9}],
              inputQuantityList=[{"epcClass": LOT, "quantity": 2, "uom": "KGM"}], **HERE),
        seen | {"errorDeclaration": wrong},
    ]  # fmt: skip


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with started(load_settings(data=tmp_path_factory.mktemp("epcis") / "data"), "replayed") as stack:
        yield stack


def _ask(*arguments: str) -> Result:
    return CliRunner().invoke(cli.cli, [*arguments], standalone_mode=False)


@pytest.mark.servers
@pytest.mark.slow
def test_a_document_goes_in_and_its_story_comes_out_and_in_again(stack: Stack, tmp_path: Path) -> None:
    path, out, kafka = tmp_path / "day.jsonld", tmp_path / "story.jsonld", ("--kafka", stack.kafka)
    path.write_text(json.dumps(document(*_story()), indent=1))
    said = json.loads(_ask("publish", str(path), "--profile", "frozen", *kafka, "--json").stdout)
    places = [problem["field"] for one in said["refusals"] for problem in one["problems"]]
    assert places == [
        "$.epcisBody.eventList[5].bizStep",
        "$.epcisBody.eventList[6].sensorElementList[0].sensorReport[6]",
    ]
    assert (said["lines"], said["published"], said["refused"]) == (9, 7, 2)
    assert said["topics"] == {"coldchain.records.v1": 13}
    stack.drain(60)

    servers = (*kafka, "--clickhouse", stack.clickhouse)
    assert _ask("epcis", "export", "c-7", "--out", str(out), *servers).exit_code == 0
    verdict = check(out.read_bytes())
    assert verdict.accepted
    kinds = [one.raw["type"] for one in verdict.events]
    assert sorted(kinds) == sorted(["AggregationEvent"] * 2 + ["ObjectEvent"] * 5 + ["TransformationEvent"])
    assert sum("errorDeclaration" in one.raw for one in verdict.events) == 1

    again = json.loads(_ask("publish", str(out), *kafka, "--json").stdout)
    assert (again["refused"], again["topics"]) == (0, said["topics"])
    stack.drain(60)
    for origin in ("auto", "clickhouse", "kafka"):
        told = json.loads(_ask("epcis", "export", "c-7", "--from", origin, *servers).stdout)
        assert told["epcisBody"] == json.loads(out.read_text())["epcisBody"]


@pytest.mark.servers
@pytest.mark.slow
def test_a_consignment_that_nobody_named(stack: Stack, call: Call) -> None:
    code, out, err = call("export", "c-none", "--kafka", stack.kafka, "--clickhouse", stack.clickhouse)
    assert (code, out) == (1, "")
    assert err.startswith("baogong: Nothing is known of consignment c-none: no accepted record names it.")
    assert err.count("\n") == 1


@pytest.mark.servers
@pytest.mark.slow
def test_a_place_that_takes_no_file(stack: Stack, call: Call, tmp_path: Path) -> None:
    born = event(eventTime=AT, action="ADD", epcList=[PIECE])
    (tmp_path / "lot.jsonld").write_text(json.dumps(document(born)))
    said = ("--consignment", "c-8", "--profile", "frozen", "--kafka", stack.kafka)
    sent = _ask("publish", str(tmp_path / "lot.jsonld"), *said)
    assert sent.exit_code == 0
    stack.drain(60)
    code, out, err = call("export", "c-8", "--out", "/proc/none/x", "--kafka", stack.kafka, "--from", "kafka")
    assert (code, out, err) == (2, "", "baogong: Cannot write /proc/none/x: No such file or directory.\n")
