"""The summary says what it was given, in words and in JSON, and a claim that fails is named."""

import datetime as dt
import io
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from deploy.simulation.alerts import AlertLine
from deploy.simulation.claims import Check, same
from deploy.simulation.coldchain_path import Breach, Handed, Traced
from deploy.simulation.coldchain_report import RULES
from deploy.simulation.coldchain_summary import ColdChain, Duty, Failed, Reopened, Stage
from deploy.simulation.fairness import Fairness
from deploy.simulation.follow import Chains
from deploy.simulation.report import as_json, picture, rate, render, share
from deploy.simulation.runner import DayRun
from deploy.simulation.summary import (
    Deliveries,
    Hold,
    ItemLine,
    Ledger,
    Rejected,
    Released,
    Requests,
    Summary,
    unmet_by_class,
)
from deploy.simulation.tables import claims, show
from deploy.simulation.world import make_district
from schemas.coldchain import Rule
from schemas.item import load_catalogue
from streams.lab.figures import Figures

AT = dt.datetime(2022, 4, 14, 0, 50, tzinfo=dt.UTC)
COLDCHAIN = ColdChain(
    stages=(Stage("warehoused", 1, 4, 0), Stage("issued", 9, 1044, 2)),
    failed=(Failed("temperature_breach", "consignment-shrimp-1", 1, 1, 16, AT, None, True),
            Failed("finding_overdue", "market-1", 2, 1, 0, AT, AT + dt.timedelta(hours=2), False)),
    lots_held=33,
    unreserved=47,
    recalled=58,
    reopened=(Reopened(0, "rq-1:shrimp", "rq-1", True, False, "other", AT, AT + dt.timedelta(hours=48)),),
    duties=(Duty("duty-1", "consignment-shrimp-1", "hh-1", "lot-1", 3, "contacted"),
            Duty("duty-2", "consignment-shrimp-1", "hh-2", "lot-1", 2, "overdue")),
)  # fmt: skip
TRACED = Traced(
    "consignment-shrimp-1", Breach(AT - dt.timedelta(hours=1), AT, 5.22, -18.0),
    ("lot-1", "lot-2"), 7, ("hh-1", "hh-2"),
    Handed("lot-1", "jiangcheng/beihu/liulin", "d-1", "team-1", 3, AT, "contacted", "hh-1", "returned unopened"),
    ("consignment-shrimp-1",),
)  # fmt: skip
SUMMARY = Summary(
    requests=Requests(filed=100, filled=60, partly_filled=11, under_way=9, unmet=12, withdrawn=5, refused=3),
    unmet=unmet_by_class([("critical", 1, 7, 71, 6), ("critical", 3, 2, 20, 2), ("other", 0, 4, 9, 0)]),
    items=(ItemLine("rice", 1234, 900, 100, 234, 55, 6, 7, 8), ItemLine("unheard_of", 1, 0, 0, 1, 0, 0, 0, 0)),
    deliveries=Deliveries(
        80, {"delivered": 70, "failed": 3}, out=7, overdue=4, recalled=6, failures={"not_home": 2, "refused": 1}
    ),
    holds=(Hold("hold-1", "positive", 8, True), Hold("hold-2", "residue", 1, False)),
    released=(Released("hold", 13, 431),),
    rejected=(Rejected("not_json", 17, ("households.v1", "supply.requests.v1")),),
    refused_lines={"over_limit": 3},
    coldchain=COLDCHAIN,
    alerts=(AlertLine("need_overdue", 1200, 1000, 200, (90, 60, 30, 20)),),
    ledgers={"supply": Ledger(records=5000, accepted=4999, fenced=1, rejected=17, decisions=9876)},
)
WAITS: dict[str, tuple[float, float, float]] = {}
DECIDED = Figures("as decided", 1000, 5000, 4000, 0.8, 0.31, 0.2, 0.05, 50, 0.01, 0.951, 0.123, 3, 0, WAITS, 0.0)
FIRST = Figures("first_come", 1000, 5000, 4000, 0.8, 0.11, 0.0, 0.15, 150, 0.01, 0.852, 0.234, 3, 0, WAITS, 0.0)
FAIR = Fairness((DECIDED, FIRST), (replace(DECIDED, needs=77), replace(FIRST, needs=77)))
CHECKS = [Check("everything is well", True, "all of it"), Check("nothing is lost", False, "3 and 4")]


class Following:
    """Stands where the reader of the ledger stands: a report needs only its chains."""

    def __init__(self) -> None:
        self.chains = {"supply": Chains(records=5000, fenced=1)}


@pytest.fixture(scope="module")
def run() -> DayRun:
    district = make_district(load_catalogue(Path("deploy/items.toml")), 250, 4, seed=1)
    day = DayRun(district, 1, Following())  # type: ignore[arg-type]
    day.sent.by_topic.update({"supply.requests.v1": 4000})
    day.wall_seconds, day.busy_seconds = 20.0, 4.0
    return day


@pytest.fixture(scope="module")
def text(run: DayRun) -> str:
    console = Console(file=io.StringIO(), width=70)
    show(console, render(run, SUMMARY, TRACED, FAIR, CHECKS))
    return console.file.getvalue()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "words",
    [
        "250 households", "4 warehouses", "需求 Requests", "60.0 %", "重点人群 critical group", "大米 Rice", "1,234",
        "unheard_of", "not_home 2, refused 1", "hold-1: 8 lots, still held (positive)", "hold-2: 1 lot, lifted",
        "温度超限 temperature breach consignment-shrimp-1 1 1 16 08:50 -", "market-1 2 1 - 08:50 10:50", "33 lots",
        "47 units that were set aside", "58 dispatches", "1 needs, with the clock of their first report: 1 re-planned",
        "2 households and institutions", "2 contact duties: 已告知 contacted 1, 逾期 overdue 1",
        "over -18 °C from 07:50, a breach at 08:50, 5.22 °C at worst", "lot-1, 柳林街道",
        "hh-1, 3 units at 08:50; 已告知 contacted: returned unopened",
        "431 units of 13 reservations, because of hold", "3 x over_limit",
        "17 x not_json on households.v1, supply.requests.v1",
        "5,000 records (1 fenced)", "200 messages/s over the day", "1,000/s while at work", "✔ everything is well",
        "✘ FAILED nothing is lost",
        "全部 all items 实际 as decided 1,000 80.0% 31.0% 5.0% 95.1% 0.123",
        "需求超时未满足 need overdue 1,200 1,000 200 90 60 30 20",
        "鸡蛋 Eggs (scarce) 先到先得 first come 77 80.0% 11.0% 15.0% 85.2% 0.234",
    ],
)  # fmt: skip
def test_a_supervisor_reads_every_figure(text: str, words: str) -> None:
    assert words in " ".join(text.split()).replace("✔  ", "✔ ")


def test_json_has_the_same_and_says_whether_all_holds(run: DayRun) -> None:
    plain = as_json(run, SUMMARY, TRACED, FAIR, CHECKS)
    assert json.loads(json.dumps(plain))["holds"][0]["lots"] == 8
    assert (
        plain["all_claims_hold"] is False and as_json(run, SUMMARY, TRACED, FAIR, CHECKS[:1])["all_claims_hold"] is True
    )
    assert plain["requests"]["partly_filled"] == 11
    assert plain["coldchain"]["units_unreserved"] == 47 and plain["coldchain"]["contact_duties"]["overdue"] == 1
    assert plain["traced"]["handed"]["requester_id"] == "hh-1"
    assert plain["fairness"]["eggs"]["first_come"]["nothing"] == 0.15
    assert plain["fairness"]["all"]["as decided"]["smallest"] == 0.31
    assert plain["events_per_second"] == {"day": 200, "busy": 1000}


def test_the_picture_loads_nothing_from_anywhere(run: DayRun) -> None:
    svg = picture(render(run, SUMMARY, TRACED, FAIR, CHECKS))
    assert svg.startswith("<svg") and "Rice" in svg
    assert "@font-face" not in svg
    hosts = set(re.findall(r"https?://([^/\s\"]+)", svg))
    assert hosts <= {"www.w3.org", "www.textualize.io"}, "a namespace and a comment"


def test_unmet_needs_have_a_line_for_each_class_and_a_column_for_each_age() -> None:
    lines = {line.need_class: line for line in SUMMARY.unmet}
    assert list(lines) == ["life_threatening", "critical", "sealed", "other"]
    assert lines["critical"].needs == (0, 7, 0, 2)
    assert (lines["critical"].overdue, lines["critical"].units) == (8, 91)
    assert lines["sealed"].needs == (0, 0, 0, 0)


def test_a_claim_names_what_differs() -> None:
    assert same("n", 3, 3) == Check("n", True, "3")
    assert same("n", 3, 4) == Check("n", False, "3 and 4")
    assert same("n", {"a": 1}, {"a": 1}, "fine") == Check("n", True, "fine")
    assert same("n", {"a": 1, "b": 2}, {"a": 1, "b": 3}) == Check("n", False, "b: 2 and 3")
    assert same("n", {"a": 1}, {}) == Check("n", False, "a: 1 and 0")
    assert same("n", ["a", "b", "c"], ["a", "c"]) == Check("n", False, "3 and 2, first b and c")
    assert same("n", ["a"], ["a", "c"]) == Check("n", False, "1 and 2, first nothing and c")


def test_large_figures_are_grouped_and_a_failed_claim_keeps_its_line() -> None:
    assert same("n", 3414, 3414).detail == "3,414"
    assert same("n", {"a": 12345}, {"a": 1}).detail == "a: 12,345 and 1"
    name = "whoever got units of it, by the couriers, has a contact duty"
    console = Console(file=io.StringIO(), width=112)
    show(console, claims([Check(name, False, "household-1 lot-of-a-long-name-1: 1,234 and 5,678 " * 3)]))
    lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    assert f"✘ FAILED  {name}  household-1" in lines[1]
    assert all(line.startswith(" " * 60) for line in lines[2:4]), "the figures fold in their own column"


def test_shares_and_rates_of_nothing() -> None:
    assert (share(1, 3), share(0, 0), rate(10, 0.0), rate(10, 4.0)) == ("33.3 %", "-", 0, 2)


def test_every_rule_has_words() -> None:
    assert set(RULES) == {rule.value for rule in Rule}
