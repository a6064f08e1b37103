"""Who is told of alerts, and where this may connect to: a TOML file."""

from __future__ import annotations

import re
import tomllib
from enum import StrEnum
from ipaddress import IPv6Address, ip_address
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import SplitResult, urlsplit

from pydantic import Field, ValidationError, field_validator, model_validator

from schemas.alert import AlertKind, AlertSeverity
from schemas.base import Identifier, Model, PlaceCode
from schemas.errors import USAGE, BaogongError

Seconds = Annotated[float, Field(gt=0, le=3600)]
_PLACE: Final = re.compile(r"(?:\[(?P<six>[^\]]+)\]|(?P<name>[^\s/*@?#%:\[\]]+))(?::(?P<port>\d{1,5}))?")


def place(host: str, port: int = 0) -> str:
    """HOST or, with a port, HOST:PORT, as [egress] lists it: small letters, an IPv6 address short and in brackets."""
    try:
        name = str(ip_address(host))
    except ValueError:
        name = host.lower()
    name = f"[{name}]" if ":" in name else name
    return f"{name}:{port}" if port else name


def _listed(text: str) -> str:
    """An entry of [egress] as `place` writes it; raises ValueError."""
    try:
        return place(str(ip_address(text)))
    except ValueError:
        found = _PLACE.fullmatch(text)
    if found is None or not _is_six(found["six"]) or not 0 < int(found["port"] or 1) < 65536:
        raise ValueError(f"'{text}' is not HOST or HOST:PORT")
    return place(found["six"] or found["name"], int(found["port"] or 0))


def _is_six(address: str | None) -> bool:
    """Whether what stands in brackets, if anything does, is an IPv6 address."""
    try:
        return address is None or bool(IPv6Address(address).packed)
    except ValueError:
        return False


def _has_port(parts: SplitResult) -> bool:
    """Whether a port that can be: none at all is that of the scheme."""
    try:
        return parts.port != 0
    except ValueError:
        return False


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
            whole = parts.scheme in ("http", "https") and parts.hostname and _has_port(parts)
            if not whole or parts.username or parts.password:
                raise ValueError("url is http://HOST[:PORT][/PATH] or https://..., without user and password")
        return self


class Egress(Model):
    """Where connections may go. Anything else is refused before a name is looked up."""

    model_config = Model.model_config | {"strict": False}

    allow: tuple[str, ...] = ()
    """HOST or HOST:PORT, as in the receivers' URLs; an IPv6 address with a port in brackets, as there."""
    private: tuple[str, ...] = ()
    """Those of `allow` that may be at private, loopback or link-local addresses; HOST or HOST:PORT."""
    timeout_seconds: Seconds = 10.0
    limit_bytes: Annotated[int, Field(gt=0, le=10**8)] = 1_000_000
    """The most that is read of an answer."""

    @field_validator("allow", "private")
    @classmethod
    def _plain_hosts(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_listed(host) for host in hosts)


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
