"""What an officer says to alerts, as a message: named by its content, dated by the ledger's clock."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from typing import Any, Final

from pydantic import ValidationError

from schemas.alert import AlertAcknowledge, AlertSilence, AlertUnsilence, HouseholdViewed
from schemas.errors import USAGE, BaogongError
from sinks.clickhouse.client import Client

Saying = AlertAcknowledge | AlertSilence | AlertUnsilence | HouseholdViewed
MODELS: Final[dict[str, type[Saying]]] = {
    "alert_acknowledge": AlertAcknowledge,
    "alert_silence": AlertSilence,
    "alert_unsilence": AlertUnsilence,
    "household_viewed": HouseholdViewed,
}
APART: Final = dt.timedelta(hours=1)
"""A ledger this far from the clock on the wall has a clock of its own: replayed or scaled."""
_LAST: Final = "SELECT resolved_at FROM alerts WHERE alert_id = %(alert)s ORDER BY episode DESC LIMIT 1"
_NOW: Final = "SELECT now FROM ledger_now WHERE stage = 'alerts'"


def ledger_time(client: Client, wall: dt.datetime) -> dt.datetime:
    """What time it is for the alert stage: that of the wall, unless its clock is another one."""
    rows = client.rows(_NOW)
    if not rows or rows[0][0] is None:
        return wall
    ledger: dt.datetime = rows[0][0].replace(tzinfo=dt.UTC)
    return ledger if abs(wall - ledger) > APART else wall


def closed(client: Client, alert_id: str) -> str | None:
    """Why an alert is none to acknowledge, as a sentence; None: it is open."""
    rows = client.rows(_LAST, {"alert": alert_id})
    if not rows:
        return (
            f"There is no alert {alert_id}: 'baogong alerts list' shows the ids of those that are open; one that was "
            "raised just now is there in a moment."
        )
    (ended,) = rows[0]
    return f"Alert {alert_id} is over since {ended:%Y-%m-%dT%H:%M:%SZ}: it is none to acknowledge." if ended else None


def message(kind: str, by: str, at: dt.datetime, **said: Any) -> Saying:
    """The message; the same at the same time has the same id. Raises BaogongError naming the field that is wrong."""
    plain = {**said, "kind": kind, "source": by, "occurred_at": at}
    text = json.dumps(plain, sort_keys=True, default=str, ensure_ascii=False)
    digest = hashlib.sha256(text.encode()).hexdigest()
    plain["event_id"] = f"e{digest[:32]}"
    if kind == "alert_silence":
        plain.setdefault("silence_id", f"s{digest[:12]}")
    try:
        return MODELS[kind].model_validate(plain, strict=False)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise BaogongError(f"{place + ': ' if place else ''}{first['msg']}.", USAGE) from error
