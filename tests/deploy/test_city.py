"""A city's files: what they set arrives in the stages, and what is wrong is said with file and place."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.city import load_city
from deploy.settings import load_settings
from schemas.errors import USAGE, BaogongError
from streams.core.transfers.settings import Roads
from streams.stages import STAGES

PROFILE = """
[[profile]]
name = "ice_cream"
name_zh = "冰淇淋"
name_en = "ice cream"
[[profile.limits]]
kind = "hot"
celsius = -20.0
inclusive = true
minutes = 10
"""


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_without_files_of_its_own_a_city_has_the_defaults() -> None:
    city = load_city(load_settings())
    assert set(city.profiles) == {"frozen", "chilled", "vaccine"}
    assert (city.supply.wave_minutes, city.coldchain.driver_test_hours) == (10, 72)


def test_every_stage_is_made_of_a_city() -> None:
    city = load_city(load_settings())
    stages = {name: make(city) for name, make in STAGES.items()}
    assert {name: (stage.name, stage.decider.stage, stage.group) for name, stage in stages.items()} == {
        "supply": ("supply", "supply", "baogong.supply"),
        "coldchain": ("coldchain", "coldchain", "baogong.coldchain"),
        "alerts": ("alerts", "alerts", "baogong.alerts"),
        "transfers": ("transfers", "transfers", "baogong.transfers"),
    }
    assert all(stage.sources and stage.ledger.writer == name for name, stage in stages.items())


def test_each_stage_has_its_table_of_the_rules(tmp_path: Path) -> None:
    rules = written(
        tmp_path / "rules.toml",
        "[supply]\nwave_minutes = 30\n[coldchain]\ndriver_test_hours = 48\n[alerts]\nsilent_hours = 24\n",
    )
    profiles = written(tmp_path / "profiles.toml", PROFILE)
    city = load_city(load_settings(rules=rules, profiles=profiles))
    assert (city.supply.wave_minutes, city.coldchain.driver_test_hours) == (30, 48)
    assert city.alerts.silent_hours == 24
    assert list(city.profiles) == ["ice_cream"]


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ("[coldchain]\ndriver_test_hours = -1\n", "rules.toml, line 2: coldchain.driver_test_hours: "),
        ("[supply]\nwave_minutes = 'x'\n", "rules.toml, line 2: supply.wave_minutes: "),
        ("[supply]\npolicy = 'first come'\n", "rules.toml, line 2: supply.policy: Input should be 'priority', 'fair'"),
        ("[supply]\n\n[supply.policies]\nfod = 'fair'\n", "rules.toml, line 4: supply.policies.fod: no item"),
        (
            "[supply.groups.infant.allowances]\nrice = '-1'\n",
            "line 2: supply.groups.infant.allowances.rice: ",
        ),
        (
            "[supply.groups.infant]\nallowances = { caviar = 1 }\n",
            "line 2: supply.groups.infant.allowances.caviar",
        ),
        ("[supply.groups.infants]\n", "rules.toml, line 1: supply.groups.infants"),
        ("[coldchain]\nnonsense = 1\n", "rules.toml, line 2: coldchain.nonsense: "),
        ("coldchain = 3\n", "rules.toml, line 1: coldchain: "),
        ("[cold_chain]\n", r"there is no stage 'cold_chain'; tables are named \[supply\], \[coldchain\]"),
        ("[coldchain\n", "is not valid TOML"),
    ],
)
def test_what_is_wrong_with_the_rules_is_said(tmp_path: Path, rules: str, words: str) -> None:
    with pytest.raises(BaogongError, match=words) as error:
        load_city(load_settings(rules=written(tmp_path / "rules.toml", rules)))
    assert error.value.code == USAGE


ITEM = """
[[item]]
code = "a"
name_zh = ""
name_en = ""
unit = "piece"
"""


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ("norm = '-0.4'\n", r"items\.toml, line 7: item field 'norm'"),
        ("substitutes = [{ item = 'b', rate = 0 }]\n", r"items\.toml, line 7: item field 'substitutes\.0\.rate'"),
        ("substitutes = [{ item = 'c' }]\n", r"items\.toml, line 7: item 'a': its substitute 'c' is not in"),
        ("[[item.substitutes]]\nitem = 'b'\n", r"items\.toml, line 7: item 'a': it is a substitute of its own"),
    ],
)
def test_what_is_wrong_with_the_catalogue_is_said(tmp_path: Path, more: str, words: str) -> None:
    other = ITEM.replace('"a"', '"b"') + "substitutes = [{ item = 'a', rate = '0.5' }]\n"
    with pytest.raises(BaogongError, match=words) as error:
        load_city(load_settings(items=written(tmp_path / "items.toml", ITEM + more + other)))
    assert error.value.code == USAGE


def test_missing_files_and_wrong_profiles_are_said(tmp_path: Path) -> None:
    with pytest.raises(BaogongError, match="Cannot read the rules"):
        load_city(load_settings(rules=tmp_path / "none"))
    with pytest.raises(BaogongError, match="Cannot read the temperature profiles"):
        load_city(load_settings(profiles=tmp_path / "none"))
    wrong = written(tmp_path / "profiles.toml", PROFILE.replace("-20.0", "nan"))
    with pytest.raises(BaogongError, match=r"profiles\.toml: profile field 'limits\.0\.celsius'"):
        load_city(load_settings(profiles=wrong))


ROADS = """[transfers]
round_minutes = 60

[transfers.distances]
"sh/pd/a" = { "sh/pd/b" = 7, "sh/pd/c" = "none" }
"sh/pd/b" = { "sh/pd/c" = 12 }
"""


def test_distances_count_both_ways(tmp_path: Path) -> None:
    city = load_city(load_settings(rules=written(tmp_path / "rules.toml", ROADS)))
    roads = Roads.of(city.transfers)
    assert (roads.km("sh/pd/b", "sh/pd/a"), roads.km("sh/pd/c", "sh/pd/b"), roads.off) == (7, 12, False)
    assert roads.km("sh/pd/a", "sh/pd/c") is None
    assert Roads.of(load_city(load_settings()).transfers).off


@pytest.mark.parametrize(
    ("before", "after", "line", "why"),
    [
        ('"sh/pd/b" = 7', '"sh/pd/b" = -7', 5, "greater than or equal to 0"),
        ('"sh/pd/b" = 7', '"sh/pd/b" = "far"', 5, "integer"),
        ('"sh/pd/b" = 7', '"sh/pd/a" = 7', 5, "no distance to itself"),
        (', "sh/pd/c" = "none"', "", 5, "no distance to sh/pd/c"),
        ('{ "sh/pd/c" = 12 }', '{ "sh/pd/c" = 12, "sh/pd/a" = 8 }', 5, "7 here, but 8"),
        ('"sh/pd/b" = { "sh/pd/c" = 12 }', "", 4, "no distance between sh/pd/b and sh/pd/c"),
        ("round_minutes = 60", "round_minutes = 0", 2, "greater than 0"),
        ("round_minutes = 60", "escalate_hours = { sealed = 3 }", 2, "no hours for class"),
    ],
)
def test_wrong_distances_are_refused_with_their_line(
    tmp_path: Path, before: str, after: str, line: int, why: str
) -> None:
    text = ROADS.replace(before, after)
    assert text != ROADS
    with pytest.raises(BaogongError) as caught:
        load_city(load_settings(rules=written(tmp_path / "rules.toml", text)))
    assert caught.value.code == USAGE
    assert f", line {line}:" in str(caught.value) and why in str(caught.value)


def test_a_warehouse_of_an_area_without_distances_is_refused(tmp_path: Path) -> None:
    text = ROADS + '[transfers.warehouses]\n"sh/pd/x" = "wh-1"\n'
    with pytest.raises(BaogongError, match=r"line 8: transfers\.warehouses\.sh/pd/x: the area 'sh/pd/x' is not among"):
        load_city(load_settings(rules=written(tmp_path / "rules.toml", text)))
