"""A city's own data files: its item catalogue and the rules of its stages."""

from __future__ import annotations

import tomllib

from pydantic import ValidationError

from deploy.settings import Settings
from schemas.errors import USAGE, BaogongError
from schemas.item import load_catalogue
from streams.core.supply import SupplySettings
from streams.stages import City


def load_city(settings: Settings) -> City:
    """Catalogue and rules; raises BaogongError naming the file and the place that is wrong."""
    catalogue = load_catalogue(settings.items)
    if settings.rules is None:
        return City(catalogue)
    try:
        tables = tomllib.loads(settings.rules.read_text(encoding="utf-8"))
        unknown = sorted(set(tables) - {"supply"})
        if unknown:
            raise BaogongError(f"{settings.rules}: there is no stage '{unknown[0]}'; tables are named [supply].", USAGE)
        return City(catalogue, SupplySettings.model_validate(tables.get("supply", {})))
    except OSError as error:
        raise BaogongError(f"Cannot read the rules {settings.rules}: {error.strerror}.", USAGE) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BaogongError(f"{settings.rules} is not valid TOML: {error}.", USAGE) from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(("supply", *(str(part) for part in first["loc"])))
        raise BaogongError(f"{settings.rules}: {place}: {first['msg']}.", USAGE) from error
