"""The official JSON Schema of EPCIS 2.0, where it lies beside the clone; formats of text included."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import Any

import pytest
from jsonschema import Draft7Validator, FormatChecker

from tests.streams.epcis.kit import SHARED

WHY_NOT = f"the official EPCIS schema and examples are not in {'/'.join(('..', *SHARED.parts[-3:]))}"


def official_schema() -> Any:
    """A validator; skips the test where the schema is not there."""
    path = SHARED / "EPCIS-JSON-Schema.json"
    if not path.is_file():
        pytest.skip(WHY_NOT)
    return Draft7Validator(json.loads(path.read_text(encoding="utf-8")), format_checker=_formats())


def official_examples() -> list[Any]:
    """Paths of the official examples; none where they are not there."""
    return sorted(SHARED.glob("*.jsonld"))


def _formats() -> FormatChecker:
    formats = FormatChecker(formats=[])
    formats.checks("uri")(_is_uri)
    formats.checks("date-time")(_is_time)
    return formats


def _is_uri(value: object) -> bool:
    return not isinstance(value, str) or re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]*", value) is not None


def _is_time(value: object) -> bool:
    if not isinstance(value, str):
        return True
    if not re.fullmatch(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", value):
        return False
    try:
        return dt.datetime.fromisoformat(value.upper()) is not None
    except ValueError:
        return False
