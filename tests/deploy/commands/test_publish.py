"""`baogong publish` as people call it: files in, messages on a real broker, sentences and exit codes out."""

from __future__ import annotations

import importlib.util
import io
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from kafka import KafkaConsumer, TopicPartition

from deploy import cli
from deploy.local.kafka import EmbeddedKafka
from schemas.stock import StockReceived
from schemas.topics import REQUESTS, STOCK, Topic
from streams.topics import create_topics

ROOT = Path(__file__).parents[3]
WAREHOUSE = ROOT / "examples" / "warehouse"
GETUSPPE = ROOT / "examples" / "getusppe"
RECEIPTS = "lot_id,item,warehouse,quantity,occurred_at,source,area\n"
Call = Callable[..., tuple[int, str, str]]


def receipt(n: int, quantity: str = "5") -> str:
    return f"lot{n},rice,w1,{quantity},2022-04-01T08:00:00+08:00,w1,sh/a1\n"


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Call:
    """The command as `main` runs it: exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["baogong", "publish", *map(str, arguments)])
        with pytest.raises(SystemExit) as stop:
            cli.main()
        out, err = capsys.readouterr()
        return int(stop.value.code or 0), out, err

    return run


@pytest.fixture(scope="module")
def broker(kafka_address: str) -> str:
    create_topics(kafka_address)
    return kafka_address


def count(broker: str, topic: Topic) -> int:
    """Records on a topic."""
    consumer = KafkaConsumer(bootstrap_servers=broker)
    try:
        return sum(consumer.end_offsets([TopicPartition(topic.name, n) for n in range(topic.partitions)]).values())
    finally:
        consumer.close()


def last(broker: str, topic: Topic, number: int) -> list[bytes]:
    """Values of the newest records, by partition and offset."""
    consumer = KafkaConsumer(bootstrap_servers=broker, auto_offset_reset="earliest", enable_auto_commit=False)
    try:
        consumer.assign([TopicPartition(topic.name, n) for n in range(topic.partitions)])
        found = []
        total = count(broker, topic)
        while len(found) < total:
            found += [record for records in consumer.poll(1000).values() for record in records]
        return [record.value for record in sorted(found, key=lambda record: (record.partition, record.offset))][
            -number:
        ]
    finally:
        consumer.close()


def test_good_lines_go_out_and_bad_ones_are_written_down(call: Call, broker: str, tmp_path: Path) -> None:
    path = tmp_path / "stock.csv"
    path.write_text(RECEIPTS + receipt(1) + receipt(2, "many") + receipt(3) + receipt(3))
    before = count(broker, STOCK)
    code, out, err = call(path, "--kafka", broker)
    assert code == 1
    assert err == "stock.csv, line 3: quantity: 'many' is not a number\n"
    assert "1 refused: quantity not a number" in out
    assert count(broker, STOCK) - before == 2
    rejected = (tmp_path / "stock.csv.rejected.csv").read_text()
    assert rejected.splitlines() == [
        RECEIPTS.strip() + ",refused",
        receipt(2, "many").strip() + ",line 3: quantity: 'many' is not a number",
    ]
    path.write_text(RECEIPTS + receipt(1))
    code, _, err = call(path, "--kafka", broker)
    assert (code, err) == (0, "")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["stock.csv"]


def test_the_same_file_again_says_the_same_with_the_same_ids(call: Call, broker: str) -> None:
    arguments = (WAREHOUSE / "stock.csv", "--mapping", WAREHOUSE / "stock.toml", "--kafka", broker, "--json")
    said = []
    before = count(broker, STOCK)
    for _ in range(3):
        code, out, _ = call(*arguments)
        assert code == 0
        said.append(json.loads(out))
    assert said[0] == said[1] == said[2]
    assert said[0]["lines"] == said[0]["published"] == said[0]["messages"] == 8
    assert count(broker, STOCK) - before == 24
    every = [StockReceived.model_validate_json(v) for v in last(broker, STOCK, 10_000) if b"minhang-07" in v]
    assert len({message.event_id for message in every}) == 8
    lots = {message.lot_id: message for message in every}
    assert lots["minhang-07/RK-0401-01"].quantity == 3000
    assert lots["minhang-07/RK-0401-03"].quantity == 3500
    assert lots["minhang-07/RK-0401-08"].item == "surgical_masks"
    assert lots["minhang-07/RK-0401-06"].origin == "进口，随附出库证明"
    assert not (WAREHOUSE / "stock.csv.rejected.csv").exists()


def test_several_files_of_several_forms_in_one_call(call: Call, broker: str, tmp_path: Path) -> None:
    one = {"request_id": "r1", "requester_id": "h1", "taken_by": "t", "lines": [{"item": "rice"}]}
    one |= {"source": "s", "area": "a", "occurred_at": "2022-04-01T00:00:00Z"}
    (tmp_path / "a.json").write_text(json.dumps([one]))
    (tmp_path / "b.jsonl").write_text(json.dumps(one | {"request_id": "r2"}) + "\n" + json.dumps(one) + "\n")
    (tmp_path / "c.csv").write_bytes((RECEIPTS + receipt(7).replace("w1", "仓库一")).encode("gb18030"))
    code, out, err = call("a.json", "b.jsonl", "c.csv", "--kafka", broker, "--merge", "--json")
    said = json.loads(out)
    assert code == 0
    assert err == "c.csv is not UTF-8: read as GB18030.\n"
    assert said["topics"] == {"supply.requests.v1": 2, "stock.events.v1": 1}
    assert (said["published"], said["repeated"]) == (3, 1)


def test_standard_input(call: Call, broker: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    class Stdin:
        buffer = io.BytesIO((RECEIPTS + receipt(1) + receipt(2, "no")).encode())

    monkeypatch.setattr("sys.stdin", Stdin)
    code, _, err = call("-", "--format", "csv", "--kafka", broker)
    assert code == 1
    assert "line 3: quantity: 'no' is not a number" in err
    assert list(tmp_path.iterdir()) == []


def test_a_dry_run_needs_no_broker_and_writes_nothing(call: Call, tmp_path: Path) -> None:
    (tmp_path / "stock.csv").write_text(RECEIPTS + receipt(1) + receipt(2, "no"))
    code, out, err = call("stock.csv", "--dry-run")
    assert code == 1
    assert "would be" in out
    assert "line 3: quantity" in err
    assert [one.name for one in tmp_path.iterdir()] == ["stock.csv"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["none.csv"], "Cannot read none.csv: No such file or directory."),
        (["good.csv", "--kind", "stock_recieved"], "did you mean 'stock_received'?"),
        (["good.csv", "--mapping", "none.toml"], "Cannot read the mapping none.toml: No such file or directory."),
        (["good.csv", "--timezone", "Mars"], "--timezone: 'Mars' is not a time zone; write one as Asia/Shanghai."),
        (["good.csv", "--occurred-at", "now"], "is not a time with its offset"),
        (["good.csv", "--occurred-at", "2022-04-01T08:00"], "is not a time with its offset"),
        (["good.csv", "--items", "none.toml"], "Cannot read the item catalogue none.toml"),
        (["good.csv", "--kafka", "nonsense"], "write it as HOST:PORT."),
        (["good.csv", "--kafka", "127.0.0.1:1", "good.xyz"], "Say how good.xyz is written"),
        (["events.xml"], "events.xml is XML: only the JSON/JSON-LD form of EPCIS 2.0 is taken; export it as JSON-LD."),
        (["good.csv", "--profiles", "none.toml"], "Cannot read the temperature profiles none.toml"),
        (["good.csv", "--consignment", "c1"], "--consignment is for loggers' files and EPCIS, and none of these"),
        (["readings.csv", "--logger", "l1"], "which needs --consignment ID."),
        (["readings.csv"], "it is a logger's readings: say what the logger lay with, with --consignment ID."),
        (["readings.csv", "--consignment", "c1"], "no time in it has an offset: name the zone with --timezone"),
        (["readings.csv", "--consignment", "c1", "--timezone", "UTC"], "name it with --logger ID."),
        (["readings.csv", "--consignment", "c 1", "--timezone", "UTC", "--logger", "l1"], "'c 1' can't be an id"),
        (["empty.csv"], "empty.csv is empty: there is nothing to publish."),
        (["unknown.csv"], "unknown.csv: no column has a name that is known here"),
        (["broken.json"], "broken.json is not valid JSON: line 1"),
        ([], "Missing argument 'FILE...'"),
        (["good.csv", "--format", "xml"], "'xml' is not one of"),
    ],
)
def test_wrong_calls_are_one_sentence_and_exit_code_2(
    call: Call, tmp_path: Path, arguments: list[str], said: str
) -> None:
    (tmp_path / "good.csv").write_text(RECEIPTS + receipt(1))
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "unknown.csv").write_text("名,数\n1,2\n")
    (tmp_path / "broken.json").write_text("[")
    (tmp_path / "good.xyz").write_text(RECEIPTS + receipt(1))
    (tmp_path / "events.xml").write_text('<?xml version="1.0"?><EPCISDocument/>')
    (tmp_path / "readings.csv").write_text("timestamp,value\n2022-04-01T08:00:00,4.5\n")
    code, out, err = call(*arguments)
    assert (code, out) == (2, "")
    assert said in err
    assert "Traceback" not in err
    assert {one.suffix for one in tmp_path.iterdir()} <= {".csv", ".json", ".xyz", ".xml"}
    assert not list(tmp_path.glob("*.rejected.csv"))


def test_no_broker_is_exit_code_1_and_nothing_is_left(call: Call, tmp_path: Path) -> None:
    (tmp_path / "stock.csv").write_text(RECEIPTS + receipt(1) + receipt(2, "no"))
    code, out, err = call("stock.csv", "--kafka", "127.0.0.1:1")
    assert (code, out) == (1, "")
    assert err.startswith("baogong: No Kafka broker answers at 127.0.0.1:1:")
    assert err.count("\n") == 1
    code, _, err = call("stock.csv")
    assert code == 1
    assert "No kafka found: start 'baogong up'" in err
    assert [one.name for one in tmp_path.iterdir()] == ["stock.csv"]


def test_a_directory_that_takes_no_rejected_file_stops_before_sending(call: Call, broker: str, tmp_path: Path) -> None:
    (tmp_path / "stock.csv").write_text(RECEIPTS + receipt(1))
    before = count(broker, STOCK)
    code, _, err = call("stock.csv", "--kafka", broker, "--rejected", "/proc/none")
    assert code == 1
    assert "name a directory of yours with --rejected DIR" in err
    assert count(broker, STOCK) == before


@pytest.mark.servers
@pytest.mark.slow
def test_a_broker_that_dies_on_the_way_and_comes_back(tmp_path: Path) -> None:
    lines = 25_000
    path = tmp_path / "requests.csv"
    with path.open("w") as file:
        file.write("request_id,requester_id,item,quantity,taken_by,occurred_at,source,area\n")
        for n in range(lines):
            file.write(f"r{n},h{n},rice,{'x' if n == 5 else 5},t,2022-04-01T08:00:00+08:00,s,a{n % 9}\n")
    (tmp_path / "logs").mkdir()
    command = [sys.executable, "-m", "deploy.cli", "publish", str(path), "--timeout", "5", "--kafka"]
    with EmbeddedKafka(tmp_path / "kafka", tmp_path / "logs") as kafka:
        create_topics(kafka.address)
        process = subprocess.Popen([*command, kafka.address], cwd=ROOT, stderr=subprocess.PIPE, text=True)
        with process:
            while count(kafka.address, REQUESTS) == 0:
                assert process.poll() is None
                time.sleep(0.1)
            kafka.kill()
            _, err = process.communicate(timeout=120)
        assert process.returncode == 1
        assert err.count("\n") == 1
        assert "were acknowledged; running the same command again is safe" in err
        acknowledged = int(err.split(" were acknowledged")[0].split()[-3])
        assert sorted(one.name for one in tmp_path.glob("*.csv*")) == ["requests.csv"]
        kafka.start()
        assert acknowledged <= count(kafka.address, REQUESTS) < lines
        again = subprocess.run([*command, kafka.address], cwd=ROOT, capture_output=True, text=True, check=False)
        assert again.returncode == 1
        assert (tmp_path / "requests.csv.rejected.csv").exists()
        values = last(kafka.address, REQUESTS, 10**9)
        assert len({json.loads(value)["event_id"] for value in values}) == lines - 1


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("ppe_match") is None, reason="the PyPI package ppe-match is not installed")
def test_real_requests_and_offers_add_up(call: Call) -> None:
    spec = importlib.util.find_spec("ppe_match")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    data = Path(spec.submodule_search_locations[0]) / "data"
    files = [data / "anon_recipients.csv", data / "anon_donors.csv"]
    mappings = ["--mapping", GETUSPPE / "donors.toml", "--mapping", GETUSPPE / "recipients.toml"]
    code, out, err = call(*files, *mappings, "--items", GETUSPPE / "items.toml", "--dry-run", "--merge", "--json")
    said = json.loads(out)
    assert (code, err) == (1, "")
    assert [one["lines"] for one in said["files"]] == [31_202, 1_658]
    assert said["published"] + said["refused"] == said["lines"] == 32_860
    assert said["repeated"] == 0
    assert said["published"] == said["messages"] == sum(said["topics"].values())
    assert {(reason["code"], reason["field"]) for reason in said["reasons"]} == {("over_limit", "quantity")}
    assert 0 < said["refused"] < 100
    absurd = next(one for one in said["refusals"] if one["line"] == 72 and one["file"].endswith("anon_donors.csv"))
    assert absurd["problems"][0]["reason"] == (
        "100000000000000 is over the limit of 1000000 for one lot of 'printed_face_shields'"
    )
