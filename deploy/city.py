"""A city's own data files: its item catalogue, its temperature profiles, and the rules of its stages."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from deploy.settings import Settings
from schemas.errors import USAGE, BaogongError
from schemas.item import load_catalogue
from schemas.lines import Place, at_line
from schemas.temperature import load_profiles
from streams.core.alerts import AlertSettings
from streams.core.coldchain import ColdChainSettings
from streams.core.supply import SupplySettings
from streams.core.supply.settings import unknown_to
from streams.core.transfers import TransferSettings
from streams.core.transfers.settings import wrong_distance
from streams.stages import STAGES, City

R = TypeVar("R", bound=BaseModel)


def load_city(settings: Settings) -> City:
    """Catalogue, profiles and rules; raises BaogongError naming the file and the place that is wrong."""
    catalogue, profiles = load_catalogue(settings.items), load_profiles(settings.profiles)
    if settings.rules is None:
        return City(catalogue, profiles)
    tables = _tables(settings.rules)
    supply = _rules(SupplySettings, settings.rules, "supply", tables)
    if unknown := unknown_to(supply, catalogue):
        raise _wrong(settings.rules, ("supply", *unknown[0]), unknown[1])
    transfers = _rules(TransferSettings, settings.rules, "transfers", tables)
    if wrong := wrong_distance(transfers):
        raise _wrong(settings.rules, ("transfers", *wrong[0]), wrong[1])
    return City(
        catalogue,
        profiles,
        supply=supply,
        coldchain=_rules(ColdChainSettings, settings.rules, "coldchain", tables),
        alerts=_rules(AlertSettings, settings.rules, "alerts", tables),
        transfers=transfers,
    )


def _tables(path: Path) -> dict[str, Any]:
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BaogongError(f"Cannot read the rules {path}: {error.strerror}.", USAGE) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BaogongError(f"{path} is not valid TOML: {error}.", USAGE) from error
    unknown = sorted(set(tables) - set(STAGES))
    if unknown:
        known = ", ".join(f"[{stage}]" for stage in STAGES)
        raise BaogongError(f"{path}: there is no stage '{unknown[0]}'; tables are named {known}.", USAGE)
    return tables


def _rules(model: type[R], path: Path, stage: str, tables: dict[str, Any]) -> R:
    try:
        return model.model_validate(tables.get(stage, {}))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise _wrong(path, (stage, *first["loc"]), first["msg"]) from error


def _wrong(path: Path, place: Place, why: str) -> BaogongError:
    where = at_line(path.read_text(encoding="utf-8"), place)
    return BaogongError(f"{path}{where}: {'.'.join(map(str, place))}: {why}.", USAGE)
