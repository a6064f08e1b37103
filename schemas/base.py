"""What all messages share: frozen models, no unknown fields, aware times, integer quantities."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

Identifier = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=r"^[^\s\x00-\x1f\x7f]+$")]
"""A name given by its publisher: no white space, no control characters, at most 128 characters."""

PlaceCode = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]*$")]
"""A place in the hierarchy city/district/subdistrict/community/grid (市/区/街道/社区/网格), as codes joined by '/'."""

ItemCode = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\s\x00-\x1f\x7f:]+$")]
"""An item of the catalogue (品类); a colon is not allowed, since need ids are `request:item`."""

Text = Annotated[str, StringConstraints(max_length=500, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$")]
"""Words from people, at most 500 characters, never a person's name, phone or door number."""

Units = Annotated[int, Field(ge=0, le=10**12)]
"""A count in the item's unit; never a fraction. What is unknown is None, never 1."""

SomeUnits = Annotated[int, Field(gt=0, le=10**12)]
"""A count of at least one."""

Instant = Annotated[AwareDatetime, Field(ge=datetime(1970, 1, 1, tzinfo=UTC), lt=datetime(2200, 1, 1, tzinfo=UTC))]
"""A time with its offset, from 1970 to 2199: a naive time is refused, and so is one that arithmetic would overflow."""

Reported = Annotated[AwareDatetime, Field(ge=datetime(2000, 1, 1, tzinfo=UTC), lt=datetime(2200, 1, 1, tzinfo=UTC))]
"""When something happened, as reported: from 2000 on, so that a date written as a number (20220401) is refused."""


class Model(BaseModel):
    """A frozen value; unknown fields and silent conversions are refused."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, ser_json_timedelta="iso8601", use_attribute_docstrings=True
    )


class Message(Model):
    """A fact that somebody reports on a source topic.

    `event_id` names the report (the same id again has one effect), `occurred_at` is when it happened, `source` says who
    says so, `area` is the supply area (街道) that keys the topic.
    """

    event_id: Identifier
    occurred_at: Reported
    source: Identifier
    area: PlaceCode
