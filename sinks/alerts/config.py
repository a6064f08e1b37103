"""Who is told of alerts, and where this may connect to: a TOML file."""

from __future__ import annotations

import tomllib
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator, model_validator

from schemas.alert import AlertKind, AlertSeverity
from schemas.base import Identifier, Model, PlaceCode
from schemas.errors import USAGE, BaogongError

Seconds = Annotated[float, Field(gt=0, le=3600)]


class ReceiverKind(StrEnum):
    """How a receiver wants to be told."""

    ALERTMANAGER = "alertmanager"
    WEBHOOK = "webhook"
    APPRISE = "apprise"


class Receiver(Model):
    """One receiver; what it lists of severities, kinds and places narrows what it gets (nothing listed: all)."""

    model_config = Model.model_config | {"strict": False}

    name: Identifier
    type: ReceiverKind
    url: str
    """Of the server; for apprise, an apprise URL such as wecombot://KEY."""
    secret_file: Path | None = None
    """For webhooks: the key of the HMAC-SHA256 signature."""
    resolve_minutes: Annotated[float, Field(gt=0, le=24 * 60)] = 5.0
    """For Alertmanager: after so long without news it takes an alert for over; it is told again in a third of it."""
    severities: frozenset[AlertSeverity] = frozenset(AlertSeverity)
    kinds: frozenset[AlertKind] = frozenset(AlertKind)
    places: tuple[PlaceCode, ...] = ()

    @model_validator(mode="after")
    def _web_address(self) -> Receiver:
        if self.type is not ReceiverKind.APPRISE:
            parts = urlsplit(self.url)
            if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.password:
                raise ValueError("url is http://HOST[:PORT][/PATH] or https://..., without user and password")
        return self


class Egress(Model):
    """Where connections may go. Anything else is refused before a name is looked up."""

    model_config = Model.model_config | {"strict": False}

    allow: tuple[str, ...] = ()
    """HOST or HOST:PORT, exactly as in the receivers' URLs."""
    private: tuple[str, ...] = ()
    """Hosts of `allow` that may be at private, loopback or link-local addresses."""
    timeout_seconds: Seconds = 10.0
    limit_bytes: Annotated[int, Field(gt=0, le=10**8)] = 1_000_000
    """The most that is read of an answer."""

    @field_validator("allow", "private")
    @classmethod
    def _plain_hosts(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        if wrong := [host for host in hosts if "/" in host or "*" in host or not host.strip()]:
            raise ValueError(f"'{wrong[0]}' is not HOST or HOST:PORT")
        return tuple(host.lower() for host in hosts)


class NotifySettings(Model):
    """The file: [egress] and one [[receiver]] each."""

    model_config = Model.model_config | {"strict": False}

    receiver: tuple[Receiver, ...] = ()
    egress: Egress = Egress()

    @model_validator(mode="after")
    def _distinct(self) -> NotifySettings:
        names = [receiver.name for receiver in self.receiver]
        if len(set(names)) != len(names):
            raise ValueError("two receivers have the same name")
        return self


def load_notify(path: Path) -> NotifySettings:
    """Read the file; raise BaogongError naming the file and the wrong place."""
    try:
        return NotifySettings.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise BaogongError(f"Cannot read {path}: {error.strerror}. Name a file with --receivers.", USAGE) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BaogongError(f"{path} is not valid TOML: {error}.", USAGE) from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise BaogongError(f"{path}: {place or 'receivers'}: {first['msg']}.", USAGE) from error
