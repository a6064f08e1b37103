"""The item catalogue (品类目录): what may be asked for, in which unit, how much of it is sensible."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from schemas.base import ItemCode, Model, SomeUnits, Text
from schemas.errors import USAGE, BaogongError


class Item(Model):
    """One item.

    `norm` is the ration for one person and day in units (定量); an unknown quantity is taken as norm x members x
    `norm_days`, rounded up. `request_limit` and `lot_limit` are the most that one request line and one lot may say:
    more is refused, never clipped.
    """

    code: ItemCode
    name_zh: Text
    name_en: Text
    unit: Text
    category: Text = "food"
    norm: Annotated[Decimal, Field(gt=0, strict=False)] = Decimal(1)
    norm_days: Annotated[int, Field(gt=0, le=60)] = 3
    request_limit: SomeUnits = 10_000
    lot_limit: SomeUnits = 10_000_000


Catalogue = dict[str, Item]


def load_catalogue(path: Path) -> Catalogue:
    """Read a TOML file with one `[[item]]` table an item; raise BaogongError naming the file and the wrong place."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8")).get("item", [])
        items = [Item.model_validate(table) for table in tables]
    except OSError as error:
        raise BaogongError(
            f"Cannot read the item catalogue {path}: {error.strerror}. Name one with --items.", USAGE
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BaogongError(f"{path} is not valid TOML: {error}.", USAGE) from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise BaogongError(f"{path}: item field '{place}': {first['msg']}.", USAGE) from error
    if len({item.code for item in items}) != len(items):
        raise BaogongError(f"{path}: two items have the same code; give each a code of its own.", USAGE)
    return {item.code: item for item in items}
