"""The day is the same bytes in any process; what is whole fits the contracts, what is broken on purpose never does."""

import hashlib
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from deploy.simulation.asking import ABSURD
from deploy.simulation.day import BROKEN_SHARE, day, ends
from deploy.simulation.opening import OPEN
from deploy.simulation.post import Post, moment
from deploy.simulation.world import District, make_district
from schemas.item import load_catalogue
from schemas.topics import COLDCHAIN, DRIVERS, HOLDS, REQUESTS, ROSTER

SEED = 11
PRINT_HASH = """
import hashlib
from pathlib import Path
from deploy.simulation.day import day
from deploy.simulation.world import make_district
from schemas.item import load_catalogue
posts = day(make_district(load_catalogue(Path("deploy/items.toml")), 300, 8, seed=11), 11)
print(hashlib.sha256(b"".join(post.value for post in posts)).hexdigest())
"""


@pytest.fixture(scope="module")
def district() -> District:
    return make_district(load_catalogue(Path("deploy/items.toml")), 2000, 40, seed=SEED)


@pytest.fixture(scope="module")
def posts(district: District) -> list[Post]:
    return day(district, SEED)


@pytest.fixture(scope="module")
def whole(posts: list[Post]) -> list[dict[str, Any]]:
    return [json.loads(post.value) for post in posts if post.valid]


def test_the_same_seed_gives_the_same_bytes_under_any_hash_seed() -> None:
    def fingerprint(hash_seed: str) -> str:
        environment = os.environ | {"PYTHONHASHSEED": hash_seed, "PYTHONPATH": "."}
        done = subprocess.run([sys.executable, "-c", PRINT_HASH], env=environment, capture_output=True, check=True)
        return done.stdout.decode().strip()

    assert fingerprint("1") == fingerprint("2")


def test_another_seed_gives_another_day(district: District, posts: list[Post]) -> None:
    assert fingerprint_of(day(district, SEED)) == fingerprint_of(posts) != fingerprint_of(day(district, SEED + 1))


def fingerprint_of(posts: list[Post]) -> str:
    return hashlib.sha256(b"".join(post.value for post in posts)).hexdigest()


def test_messages_come_in_order_of_time_within_the_day(district: District, posts: list[Post]) -> None:
    times = [post.at for post in posts]
    assert times == sorted(times)
    assert times[-1] < ends(district)
    before = {post.topic for post in posts if post.at < moment(district.day, 5)}
    assert before == {COLDCHAIN, DRIVERS}, "only consignments are on their way before the day begins"


def test_what_is_whole_fits_its_topic_and_what_is_broken_does_not(posts: list[Post]) -> None:
    for post in posts:
        try:
            message = TypeAdapter(post.topic.model).validate_json(post.value)
        except ValidationError:
            assert not post.valid, post.value
        else:
            assert post.valid, post.value
            assert message.occurred_at <= post.at
            assert post.key == (getattr(message, post.topic.key) if post.topic.key else None)


def test_the_share_of_broken_messages_is_known(posts: list[Post]) -> None:
    broken = sum(not post.valid for post in posts)
    assert broken == round((len(posts) - broken) * BROKEN_SHARE)


def test_everything_that_can_happen_happens(whole: list[dict[str, Any]]) -> None:
    kinds = Counter(message["kind"] for message in whole)
    assert set(kinds) == {
        "household_registered", "institution_registered", "tier_changed",
        "request_filed", "request_amended", "request_cancelled", "request_handed_over",
        "stock_received", "stock_written_off", "stock_transferred",
        "reserve_floor_set", "reserve_plan_set", "price_observed",
        "hold_placed", "hold_lifted", "duty_assigned",
        "consignment_declared", "certificate_issued", "custody_handed", "step_reported", "lab_reported",
        "lots_disinfected", "temperature_read", "driver_tested", "finding_reported", "finding_mended",
        "lots_transformed",
    }  # fmt: skip
    assert kinds["household_registered"] == 2000
    assert 2400 < kinds["request_filed"] < 3400


def test_requests_repeat_and_come_from_strangers_without_quantities_and_with_absurd_ones(
    district: District, whole: list[dict[str, Any]]
) -> None:
    filed = [message for message in whole if message["kind"] == "request_filed"]
    by_event, by_request = (Counter(message[key] for message in filed) for key in ("event_id", "request_id"))
    known = {requester.id for requester in district.requesters}
    quantities = [line.get("quantity") for message in filed for line in message["lines"]]
    assert max(by_event.values()) == 2, "the same message delivered again"
    assert len(by_request) < len(by_event), "the same request reported again"
    assert {message["requester_id"] for message in filed} - known
    assert None in quantities and ABSURD in quantities
    assert any("reported_at" in message for message in filed) and any(message["life_threatening"] for message in filed)


def test_a_change_follows_its_request(whole: list[dict[str, Any]]) -> None:
    filed: set[str] = set()
    for message in whole:
        if message["kind"] == "request_filed":
            filed.add(message["request_id"])
        elif message["kind"] in ("request_amended", "request_cancelled", "request_handed_over"):
            assert message["request_id"] in filed


def test_nobody_asks_before_the_doors_open_and_most_ask_at_the_peaks(district: District, posts: list[Post]) -> None:
    hours = Counter(post.at.hour for post in posts if post.topic is REQUESTS)
    assert min(post.at for post in posts if post.topic is REQUESTS) >= moment(district.day, OPEN)
    assert hours[8] > 2 * hours[13] and hours[18] > 1.5 * hours[13]


def test_a_held_consignment_lies_in_stock(whole: list[dict[str, Any]]) -> None:
    held = {
        message["consignment_id"] for message in whole if message.get("consignment_id", "") and "hold_id" in message
    }
    stored = {message.get("consignment_id") for message in whole if message["kind"] == "stock_received"}
    assert held and held <= stored


def test_holds_drivers_tests_and_the_roster_go_to_every_partition(posts: list[Post]) -> None:
    assert {post.copies for post in posts if post.topic in (HOLDS, DRIVERS, ROSTER)} == {HOLDS.partitions}
    assert {post.copies for post in posts if post.topic not in (HOLDS, DRIVERS, ROSTER)} == {1}
