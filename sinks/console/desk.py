"""What the pages work with: the store, the actions, the words, and the looks at households that are recorded."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined

from schemas.alert import HouseholdViewed
from schemas.item import Catalogue
from schemas.temperature import Profile
from sinks.console import words
from sinks.console.actions import Actions, action_id
from sinks.console.asked import Asked, NotKnownYet
from sinks.console.known import EPOCH, Known, Watch
from sinks.console.reports import Reports
from sinks.console.store import Store
from sinks.console.users import LOCAL, User
from sinks.console.words import Speaker
from streams.core.alerts.settings import AlertSettings
from streams.ledger.clock import Clock


class Missing(Exception):
    """There is no such thing, or not for this user: both look the same."""


class Forbidden(Exception):
    """The user's role does not allow it."""


@dataclass
class Desk:
    """One console. `users` None: whoever reaches it is LOCAL. `verified`: where `baogong verify --json` was kept."""

    store: Store
    actions: Actions
    clock: Clock
    users: dict[str, User] | None = None
    catalogue: Catalogue = field(default_factory=dict)
    profiles: Mapping[str, Profile] = field(default_factory=dict)
    alert_settings: AlertSettings = field(default_factory=AlertSettings)
    verified: Path | None = None
    secure: bool = False
    behind_proxy: bool = False
    """A proxy in front says where requests come from."""
    templates: Environment = field(init=False)
    reports: Reports = field(init=False)
    watch: Watch = field(init=False)
    _reached: dt.datetime = field(init=False, default=EPOCH)

    def __post_init__(self) -> None:
        self.watch = Watch(self.clock)
        self.reports = Reports(self.store, self.alert_settings)
        self.templates = Environment(
            loader=PackageLoader("sinks.console"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.templates.globals.update(short=words.short, last=words.last)

    @property
    def local(self) -> User | None:
        """Who everybody is where there is no login."""
        return LOCAL if self.users is None else None

    def now(self) -> dt.datetime:
        """The newest time of any ledger, as far as its spans are made."""
        return self.known().at

    def known(self) -> Known:
        """Up to when which ledger is known, as far as its spans are made."""
        for row in self.store.rows("console_moment"):
            self._reached = max(row["now"], EPOCH)
            return Known(self._reached, row["slowest"], max(row["slowest_until"], EPOCH))
        return Known()

    def insist_known(self, at: dt.datetime) -> None:
        """Raises NotKnownYet for a time of which nothing is known so far; asks only where that may have changed."""
        if at > self._reached and at > (until := self.now()):
            raise NotKnownYet(until)

    def today(self, asked: Asked) -> dt.date:
        """The day that it was at the time asked about, where the city is: a lot expires at the end of its last one."""
        return asked.as_of.astimezone(ZoneInfo(self.alert_settings.timezone)).date()

    def acted_at(self) -> dt.datetime:
        """The time of an action: the city's clock, or its ledgers' where a replay has its own time."""
        return max(self.now(), EPOCH + dt.timedelta(days=366 * 31)) if self.clock.follows_events else self.clock.now()

    def speaker(self, asked: Asked) -> Speaker:
        """Words in the language of whoever asks."""
        return Speaker(asked.lang, asked.zone, self.catalogue)

    def render(self, template: str, asked: Asked, bare: bool = False, **values: Any) -> str:
        """A page, or (bare) only what is in it."""
        say = self.speaker(asked)
        layout = "bare.html" if bare else "frame.html"
        page: str = self.templates.get_template(template).render(
            say=say,
            asked=asked,
            user=asked.user,
            layout=layout,
            link=Linker(asked),
            login=self.users is not None,
            **values,
        )
        return page

    def looked(self, asked: Asked, page: str, households: Iterable[tuple[str, str]]) -> None:
        """Record that somebody sees these households (id, area), before he does; raises BaogongError."""
        at, who = self.acted_at(), asked.user.name
        messages = [
            HouseholdViewed(
                kind="household_viewed",
                event_id=action_id("look", who, requester, page),
                occurred_at=at,
                source=who,
                requester_id=requester,
                area=area,
                page=page,
            )
            for requester, area in dict.fromkeys(households)
        ]
        if messages:
            self.actions.send(*messages)


class Linker:
    """Links that keep the time and place that are asked about."""

    def __init__(self, asked: Asked) -> None:
        self._kept = {name: asked.query[name] for name in ("at", "place") if asked.query.get(name)}
        self._asked = asked

    def __call__(self, path: str, /, **query: Any) -> str:
        """A link with these parameters, of any name; None takes one away."""
        merged = {name: value for name, value in {**self._kept, **query}.items() if value not in (None, "")}
        tail = f"?{urlencode({name: str(value) for name, value in merged.items()})}" if merged else ""
        return quote(path, safe="/:") + tail

    def same(self, /, **query: Any) -> str:
        """This page with other parameters."""
        return self(self._asked.path, **{**self._asked.query, **query})
