"""The item catalogue (品类目录): what may be asked for, in which unit, how much of it is sensible."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from schemas.base import ItemCode, Model, SomeUnits, Text
from schemas.errors import USAGE, BaogongError
from schemas.lines import at_line


class Substitute(Model):
    """Another item that stands in (替代品): `rate` units of it for one unit."""

    item: ItemCode
    rate: Annotated[Decimal, Field(gt=0, le=1000, strict=False)] = Decimal(1)


class Item(Model):
    """One item.

    `norm` is the ration for one person and day in units (定量); an unknown quantity is taken as norm x members x
    `norm_days`, rounded up. `request_limit` and `lot_limit` are the most that one request line and one lot may say:
    more is refused, never clipped. `substitutes`: what a request may get instead where it allows it, the best first.
    """

    code: ItemCode
    name_zh: Text
    name_en: Text
    unit: Text
    unit_zh: Text = ""
    """Empty: the same as `unit`."""
    category: Text = "food"
    norm: Annotated[Decimal, Field(gt=0, strict=False)] = Decimal(1)
    norm_days: Annotated[int, Field(gt=0, le=60)] = 3
    request_limit: SomeUnits = 10_000
    lot_limit: SomeUnits = 10_000_000
    substitutes: Annotated[tuple[Substitute, ...], Field(strict=False, max_length=8)] = ()


Catalogue = dict[str, Item]


def load_catalogue(path: Path) -> Catalogue:
    """Read a TOML file with one `[[item]]` table an item; raise BaogongError naming the file and the wrong place."""
    try:
        text = path.read_text(encoding="utf-8")
        tables = tomllib.loads(text).get("item", [])
    except OSError as error:
        raise BaogongError(
            f"Cannot read the item catalogue {path}: {error.strerror}. Name one with --items.", USAGE
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BaogongError(f"{path} is not valid TOML: {error}.", USAGE) from error
    items = [_item(path, text, number, table) for number, table in enumerate(tables)]
    if len({item.code for item in items}) != len(items):
        raise BaogongError(f"{path}: two items have the same code; give each a code of its own.", USAGE)
    catalogue = {item.code: item for item in items}
    for number, item in enumerate(items):
        if why := _wrong_substitute(item, catalogue):
            where = at_line(text, ("item", number, "substitutes", 0))
            raise BaogongError(f"{path}{where}: item '{item.code}': {why}.", USAGE)
    return catalogue


def _item(path: Path, text: str, number: int, table: object) -> Item:
    try:
        return Item.model_validate(table)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        where = at_line(text, ("item", number, *first["loc"]))
        raise BaogongError(f"{path}{where}: item field '{place}': {first['msg']}.", USAGE) from error


def _wrong_substitute(item: Item, catalogue: Catalogue) -> str | None:
    """Why the substitutes of an item can't be used: one that there is not, or a circle back to the item."""
    for one in item.substitutes:
        if one.item not in catalogue:
            return f"its substitute '{one.item}' is not in the catalogue"
    met, ahead = set[str](), [one.item for one in item.substitutes]
    while ahead:
        code = ahead.pop()
        if code == item.code:
            return "it is a substitute of its own substitute; take one of the two out"
        if code not in met and code in catalogue:
            met.add(code)
            ahead += [one.item for one in catalogue[code].substitutes]
    return None
