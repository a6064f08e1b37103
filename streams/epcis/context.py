"""@context (JSON-LD): the standard's own context must be named, and every prefix that is used must be declared."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from streams.epcis.problem import Place, Problem, shown
from streams.epcis.vocabulary import CBV, EPCIS, GS1, terms

STANDARD: Final = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
_STANDARD: Final = re.compile(
    r"https?://(ref\.gs1\.org/standards/epcis/(2(\.\d+)*/)?epcis-context"
    r"|gs1\.github\.io/EPCIS/(JSON-LD-Context/)?epcis-context(-simple|-root)?)\.jsonld"
)
BUILT_IN: Final = {
    "epcis": EPCIS,
    "cbv": CBV,
    "gs1": GS1,
    "cbvmda": "urn:epcglobal:cbv:mda:",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "dcterms": "http://purl.org/dc/terms/",
}
"""Prefixes that the standard's context declares."""
_PROTECTED: Final = terms(
    "eventTime recordTime eventTimeZoneOffset action bizStep disposition readPoint bizLocation epcList"
    " quantityList childEPCs childQuantityList parentID inputEPCList outputEPCList inputQuantityList"
    " outputQuantityList epcClass quantity uom transformationID bizTransactionList sourceList destinationList"
    " sensorElementList errorDeclaration persistentDisposition certificationInfo ilmd epcisHeader epcisBody"
    " eventList"
)
"""Terms of the standard's context whose meaning is its own name under `epcis:`."""
_SCHEMES: Final = terms(
    "http https urn ni nih geo tel mailto data did tag info ftp sftp ftps file coap coaps mqtt mqtts ws wss doi"
    " hdl ark oid cid mid news ldap"
)
"""Schemes of absolute URIs: what stands before a colon and is none of these is a prefix."""
_URI: Final = re.compile(
    r"[A-Za-z][A-Za-z0-9+.-]*:(?://)?(?:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+", re.ASCII
)


@dataclass(frozen=True)
class Scope:
    """What a place in the document can refer to. `open`: a context of unknown content is in force."""

    prefixes: Mapping[str, str] = field(default_factory=dict)
    standard: bool = False
    open: bool = False

    def undeclared(self, name: str) -> str | None:
        """The prefix that a name or value uses without its being declared, if it does."""
        prefix, colon, rest = name.partition(":")
        if not colon or self.open or prefix in self.prefixes or prefix.lower() in _SCHEMES or prefix in ("", "_"):
            return None
        return None if rest.startswith("//") else prefix

    def expand(self, name: str) -> str:
        """A prefixed name as its full URI."""
        prefix, colon, rest = name.partition(":")
        if colon and prefix in self.prefixes and not rest.startswith("//"):
            return self.prefixes[prefix] + rest
        return name


def is_uri(text: str) -> bool:
    """Whether a text is a URI (RFC 3986), absolute or with a prefix; letters beyond ASCII must be percent-encoded."""
    return _URI.fullmatch(text) is not None


def read_context(value: Any, before: Scope, place: Place) -> tuple[Scope, list[Problem]]:
    """The scope that a @context makes of the one around it, and what is wrong with it."""
    prefixes, standard, open_, problems = dict(before.prefixes), before.standard, before.open, list[Problem]()
    entries = value if isinstance(value, list) else [value]
    for position, entry in enumerate(entries):
        here = (*place, position) if isinstance(value, list) else place
        if isinstance(entry, str):
            known = _STANDARD.fullmatch(entry) is not None
            if known:
                prefixes, standard = BUILT_IN | prefixes, True
            elif not is_uri(entry):
                problems.append(Problem(here, "context_uri", f"{shown(entry)} is not a URI of a context"))
            open_ = open_ or not known
        elif isinstance(entry, dict):
            problems.extend(_inline(entry, prefixes, here))
        else:
            problems.append(Problem(here, "wrong_type", "must be a URI, an object, or a list of these"))
    doubled = [n for n, entry in enumerate(entries) if entry in entries[:n]]
    problems += [Problem((*place, n), "doubled_item", "stands twice in @context") for n in doubled]
    return Scope(prefixes, standard, open_), problems


def _inline(entry: dict[str, Any], prefixes: dict[str, str], place: Place) -> Iterator[Problem]:
    for term, meaning in entry.items():
        here = (*place, term)
        full = meaning.get("@id") if isinstance(meaning, dict) else meaning
        if term.startswith("@") or ":" in term or full is None:
            continue
        if not isinstance(full, str) or not (is_uri(full) or full.startswith("@")):
            yield Problem(here, "context_prefix", "must be the URI that the prefix stands for")
        elif full != _own_meaning(term, full):
            yield Problem(here, "context_redefined", f"'{term}' belongs to the standard and can't mean something else")
        else:
            prefixes[term] = full


def _own_meaning(term: str, full: str) -> str:
    """What the standard's context, whose terms are protected, says that a term means; any meaning of other terms."""
    if term in ("epcis", "cbv", "gs1"):
        return BUILT_IN[term]
    return EPCIS + term if term in _PROTECTED and full != f"epcis:{term}" else full


def required(scope: Scope, place: Place) -> Iterator[Problem]:
    """The standard's own context must be in force, or its field names mean nothing."""
    if not scope.standard:
        yield Problem(place, "context_missing", f'does not name the context of EPCIS 2.0: add "{STANDARD}"')
