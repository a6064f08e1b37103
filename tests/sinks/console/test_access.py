"""Who sees what: every route, every role, areas, forms, cookies, headers, logins, and looks that are recorded."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from schemas.alert import AlertAcknowledge, AlertKind, AlertSilence, AlertUnsilence, HouseholdViewed
from sinks.clickhouse import queries
from sinks.clickhouse.client import connect
from sinks.console.app import ACTIONS, DOWNLOADS, PLACES
from sinks.console.pages.alerts import OF_HOUSEHOLDS
from sinks.console.pages.audit import households
from sinks.console.store import WITHOUT_AREAS
from sinks.console.users import Role, User
from tests.sinks.console.city import AREAS
from tests.sinks.console.conftest import PASSWORD
from tests.sinks.console.serving import Browser, Kept, Reply, make_desk, serving

QUERIES = {
    "/need": "?id=r9:rice", "/household": "?id=h1", "/lot": "?id=lot-men-rice", "/consignment": "?id=cn-1",
    "/alert": "?id=al0", "/record": "?stage=supply&partition=0&offset=100",
}  # fmt: skip
PATHS = [place.path + QUERIES.get(place.path, "") for place in PLACES] + list(DOWNLOADS)
REPORTS = ("/report", "/report?table=alerts_open", *DOWNLOADS)
VIEWER = User(name="vi", role=Role.VIEWER)
LIVE = [f"/live{place.path}" for place in PLACES if place.live]
OURS, THEIRS = AREAS[0], AREAS[1]
THEIR_HOMES = [f"h{number}" for number in range(160) if number % 4 == 1]


def test_without_a_login_nothing_is_shown(guarded: Browser) -> None:
    for path in PATHS:
        reply = guarded.get(path)
        assert (reply.status, reply.headers.get("location")) == (303, "/login"), path
    for path in LIVE:
        assert guarded.get(path).status == 401, path
    for path in (*ACTIONS, "/logout"):
        assert guarded.ask("POST", path, {}).status == 401, path


def test_every_page_of_a_local_console_answers_with_strict_headers(local: Browser) -> None:
    local.get("/")
    need = _a_need(local)
    for path in PATHS:
        path = f"/need?id={need}" if path.startswith("/need?") else path
        reply = local.get(path)
        assert reply.status == 200, (path, reply.text[-300:])
        policy = reply.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy
        assert reply.headers["x-content-type-options"] == "nosniff" and reply.headers["cache-control"] == "no-store"
        assert " style=" not in reply.text and "<style" not in reply.text and " onclick" not in reply.text


def _a_need(browser: Browser) -> str:
    return browser.get("/needs").text.split("/need?id=")[1].split('"')[0]


@pytest.mark.parametrize(
    ("name", "refused"),
    [
        ("vi", {"/needs", "/need", "/household", "/audit", "/record"}),
        ("au", set()),
        ("ann", set()),
        ("bo", {"/audit", "/record"}),
    ],
)
def test_roles(guarded: Browser, name: str, refused: set[str]) -> None:
    assert guarded.log_in(name, PASSWORD).status == 303
    for place in PLACES:
        status = guarded.get(place.path + QUERIES.get(place.path, "")).status
        assert (status == 403) == (place.path in refused), (place.path, status)
        if place.live and place.path in refused:
            assert guarded.get(f"/live{place.path}").status == 403


@pytest.mark.parametrize("name", ["vi", "au"])
def test_only_duty_officers_act(guarded: Browser, actions: Kept, name: str) -> None:
    guarded.log_in(name, PASSWORD)
    token = guarded.csrf()
    for path in ACTIONS:
        reply = guarded.ask("POST", f"{path}?id=al0", {"csrf": token, "comment": "x", "hours": "4", "silence": "si1"})
        assert reply.status == 403
    assert not [message for message in actions.messages if not isinstance(message, HouseholdViewed)]


def test_a_user_of_one_area_sees_nothing_of_another_by_any_route(guarded: Browser, actions: Kept) -> None:
    guarded.log_in("bo", PASSWORD)
    words = [THEIRS, f"w-{THEIRS[-3:]}", f"lot-{THEIRS[-3:]}-", f"team-{THEIRS[-3:]}"]
    tries = [path + more for path in PATHS for more in ("", f"{'&' if '?' in path else '?'}place={THEIRS}")]
    tries += [f"/household?id={home}" for home in THEIR_HOMES[:4]]
    tries += [f"/needs?place={THEIRS}&only=overdue", f"/stock?warehouse=w-{THEIRS[-3:]}", "/alerts?state=resolved"]
    tries += [f"/stock?place={AREAS[0].rpartition('/')[0]}", f"/?place={AREAS[0].rpartition('/')[0]}"]
    tries += [f"/alert?id=al{number}" for number in range(11)] + [f"/need?id=r{n}:rice" for n in range(1, 60)]
    for path in tries:
        reply = guarded.get(path)
        for word in (word for word in words if word not in path):  # a page says again what it was asked
            assert word not in reply.text and word.replace("/", "%2F") not in reply.text, (path, word)
    seen = {message.requester_id for message in actions.messages if isinstance(message, HouseholdViewed)}
    assert not seen & set(THEIR_HOMES)


def test_live_parts_and_actions_are_within_areas_too(guarded: Browser, actions: Kept) -> None:
    guarded.log_in("bo", PASSWORD)
    words = (THEIRS, THEIRS.replace("/", "%2F"), f"w-{THEIRS[-3:]}", f"team-{THEIRS[-3:]}", "night-don")
    for path in LIVE:
        for more in ("", "?only=overdue", f"?place={AREAS[0].rpartition('/')[0]}"):
            part = guarded.first_part(path + more)
            assert "<section" in part and not [word for word in words if word in part], path + more
    token = guarded.csrf()
    theirs = [f"al{number}" for number in range(11) if guarded.get(f"/alert?id=al{number}").status == 404]
    assert "al3" in theirs and "al0" not in theirs
    for alert in theirs:
        for path in ("/alert/acknowledge", "/alert/silence"):
            form = {"csrf": token, "comment": "x", "hours": "4", "scope": "kind"}
            assert guarded.ask("POST", f"{path}?id={alert}", form).status == 404
    assert guarded.ask("POST", "/alerts/unsilence", {"csrf": token, "silence": "si2"}).status == 404
    assert not [message for message in actions.messages if not isinstance(message, HouseholdViewed)]
    assert guarded.ask("POST", "/alerts/unsilence", {"csrf": token, "silence": "si1"}).status == 303


def test_what_is_not_ours_and_what_is_not_there_look_the_same(guarded: Browser) -> None:
    guarded.log_in("bo", PASSWORD)
    not_there, not_ours = guarded.get("/household?id=nobody"), guarded.get(f"/household?id={THEIR_HOMES[1]}")
    assert not_there.status == not_ours.status == 404
    assert not_there.text.replace("nobody", "") == not_ours.text.replace(THEIR_HOMES[1], "")
    assert guarded.get(f"/lot?id=lot-{THEIRS[-3:]}-rice").status == 404
    assert guarded.get("/alert?id=al3").status == 404  # its place is in the second area


def test_every_question_of_the_console_is_bound_to_areas_or_is_for_all_alike() -> None:
    for name in queries.names("console_"):
        asks = queries.parameters(queries.load(name))
        assert ("areas" in asks) == (name not in WITHOUT_AREAS), name


def test_a_form_of_another_site_does_nothing(guarded: Browser, actions: Kept) -> None:
    guarded.log_in("ann", PASSWORD)
    token = guarded.csrf()
    form = {"comment": "seen", "csrf": token}
    for wrong in ({**form, "csrf": ""}, {**form, "csrf": token[:-1] + "x"}, {"comment": "seen"}):
        assert guarded.ask("POST", "/alert/acknowledge?id=al0", wrong).status == 403
    assert guarded.ask("POST", "/alert/acknowledge?id=al0", form, sec_fetch_site="cross-site").status == 403
    assert not [message for message in actions.messages if isinstance(message, AlertAcknowledge)]
    assert guarded.ask("POST", "/alert/acknowledge?id=al0", form).status == 303
    acts = [message for message in actions.messages if isinstance(message, AlertAcknowledge)]
    assert [(act.alert_id, act.source, act.comment) for act in acts] == [("al0", "ann", "seen")]


def test_get_changes_nothing(guarded: Browser) -> None:
    guarded.log_in("ann", PASSWORD)
    for path in (*ACTIONS, "/logout"):
        assert guarded.get(path).status == 405


def test_actions_are_checked_before_they_are_published(local: Browser, actions: Kept) -> None:
    token = local.csrf()

    def act(path: str, **form: str) -> int:
        return local.ask("POST", path, {"csrf": token, **form}).status

    assert act("/alert/acknowledge?id=al0", comment="  ") == 400
    assert act("/alert/acknowledge?id=nothing", comment="x") == 404
    assert act("/alert/acknowledge?id=al0&at=2022-04-02T12:00:00", comment="x") in (400, 404)
    assert act("/alert/silence?id=al3", comment="x", hours="0") == 400
    assert act("/alert/silence?id=al3", comment="x", hours="1e3") == 400
    assert act("/alerts/unsilence", silence="nothing") == 404
    assert not [message for message in actions.messages if not isinstance(message, HouseholdViewed)]
    assert act("/alert/silence?id=al3", comment="known", hours="4", scope="kind") == 303
    assert act("/alerts/unsilence", silence="si1") == 303
    silence, end = (message for message in actions.messages if not isinstance(message, HouseholdViewed))
    assert isinstance(silence, AlertSilence) and silence.subject is None and str(silence.place).startswith(AREAS[1])
    assert isinstance(end, AlertUnsilence) and end.silence_id == "si1"


def test_every_look_at_a_household_is_recorded_before_it_is_shown(local: Browser, actions: Kept) -> None:
    need = _a_need(local)
    assert not actions.messages  # lists name no household
    pages = {"household": "?id=h3", "need": f"?id={need}", "alert": "?id=al0", "lot": "?id=lot-lin-milk",
             "record": "?stage=supply&partition=0&offset=100"}  # fmt: skip
    for page, query in pages.items():
        path = f"/{page}{query}"
        actions.messages.clear()
        assert local.get(path).status == 200
        looks = [message for message in actions.messages if isinstance(message, HouseholdViewed)]
        assert looks and {look.page for look in looks} == {page} and {look.source for look in looks} == {"local"}, path
    actions.broken = True
    for path in ("/household?id=h3", f"/need?id={need}", "/lot?id=lot-lin-milk"):
        reply = local.get(path)
        assert reply.status == 503 and "h3" not in reply.text.replace("h3>", ""), path


def homes_in(text: str) -> set[str]:
    """Households of the city that a page names, wherever in it; `<h1>` is none."""
    return {f"h{number}" for number in re.findall(r"(?<![\w</])h(\d+)(?!\w)", text)}


def test_lists_name_no_household(local: Browser, actions: Kept) -> None:
    for path in ("/", "/needs", "/stock", "/coldchain", "/alerts", "/alerts?kind=silent_household", *REPORTS):
        assert not homes_in(local.get(path).text), path
    assert "al1" in local.get("/report.csv").text  # the alert about a household is there, by an id of its own
    assert actions.messages == []


def test_who_may_see_no_household_sees_none_on_any_route(guarded: Browser, actions: Kept) -> None:
    guarded.log_in("vi", PASSWORD)
    opened = [place.path for place in PLACES if place.may(VIEWER)]
    paths = [path + QUERIES.get(path, "") for path in opened] + [f"/alert?id=al{number}" for number in range(11)]
    for path in (*paths, *REPORTS, "/alerts?state=resolved", "/lot?id=lot-lin-milk"):
        reply = guarded.get(path)
        assert reply.status == 200 and not homes_in(reply.text), path
    for path in (f"/live{place.path}" for place in PLACES if place.live and place.may(VIEWER)):
        assert not homes_in(guarded.first_part(path)), path
    assert actions.messages == []


def test_the_report_names_alerts_about_households_by_their_ids(city_url: str) -> None:
    """Any kind that the console takes for one about a household, and no other."""
    with connect(city_url) as client:
        known = client.rows("SELECT kind, alert_id, subject FROM open_alerts")
        asked = {"as_of": dt.datetime(2100, 1, 1, tzinfo=dt.UTC), "areas": []}
        shown = {(row["kind"], row["subject"]) for row in queries.run(client, "report_alerts_open", asked).dicts()}
    assert shown == {(kind, name if kind in OF_HOUSEHOLDS else subject) for kind, name, subject in known}
    text = queries.load("report_alerts_open")
    assert {kind.value for kind in AlertKind if f"'{kind.value}'" in text} == OF_HOUSEHOLDS


def test_a_household_in_the_subject_of_a_silence_counts_as_looked_at(
    local: Browser, actions: Kept, city_url: str
) -> None:
    with connect(city_url) as client:
        places = client.rows("SELECT partition, offset FROM decisions FINAL WHERE body LIKE '%silent_household%'")
    assert len(places) == 2  # raised, silenced
    for partition, offset in places:
        actions.messages.clear()
        text = local.get(f"/record?stage=alerts&partition={partition}&offset={offset}").text
        looks = [message for message in actions.messages if isinstance(message, HouseholdViewed)]
        assert homes_in(text) and {(look.requester_id, look.area) for look in looks} >= {("h3", AREAS[3])}
        assert homes_in(text) == {look.requester_id for look in looks}


@pytest.mark.parametrize(("said", "named"), [
    ({"kind": "alert_silence", "alert_kind": "silent_household", "subject": "a/b:h8"}, {("h8", "a/b")}),
    ({"kind": "alert_silence", "subject": "a/b:h8"}, {("h8", "a/b")}),  # of any kind: it may be one
    ({"type": "alert_silenced", "alert_kind": None, "subject": "a/b:h8"}, {("h8", "a/b")}),
    ({"type": "alert_silenced", "alert_kind": "price_jump", "subject": "a/b:pork"}, set()),
    ({"type": "alert_silenced", "alert_kind": "silent_household", "subject": None}, set()),
    ({"type": "alert_raised", "kind": "silent_household", "subject": "a/b:h8", "place": "a/b/g1",
      "detail": {"requester_id": "h8"}}, {("h8", "a/b")}),
    ({"type": "alert_raised", "kind": "need_overdue", "subject": "a/b:r1:rice", "place": "a/b/g1",
      "detail": {"requester_id": "h8"}}, {("h8", "a/b")}),
    ({"type": "alert_raised", "kind": "contact_overdue", "subject": "c1f", "place": "a/b/g1",
      "detail": {"requester_id": "h8"}}, {("h8", "a/b/g1")}),
    ({"type": "check_failed", "subject": "c:g1"}, set()),
    ({"type": "contact_duty_ended", "requester_id": "h8"}, {("h8", "unknown")}),
    ({"type": "alert_silenced", "subject": "!:h8"}, {("h8", "unknown")}),  # fenced records may hold anything
    ({"type": "need_opened", "requester_id": "h 8", "household_id": 8, "area": ["a"]}, set()),
])  # fmt: skip
def test_households_in_a_record(said: dict[str, object], named: set[tuple[str, str]]) -> None:
    for record in ({"event": said, "decisions": []}, {"event": None, "decisions": [said]}):
        found = households(json.dumps(record).encode())
        assert found == named
        for name, area in found:
            HouseholdViewed(kind="household_viewed", event_id="e", occurred_at=dt.datetime.now(dt.UTC), source="li",
                            requester_id=name, area=area, page="record")  # fmt: skip


def test_a_household_without_an_area_beside_it_is_in_that_of_the_event() -> None:
    ended = {"type": "contact_duty_ended", "requester_id": "h8"}
    record = {"event": {"kind": "household_contacted", "requester_id": "h8", "area": "a/b"}, "decisions": [ended]}
    assert households(json.dumps(record).encode()) == {("h8", "a/b")}
    assert households(b'{"event": {"area": "a/b"}, "decisions": [{"requester_id": "h9"}]}') == {("h9", "a/b")}
    assert households(b"[1, {}]") == households(b"\xff") == households(b"7") == set()


def test_logins_are_limited_and_sessions_end(guarded: Browser) -> None:
    for _ in range(5):
        assert guarded.log_in("ann", "wrong").status == 401
    assert guarded.log_in("ann", PASSWORD).status == 429
    assert guarded.log_in("vi", PASSWORD).status == 429  # the address too


def test_many_tries_at_one_moment_are_many_tries(guarded: Browser) -> None:
    with ThreadPoolExecutor(20) as pool:
        tries = [pool.submit(Browser(guarded.port).log_in, f"user{number}", "wrong") for number in range(20)]
        found = Counter(one.result().status for one in tries)
    assert found == {401: 5, 429: 15}


def test_right_passwords_are_no_failures(guarded: Browser) -> None:
    for _ in range(8):
        assert guarded.log_in("ann", PASSWORD).status == 303
    assert guarded.log_in("vi", "wrong").status == 401


def test_behind_a_proxy_the_address_that_it_adds_is_the_one_that_counts(
    city_url: str, actions: Kept, users: dict[str, User]
) -> None:
    with serving(make_desk(city_url, actions, users, secure=True, behind_proxy=True)) as port:
        browser = Browser(port)

        def log_in(password: str, forwarded: str, name: str = "ann") -> Reply:
            return browser.ask("POST", "/login", {"name": name, "password": password}, x_forwarded_for=forwarded)

        for number in range(5):  # whatever somebody claims to be, the proxy says where he is
            assert log_in("wrong", f"10.0.0.{number}, 192.0.2.7", f"who{number}").status == 401
        assert log_in(PASSWORD, "10.9.9.9, 192.0.2.7").status == 429
        reply = log_in(PASSWORD, "192.0.2.8")
        cookie = reply.headers["set-cookie"]
        assert reply.status == 303 and cookie.startswith("__Host-baogong=") and "Secure" in cookie
        assert reply.headers["strict-transport-security"].startswith("max-age=")


def test_a_session_ends_with_the_logout_and_its_cookie_is_strict(guarded: Browser) -> None:
    reply = guarded.log_in("ann", PASSWORD)
    cookie = reply.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=strict" in cookie
    before = dict(guarded.cookies)
    assert guarded.get("/").status == 200
    assert guarded.ask("POST", "/logout", {"csrf": guarded.csrf()}).status == 303
    guarded.cookies = before
    assert guarded.get("/").status == 303


def test_a_name_that_is_not_ours_is_not_answered(local: Browser) -> None:
    assert local.get("/", host="evil.example").status == 421
    assert local.get("/", host=f"localhost:{local.port}").status == 200
    assert local.ask("POST", "/login", {"name": "x" * 100_000}).status == 413


@pytest.mark.parametrize(
    "path",
    ["/?at=yesterday", "/?place=../..", "/needs?sort=due;drop", "/needs?skip=-1", "/needs?class=x", "/alerts?state=x",
     "/record?stage=supply&partition=x", "/record?stage=x", "/?at=0001-01-01T00:00:00", "/needs?item=%00"],
)  # fmt: skip
def test_what_is_no_question_is_refused(local: Browser, path: str) -> None:
    assert local.get(path).status == 400
