"""Who is told of which alerts: pure."""

from __future__ import annotations

from sinks.alerts.config import Receiver
from sinks.alerts.notice import Notice
from streams.core.alerts.words import within


def wants(receiver: Receiver, notice: Notice) -> bool:
    """Whether an alert is among those that a receiver asked for."""
    near = not receiver.places or any(within(notice.place, outer) for outer in receiver.places)
    return notice.kind in receiver.kinds and notice.severity in receiver.severities and near


def to_tell(notice: Notice, *, wanted: bool, stands: bool) -> bool:
    """Whether a receiver is to hear of an alert as it is now. `stands`: it may take it for open, by what it was told.

    Who takes an alert for open hears its end whatever it asked for and whatever is silenced, or the alert would stand
    there for ever; nobody else does. For who did not hear the end of one episode, the next is the same one going on.
    """
    if notice.ended_at is not None:
        return stands
    return (wanted or stands) and not notice.quiet
