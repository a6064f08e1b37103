"""Who answers for an open need: on the pages, by filter, at any time, within areas, as the view says it."""

from __future__ import annotations

import re

import pytest

from sinks.clickhouse.client import connect
from sinks.console.app import PLACES
from tests.sinks.console.city import AREAS, grid
from tests.sinks.console.conftest import PASSWORD
from tests.sinks.console.serving import Browser

ROW = re.compile(r"<tr.*?</tr>", re.S)
LIN, DON, NAN, XI = AREAS


def rows(text: str) -> list[str]:
    """Rows of the list of needs."""
    return ROW.findall(text.split('<section id="list"')[1].split("</tbody>")[0])[1:]


def total(text: str) -> int:
    found = re.search(r"1–\d+ of (\d+)", text)
    return int(found[1]) if found else 0


def test_every_open_need_is_listed_with_its_owner(local: Browser, city_url: str) -> None:
    with connect(city_url) as client:
        known = dict(client.rows("SELECT need_id, owner FROM need_owners"))
        counts = dict(client.rows("SELECT owner, count() FROM need_owners GROUP BY owner"))
    assert set(counts) == {"officer-lin", "worker-lin", "night-don", ""}
    text = local.get("/needs?lang=en").text
    seen: dict[str, str] = {}
    for skip in range(0, len(known), 50):
        for row in rows(local.get(f"/needs?lang=en&skip={skip}").text):
            need = row.split("/need?id=")[1].split('"')[0].replace("%3A", ":")
            owner = re.search(r"owner=([\w-]+)", row)
            seen[need] = owner[1] if owner else ""
            assert owner or "nobody" in row
    assert seen == known
    for owner, count in counts.items():
        assert f">{owner or 'nobody'} ({count})</option>" in text
    assert f"nobody is on duty for: {counts['']} (" in text and 'aria-label="On duty" hidden' not in text
    assert 'aria-label="On duty" hidden' in local.get(f"/needs?lang=en&place={LIN}").text  # where each has somebody


@pytest.mark.parametrize("owner", ["officer-lin", "worker-lin", "night-don", "-", "who"])
def test_needs_of_one_owner(local: Browser, city_url: str, owner: str) -> None:
    wanted = "" if owner == "-" else owner
    with connect(city_url) as client:
        ((count,),) = client.rows("SELECT count() FROM need_owners WHERE owner = %(owner)s", {"owner": wanted})
        late = client.rows("SELECT count() FROM need_owners WHERE owner = %(owner)s AND overdue", {"owner": wanted})
    text = local.get(f"/needs?lang=en&owner={owner}").text
    assert total(text) == count and all((f"owner={owner}" in row) or owner == "-" for row in rows(text))
    assert total(local.get(f"/needs?lang=en&owner={owner}&only=overdue").text) == late[0][0]


def test_the_owner_is_who_was_on_duty_then(local: Browser) -> None:
    before, after = (local.get(f"/needs?lang=en&place={DON}&at=2022-04-02T{at}:00").text for at in ("11:59", "12:01"))
    assert "day-don" in before and "night-don" not in before
    assert "night-don" in after and "day-don" not in after
    home = grid(LIN, 0)
    assert "worker-lin" not in local.get(f"/needs?place={home}&at=2022-04-02T03:59:00").text
    assert "worker-lin" in local.get(f"/needs?place={home}&at=2022-04-02T04:01:00").text
    assert "officer-nan" in local.get(f"/needs?place={NAN}&at=2022-04-02T19:00:00").text
    assert "officer-nan" not in local.get(f"/needs?place={NAN}").text  # the line was taken out


def test_a_need_and_a_household_name_their_owner(local: Browser) -> None:
    def first(place: str) -> tuple[str, str]:
        need = re.findall(r'/need\?[^"]*id=([^"]+)"', local.get(f"/needs?place={place}").text)[0]
        return local.get(f"/need?lang=en&id={need}").text, local.get(f"/household?lang=en&need={need}").text

    for text in first(DON):
        assert "<dt>On duty</dt><dd>night-don</dd>" in text
    for text in first(XI):
        assert '<dt>On duty</dt><dd><span class="badge critical">nobody</span></dd>' in text


def test_alerts_of_one_owner(local: Browser, city_url: str) -> None:
    with connect(city_url) as client:
        known = dict(client.rows("SELECT alert_id, owner FROM open_alerts"))
    assert {"officer-0", "officer-9"} <= set(known.values())
    for owner in ("officer-0", "officer-9", "-"):
        found = set(re.findall(r"/alert\?[^\"]*id=(al\d+)", local.get(f"/alerts?owner={owner}").text))
        assert found == {alert for alert, who in known.items() if (who or "-") == owner}


def test_owners_of_other_areas_are_not_named(guarded: Browser) -> None:
    guarded.log_in("bo", PASSWORD)
    live = [place.path for place in PLACES if place.live]
    for path in (*live, "/needs?owner=-", "/needs?owner=night-don", f"/needs?place={DON}", "/needs?owner=officer-lin"):
        text = guarded.get(path).text
        assert not [name for name in ("day-don", "officer-nan") if name in text], path
        assert "night-don" not in text or "owner=night-don" in path
    assert not rows_or_none(guarded.get("/needs?owner=night-don").text)
    assert not rows_or_none(guarded.get("/needs?owner=-").text)  # whom nobody has lie in the last area
    assert rows(guarded.get("/needs?owner=officer-lin").text)


def rows_or_none(text: str) -> list[str]:
    return rows(text) if "<tbody" in text else []
