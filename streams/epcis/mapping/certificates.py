"""Certificates that an event carries, in the GS1 Web Vocabulary's words (gs1:certification)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from streams.epcis.mapping.event_view import View
from streams.epcis.mapping.facts import Draft
from streams.epcis.names import NAMESPACE
from streams.epcis.vocabulary import GS1

_FIELDS: Final = {
    f"{GS1}certificationIdentification": "certificate_id",
    f"{GS1}certificationAgency": "issuer",
    f"{GS1}certificationStandard": "type",
    f"{GS1}certificationStartDate": "valid_from",
    f"{GS1}certificationEndDate": "valid_until",
    f"{NAMESPACE}province": "province",
}
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def certificates(view: View, lots: list[str]) -> Iterator[Draft]:
    """One draft for each certificate that is said whole enough to be one."""
    alone = view.own.get("report") == "certificate_issued"
    for name, value in (view.event.model_extra or {}).items():
        if view.checked.scope.expand(name) != f"{GS1}certification":
            continue
        for number, one in enumerate(value if isinstance(value, list) else [value]):
            role = "fact" if alone and number == 0 else f"certificate-{number}"
            yield Draft("certificate_issued", role, _body(one, view) | {"lot_ids": lots}, (*view.place, name))


def _body(said: Any, view: View) -> dict[str, Any]:
    if not isinstance(said, dict):
        return {}
    full = {view.checked.scope.expand(name): value for name, value in said.items()}
    body = {field: full[name] for name, field in _FIELDS.items() if name in full}
    for field in ("valid_from", "valid_until"):
        if isinstance(body.get(field), str) and _DATE.fullmatch(body[field]):
            body[field] += f"T00:00:00{view.event.eventTimeZoneOffset}"
    return body
