"""An alert as it is told to people: the fold of what the alert stage decided about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from schemas.alert import AlertKind, AlertSeverity
from schemas.base import Model


class Notice(Model):
    """One alert. `revision` counts what changed in it that people should hear of; `ended_at` None: open."""

    model_config = Model.model_config | {"strict": False}

    alert_id: str
    kind: AlertKind
    subject: str
    place: str | None
    severity: AlertSeverity
    level: str
    owner: str | None
    episode: int
    since: str
    raised_at: str
    detail: dict[str, str | int | float | None]
    acknowledged_by: str | None = None
    comment: str = ""
    ended_at: str | None = None
    quiet: bool = False
    """A silence holds for it: kept, shown, not sent; its end is, to whom it was sent before."""
    revision: int = Field(default=1, ge=1)


_RAISED = ("alert_id", "kind", "subject", "place", "severity", "level", "owner", "episode", "since", "detail")


def take(notice: Notice | None, said: Mapping[str, Any]) -> Notice | None:
    """The alert after a decision about it; None for a decision about an alert that was never raised here."""
    if said["type"] == "alert_raised":
        revision = 1 if notice is None else notice.revision + 1
        return Notice(
            **{name: said[name] for name in _RAISED},
            raised_at=said["at"],
            quiet=said["silenced"],
            revision=revision,
        )
    if notice is None or said.get("episode", notice.episode) != notice.episode:
        return None
    changes = _changes(said)
    return None if changes is None else notice.model_copy(update={**changes, "revision": notice.revision + 1})


def _changes(said: Mapping[str, Any]) -> dict[str, Any] | None:
    match said["type"]:
        case "alert_changed":
            return {"severity": AlertSeverity(said["severity"]), "detail": dict(said["detail"])}
        case "alert_acknowledged":
            return {"acknowledged_by": said["by"], "comment": said["comment"]}
        case "alert_escalated":
            return {"level": said["level"], "owner": said["owner"]}
        case "alert_handed_over":
            return {"owner": said["owner"]}
        case "alert_muted":
            return {"quiet": said["silenced"]}
        case "alert_resolved":
            return {"ended_at": said["at"]}
    return None
