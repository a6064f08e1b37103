"""How each kind of receiver is told: bodies (pure) and who sends them."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol

from schemas.errors import BaogongError
from sinks.alerts.chat import ChatTeller
from sinks.alerts.config import Egress, Receiver, ReceiverKind
from sinks.alerts.egress import Post, dump
from sinks.alerts.notice import Notice
from sinks.alerts.words import KINDS, sentence
from streams.ledger.clock import RealClock

SIGNATURE: Final = "X-Baogong-Signature"
"""`t=SECONDS,v1=HEX`: HMAC-SHA256 with the shared key over `SECONDS.` and the body: no old post can be replayed."""


class Teller(Protocol):
    """Tells one receiver. `repeat_seconds`: how often what stands has to be told again; None: never."""

    repeat_seconds: float | None

    def fits(self, notices: Sequence[Notice]) -> int:
        """How many of these, from the first, go out together; one at least."""
        ...

    async def tell(self, notices: Sequence[Notice]) -> None:
        """Deliver these, no more than fit; raises Undelivered (try again) or Refused (the settings forbid it)."""
        ...


def labels(notice: Notice) -> dict[str, str]:
    """What identifies an alert to others: never changes while it lives."""
    named = {"alertname": notice.kind.value, "alert_id": notice.alert_id, "subject": notice.subject}
    return {**named, "severity": notice.severity.value, "place": notice.place or "city", "source": "baogong"}


def stable_labels(notice: Notice) -> dict[str, str]:
    """Those of Alertmanager: it takes other labels for another alert, so what may change is left out."""
    return {name: value for name, value in labels(notice).items() if name != "severity"}


def wording(notice: Notice) -> dict[str, str]:
    """Words and whom it concerns; may change."""
    words, title = sentence(notice.kind, notice.detail), KINDS[notice.kind]
    said = {
        "summary": f"{title.zh} {title.en}",
        "description_zh": words.zh,
        "description_en": words.en,
        "severity": notice.severity.value,
        "level": notice.level,
        "owner": notice.owner or "",
        "acknowledged_by": notice.acknowledged_by or "",
        "comment": notice.comment,
    }
    return {name: value for name, value in said.items() if value}


def alertmanager_body(notices: Sequence[Notice], now: datetime, lasting: timedelta) -> list[dict[str, Any]]:
    """Alertmanager API v2, POST /api/v2/alerts: open ones end only if they are not told again in time."""
    return [
        {
            "labels": stable_labels(notice),
            "annotations": wording(notice),
            "startsAt": notice.raised_at,
            "endsAt": notice.ended_at or (now + lasting).isoformat(),
        }
        for notice in notices
    ]


def webhook_body(notices: Sequence[Notice], receiver: str) -> dict[str, Any]:
    """Alertmanager's webhook payload, version 4."""
    alerts = [
        {
            "status": "firing" if notice.ended_at is None else "resolved",
            "labels": labels(notice),
            "annotations": wording(notice),
            "startsAt": notice.raised_at,
            "endsAt": notice.ended_at or "0001-01-01T00:00:00Z",
            "generatorURL": "",
            "fingerprint": notice.alert_id,
        }
        for notice in notices
    ]
    firing = any(notice.ended_at is None for notice in notices)
    return {
        "version": "4",
        "groupKey": f"{{}}:{{receiver={receiver!r}}}",
        "truncatedAlerts": 0,
        "status": "firing" if firing else "resolved",
        "receiver": receiver,
        "groupLabels": {},
        "commonLabels": _common([alert["labels"] for alert in alerts]),
        "commonAnnotations": _common([alert["annotations"] for alert in alerts]),
        "externalURL": "",
        "alerts": alerts,
    }


def _common(all_of: Sequence[Any]) -> dict[str, str]:
    first = all_of[0] if all_of else {}
    return {name: value for name, value in first.items() if all(one.get(name) == value for one in all_of)}


def sign(key: bytes, body: bytes, seconds: int) -> str:
    """The signature header of a body posted at a time (Unix seconds)."""
    mark = hmac.new(key, b"%d." % seconds + body, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={mark}"


class AlertmanagerTeller:
    """Alertmanager API v2; told again in a third of its resolve timeout."""

    def __init__(self, receiver: Receiver, post: Post) -> None:
        self._url, self._post = receiver.url.rstrip("/") + "/api/v2/alerts", post
        self._lasting = timedelta(minutes=receiver.resolve_minutes)
        self.repeat_seconds: float | None = self._lasting.total_seconds() / 3

    def fits(self, notices: Sequence[Notice]) -> int:
        """All of them."""
        return len(notices)

    async def tell(self, notices: Sequence[Notice]) -> None:
        """Post all at once."""
        await self._post.send(self._url, dump(alertmanager_body(notices, RealClock().now(), self._lasting)), {})


class WebhookTeller:
    """A generic webhook in Alertmanager's shape, signed where there is a key."""

    repeat_seconds: float | None = None

    def __init__(self, receiver: Receiver, post: Post) -> None:
        self._name, self._url, self._post = receiver.name, receiver.url, post
        self._key = read_key(receiver)

    def fits(self, notices: Sequence[Notice]) -> int:
        """All of them."""
        return len(notices)

    async def tell(self, notices: Sequence[Notice]) -> None:
        """Post all at once."""
        body = dump(webhook_body(notices, self._name))
        seconds = int(RealClock().now().timestamp())
        headers = {SIGNATURE: sign(self._key, body, seconds)} if self._key else {}
        await self._post.send(self._url, body, headers)


def read_key(receiver: Receiver) -> bytes:
    """The key of a webhook's signature, b"" where there is none; raises BaogongError.

    A text is taken without the white space around it, for editors end it with a line end; other bytes as they are.
    """
    if receiver.secret_file is None:
        return b""
    try:
        key = receiver.secret_file.read_bytes()
    except OSError as error:
        raise BaogongError(f"Cannot read the key of receiver {receiver.name}: {receiver.secret_file}.", 2) from error
    with contextlib.suppress(UnicodeDecodeError):
        key.decode()
        key = key.strip()
    if len(key) < 16:
        raise BaogongError(f"The key of receiver {receiver.name} is shorter than 16 bytes: make a longer one.", 2)
    return key


def teller(receiver: Receiver, post: Post, egress: Egress) -> Teller:
    """Who tells a receiver; raises BaogongError or Refused where its settings do not do."""
    made: Mapping[ReceiverKind, Any] = {
        ReceiverKind.ALERTMANAGER: lambda: AlertmanagerTeller(receiver, post),
        ReceiverKind.WEBHOOK: lambda: WebhookTeller(receiver, post),
        ReceiverKind.APPRISE: lambda: ChatTeller(receiver, post, egress),
    }
    told: Teller = made[receiver.type]()
    return told


def now() -> datetime:
    """The present."""
    return RealClock().now().astimezone(UTC)
