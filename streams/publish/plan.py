"""Before anything is sent: every file read, its mapping chosen, its headings checked against both."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import BinaryIO

from schemas.errors import USAGE, BaogongError
from streams.publish.build import Rules
from streams.publish.epcis import epcis_input
from streams.publish.files import Format, Source, open_source
from streams.publish.kinds import DERIVED, KIND, Kind, detect_kind, find_kind, some
from streams.publish.mapping import NOT_FIELDS, FileMapping, OwnNames, load_mapping
from streams.publish.readings import is_readings, readings_input
from streams.publish.run import Input


def plan(
    files: Sequence[str], mappings: Sequence[Path], rules: Rules, stdin: BinaryIO, said: Format | None = None
) -> list[Input]:
    """The files in the order given; raises BaogongError for the first thing that keeps a whole file from being read."""
    loaded = [load_mapping(path) for path in mappings]
    chosen = _paired(files, loaded) if loaded else [None] * len(files)
    inputs = [_input(open_source(name, stdin, said), one, rules) for name, one in zip(files, chosen, strict=True)]
    if rules.laid is not None and not any(one.reader is not None for one in inputs):
        raise BaogongError("--consignment is for loggers' files and EPCIS, and none of these is one.", USAGE)
    return inputs


def _paired(files: Sequence[str], mappings: Sequence[FileMapping]) -> list[FileMapping | None]:
    """A mapping for every file: by name pattern where a mapping has some, else one for all, else one each in order."""
    if any(mapping.files for mapping in mappings):
        return [_suited(name, mappings) for name in files]
    if len(mappings) == 1:
        return [mappings[0]] * len(files)
    if len(mappings) == len(files):
        return list(mappings)
    raise BaogongError(
        f"{len(files)} files and {len(mappings)} mappings: give one mapping, one for each file in the same order, "
        "or mappings that name their files.",
        USAGE,
    )


def _suited(name: str, mappings: Sequence[FileMapping]) -> FileMapping:
    suited = [m for m in mappings if m.suits(name)] or [m for m in mappings if not m.files]
    if len(suited) == 1:
        return suited[0]
    how = "no mapping names" if not suited else f"{len(suited)} mappings are for"
    raise BaogongError(f"{how} {Path(name).name}: change 'files' in the mappings so that one does.", USAGE)


def _input(source: Source, mapping: FileMapping | None, rules: Rules) -> Input:
    try:
        if mapping is None:
            return _own_form(source, rules) or _own_names(source, rules)
        return Input(source, mapping, _for_mapping(source, mapping, rules))
    except BaogongError as error:
        raise BaogongError(f"{source.name}: {error}", error.code) from error


def _own_form(source: Source, rules: Rules) -> Input | None:
    """A file with a form of its own, which has a reader; None for rows with headings or keys."""
    if source.format is Format.EPCIS:
        return epcis_input(source, rules)
    if source.format is Format.LOGGER or (rules.laid is not None and is_readings(source)):
        return readings_input(source, rules)
    return None


def _own_names(source: Source, rules: Rules) -> Input:
    """A file without a mapping: headings must be our own names, so that a misspelt one is noticed."""
    mapping = OwnNames(fold=source.format is Format.CSV)
    if source.headings is None:
        return Input(source, mapping, rules)
    _refuse_doubled(source, {h for h in source.headings if mapping.name(h) not in NOT_FIELDS - {KIND}})
    if KIND in map(mapping.name, source.headings):
        return Input(source, mapping, rules)
    names = mapping.names(dict.fromkeys(source.headings))
    if rules.kind is None and is_readings(source):
        return readings_input(source, rules)  # which says what the call lacks
    kind = rules.kind or detect_kind(names)
    _check_fields(kind, names, rules, "has no column for")
    return Input(source, mapping, dataclasses.replace(rules, kind=kind))


def _for_mapping(source: Source, mapping: FileMapping, rules: Rules) -> Rules:
    """The rules of a file with a mapping, when kind, headings and fields fit together."""
    if rules.kind and mapping.kind and rules.kind.name != mapping.kind:
        raise BaogongError(f"--kind says {rules.kind.name}, but its mapping says {mapping.kind}.", USAGE)
    if source.headings is not None:
        for heading, field in mapping.headings.items():
            if heading not in source.headings:
                raise BaogongError(
                    f"has no heading '{heading}', from which the mapping takes '{field}'"
                    f"{_near(heading, source.headings)}.",
                    USAGE,
                )
        _refuse_doubled(source, mapping.headings.keys())
        if KIND in source.headings and mapping.kind is None and rules.kind is None:
            return rules
    kind = find_kind(mapping.kind) if mapping.kind else rules.kind or detect_kind(mapping.fields)
    _check_fields(kind, mapping.fields, rules, "its mapping has nothing for")
    return dataclasses.replace(rules, kind=kind)


def _check_fields(kind: Kind, names: Collection[str], rules: Rules, lacks: str) -> None:
    if kind.only_json:
        raise BaogongError(f"{kind.name} has lists that rows can't spell: write it as JSON or JSON lines.", USAGE)
    for name in names:
        if name not in kind.columns:
            raise BaogongError(f"'{name}' is not a field of {kind.name}{_near(name, kind.columns)}.", USAGE)
    said = {"source": rules.source, "occurred_at": rules.occurred_at}
    missing = kind.missing(names, [DERIVED, *(name for name, value in said.items() if value)])
    if missing:
        flags = [f"--{name.replace('_', '-')}" for name in said if name in missing]
        way = f", or say it with {' and '.join(flags)}" if flags else ", or map it with --mapping FILE.toml"
        raise BaogongError(f"{lacks} {some(missing)}, which {kind.name} needs: add it{way}.", USAGE)


def _refuse_doubled(source: Source, used: Collection[str]) -> None:
    for heading, columns in source.doubled().items():
        if heading in used:
            places = " and ".join(map(str, columns))
            raise BaogongError(f"the heading '{heading}' stands in columns {places}: name each column once.", USAGE)


def _near(word: str, words: Collection[str]) -> str:
    near = difflib.get_close_matches(word, list(words), 1)
    return f"; did you mean '{near[0]}'?" if near else ""
