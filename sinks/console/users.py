"""Who may use the console: a TOML file with argon2 hashes, roles, and the areas that each may see."""

from __future__ import annotations

import tomllib
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated, Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from pydantic import Field, ValidationError, field_validator, model_validator

from schemas.base import Identifier, Model, PlaceCode
from schemas.errors import USAGE, BaogongError

_HASHER: Final = PasswordHasher()


class Role(StrEnum):
    """What somebody may do."""

    VIEWER = "viewer"
    """See numbers and stock; no households."""
    DUTY_OFFICER = "duty_officer"
    """See households too, acknowledge and silence alerts."""
    AUDITOR = "auditor"
    """See everything there is to see, change nothing."""


MAY_SEE_HOUSEHOLDS: Final = frozenset({Role.DUTY_OFFICER, Role.AUDITOR})
MAY_ACT: Final = frozenset({Role.DUTY_OFFICER})
MAY_AUDIT: Final = frozenset({Role.AUDITOR, Role.DUTY_OFFICER})


class User(Model):
    """Somebody. `areas`: places whose supply areas he may see; none: all."""

    model_config = Model.model_config | {"strict": False}

    name: Identifier
    password_hash: str = ""
    role: Role
    areas: Annotated[tuple[PlaceCode, ...], Field(max_length=1000)] = ()

    @field_validator("password_hash")
    @classmethod
    def _argon2(cls, text: str) -> str:
        try:
            if text and not text.startswith("$argon2id$"):
                raise InvalidHashError("not argon2id")
            if text:
                _HASHER.check_needs_rehash(text)
        except InvalidHashError as error:
            raise ValueError("not an argon2id hash; make one with 'baogong console --hash'") from error
        return text

    @property
    def may_see_households(self) -> bool:
        """Whether records of households are shown."""
        return self.role in MAY_SEE_HOUSEHOLDS

    @property
    def may_act(self) -> bool:
        """Whether he may acknowledge and silence."""
        return self.role in MAY_ACT

    @property
    def may_audit(self) -> bool:
        """Whether the ledgers' records are shown."""
        return self.role in MAY_AUDIT and not self.areas

    def may_see(self, area: str) -> bool:
        """Whether an area lies in one of his places."""
        return not self.areas or any(area == place or area.startswith(place + "/") for place in self.areas)


LOCAL: Final = User(name="local", role=Role.DUTY_OFFICER)
"""Whoever sits at the machine, where the console listens on loopback and has no users."""


class Users(Model):
    """The file: one [[user]] each."""

    model_config = Model.model_config | {"strict": False}

    user: Annotated[tuple[User, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _usable(self) -> Users:
        names = [user.name for user in self.user]
        if len(set(names)) != len(names):
            raise ValueError("two users have the same name")
        if missing := [user.name for user in self.user if not user.password_hash]:
            raise ValueError(f"user {missing[0]} has no password_hash; make one with 'baogong console --hash'")
        return self


def load_users(path: Path) -> dict[str, User]:
    """Read the file; raise BaogongError naming the file and the wrong place."""
    try:
        found = Users.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise BaogongError(f"Cannot read the users {path}: {error.strerror}.", USAGE) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BaogongError(f"{path} is not valid TOML: {error}.", USAGE) from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise BaogongError(f"{path}: {place or 'users'}: {first['msg']}.", USAGE) from error
    return {user.name: user for user in found.user}


def hash_password(password: str) -> str:
    """An argon2id hash for the file."""
    return _HASHER.hash(password)


@cache
def _decoy() -> str:
    return _HASHER.hash("nobody has this password")


def check_password(users: dict[str, User], name: str, password: str) -> User | None:
    """The user, where name and password are right; takes as long for a name that does not exist."""
    user = users.get(name)
    try:
        _HASHER.verify(user.password_hash if user else _decoy(), password)
    except (VerificationError, InvalidHashError):
        return None
    return user
