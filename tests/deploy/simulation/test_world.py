"""A district is made up from its seed alone, in any process, and hangs together."""

import datetime as dt
from pathlib import Path

import pytest

from deploy.simulation.goods import GOODS, RATIONED, SCARCE
from deploy.simulation.world import District, area_title, make_district, wants
from schemas.errors import BaogongError
from schemas.household import Group, Tier
from schemas.item import Catalogue, Item, load_catalogue


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue(Path("deploy/items.toml"))


@pytest.fixture(scope="module")
def district(catalogue: Catalogue) -> District:
    return make_district(catalogue, 2000, 40, seed=7)


def test_every_good_stands_in_the_default_catalogue(catalogue: Catalogue) -> None:
    assert {good.code for good in GOODS} <= set(catalogue)


def test_the_same_seed_gives_the_same_district_and_another_one_gives_another(
    catalogue: Catalogue, district: District
) -> None:
    assert make_district(catalogue, 2000, 40, seed=7) == district
    assert make_district(catalogue, 2000, 40, seed=8) != district


def test_it_has_the_size_asked_for(district: District) -> None:
    assert len(district.households) == 2000
    assert sum(len(stores) for stores in district.warehouses.values()) == 40
    assert len(district.areas) == 8


@pytest.mark.parametrize(("households", "warehouses"), [(1, 1), (3, 1), (1, 50), (5000, 2), (6000, 100)])
def test_any_positive_size_is_a_district(catalogue: Catalogue, households: int, warehouses: int) -> None:
    made = make_district(catalogue, households, warehouses, seed=1)
    assert len(made.households) == households
    assert sum(len(stores) for stores in made.warehouses.values()) == warehouses
    assert all(made.warehouses[area] for area in made.areas)
    assert {home.area for home in made.households} <= set(made.areas)
    assert len(set(made.areas)) == len(made.areas)


def test_a_district_of_nobody_is_refused(catalogue: Catalogue) -> None:
    with pytest.raises(BaogongError, match="at least one household"):
        make_district(catalogue, 0, 40, seed=1)


def test_a_catalogue_without_our_goods_is_refused() -> None:
    other = {"x": Item(code="x", name_zh="某", name_en="Some", unit="piece")}
    with pytest.raises(BaogongError, match="none of the items"):
        make_district(other, 10, 1, seed=1)


def test_a_grid_lies_in_its_area_and_has_one_tier(district: District) -> None:
    tiers: dict[str, set[Tier]] = {}
    for home in district.households:
        assert home.grid.startswith(home.area + "/")
        tiers.setdefault(home.grid, set()).add(home.tier)
    assert all(len(found) == 1 for found in tiers.values())
    assert {tier for found in tiers.values() for tier in found} == set(Tier)


def test_groups_fit_the_people_who_live_there(district: District) -> None:
    for home in district.households:
        assert home.members.total > 0
        assert (Group.INFANT in home.groups) == (home.members.infants > 0)
        if Group.ELDERLY_ALONE in home.groups:
            assert home.members.total == home.members.elderly == 1
    assert {group for home in district.households for group in home.groups} == set(Group)


def test_lots_are_of_their_area_and_few_are_past_their_date(district: District) -> None:
    assert len({lot.id for lot in district.lots}) == len(district.lots)
    past = [lot for lot in district.lots if lot.expires_on is not None and lot.expires_on < district.day]
    for lot in district.lots:
        assert lot.quantity > 0 and lot.warehouse in district.warehouses[lot.area]
    assert 0 < len(past) < len(district.lots) / 10
    assert any(lot.expires_on == district.day for lot in district.lots)


def test_the_scarce_item_is_scarce_and_rice_is_not(district: District) -> None:
    def cover(item: str) -> float:
        stock = sum(lot.quantity for lot in district.lots if lot.good.code == item)
        return stock / sum(units for (_, code), units in district.demand.items() if code == item)

    assert cover(SCARCE) < 0.7
    assert cover(RATIONED) < 0.1
    assert cover("rice") > 1.2


def test_nobody_wants_what_is_not_for_them(district: District) -> None:
    formula = next(good for good in GOODS if good.code == "infant_formula")
    masks = next(good for good in GOODS if good.code == "n95_masks")
    assert all(bool(wants(formula, home)) == (home.members.infants > 0) for home in district.households)
    assert not any(wants(masks, home) for home in district.households)
    assert any(wants(masks, institution) for institution in district.institutions)


def test_an_area_has_a_chinese_name() -> None:
    assert area_title("jiangcheng/beihu/liulin") == "柳林街道"
    assert area_title("elsewhere/unknown") == "unknown"


def test_the_day_can_be_chosen(catalogue: Catalogue) -> None:
    assert make_district(catalogue, 10, 1, seed=1, day=dt.date(2021, 1, 2)).day == dt.date(2021, 1, 2)
