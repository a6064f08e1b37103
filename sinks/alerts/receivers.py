"""How each kind of receiver is told: bodies (pure) and who sends them."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol

from schemas.errors import BaogongError
from sinks.alerts.config import Egress, Receiver, ReceiverKind
from sinks.alerts.egress import Post, Undelivered, check_url, dump
from sinks.alerts.notice import Notice
from sinks.alerts.words import KINDS, SEVERITIES, sentence
from streams.ledger.clock import RealClock

SIGNATURE: Final = "X-Baogong-Signature"
"""`t=SECONDS,v1=HEX`: HMAC-SHA256 with the shared key over `SECONDS.` and the body: no old post can be replayed."""


class Teller(Protocol):
    """Tells one receiver. `repeat_seconds`: how often what stands has to be told again; None: never."""

    repeat_seconds: float | None

    async def tell(self, notices: Sequence[Notice]) -> None:
        """Deliver these together; raises Undelivered (try again) or Refused (the settings forbid it)."""
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


def chat_text(notices: Sequence[Notice]) -> str:
    """A message for chats and mail: one line an alert, both languages."""
    lines = []
    for notice in notices:
        title, words, severity = KINDS[notice.kind], sentence(notice.kind, notice.detail), SEVERITIES[notice.severity]
        state = ("已解除 resolved", "✅") if notice.ended_at else (f"{severity.zh} {severity.en}", "⚠️")
        place = f" [{notice.place}]" if notice.place else ""
        owner = f" → {notice.owner}" if notice.owner and not notice.ended_at else ""
        lines.append(f"{state[1]} {state[0]} {title.zh} {title.en}{place}: {words.zh} / {words.en}{owner}")
    return "\n".join(lines)


class AlertmanagerTeller:
    """Alertmanager API v2; told again in a third of its resolve timeout."""

    def __init__(self, receiver: Receiver, post: Post) -> None:
        self._url, self._post = receiver.url.rstrip("/") + "/api/v2/alerts", post
        self._lasting = timedelta(minutes=receiver.resolve_minutes)
        self.repeat_seconds: float | None = self._lasting.total_seconds() / 3

    async def tell(self, notices: Sequence[Notice]) -> None:
        """Post all at once."""
        await self._post.send(self._url, dump(alertmanager_body(notices, RealClock().now(), self._lasting)), {})


class WebhookTeller:
    """A generic webhook in Alertmanager's shape, signed where there is a key."""

    repeat_seconds: float | None = None

    def __init__(self, receiver: Receiver, post: Post) -> None:
        self._name, self._url, self._post = receiver.name, receiver.url, post
        self._key = _key(receiver)

    async def tell(self, notices: Sequence[Notice]) -> None:
        """Post all at once."""
        body = dump(webhook_body(notices, self._name))
        seconds = int(RealClock().now().timestamp())
        headers = {SIGNATURE: sign(self._key, body, seconds)} if self._key else {}
        await self._post.send(self._url, body, headers)


def _key(receiver: Receiver) -> bytes:
    if receiver.secret_file is None:
        return b""
    try:
        key = receiver.secret_file.read_bytes().strip()
    except OSError as error:
        raise BaogongError(f"Cannot read the key of receiver {receiver.name}: {receiver.secret_file}.", 2) from error
    if len(key) < 16:
        raise BaogongError(f"The key of receiver {receiver.name} is shorter than 16 bytes: make a longer one.", 2)
    return key


class ChatTeller:
    """Chat and mail through apprise (WeCom, DingTalk, Feishu and many more): an extra, to be installed."""

    repeat_seconds: float | None = None

    def __init__(self, receiver: Receiver, egress: Egress) -> None:
        self._name = receiver.name
        try:
            import apprise
        except ImportError as error:
            raise BaogongError(f"Receiver {receiver.name} needs apprise: install it with 'make chat'.", 2) from error
        self._notifier = apprise.Apprise()
        if not self._notifier.add(receiver.url):
            raise BaogongError(f"The url of receiver {receiver.name} is none that apprise knows.", 2)
        _check_chat(self._notifier, receiver.name, egress)

    async def tell(self, notices: Sequence[Notice]) -> None:
        """One message for all of them; whole or not at all."""
        text = chat_text(notices)
        if not await self._notifier.async_notify(title="保供 baogong", body=text):
            raise Undelivered(f"{self._name} did not take the message", unsure=True)


def _check_chat(notifier: Any, name: str, egress: Egress) -> None:
    """Hosts that an apprise plugin talks to: fixed in the plugin, or named in its URL."""
    for server in notifier:
        address = next((str(getattr(server, one)) for one in ("notify_url", "webhook_url") if hasattr(server, one)), "")
        if address.startswith("http"):
            check_url(address.replace("{", "").replace("}", ""), egress)
        elif getattr(server, "host", None):
            scheme = "https" if getattr(server, "secure", True) else "http"
            check_url(f"{scheme}://{server.host}{f':{server.port}' if server.port else ''}", egress)
        else:
            raise BaogongError(f"Where receiver {name} connects to can't be told: it is not used.", 2)


def teller(receiver: Receiver, post: Post, egress: Egress) -> Teller:
    """Who tells a receiver; raises BaogongError or Refused where its settings do not do."""
    made: Mapping[ReceiverKind, Any] = {
        ReceiverKind.ALERTMANAGER: lambda: AlertmanagerTeller(receiver, post),
        ReceiverKind.WEBHOOK: lambda: WebhookTeller(receiver, post),
        ReceiverKind.APPRISE: lambda: ChatTeller(receiver, egress),
    }
    told: Teller = made[receiver.type]()
    return told


def now() -> datetime:
    """The present."""
    return RealClock().now().astimezone(UTC)
