"""Both spellings of a GS1 key are one; a broken key is refused with its reason."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.epcis.identifier import Level, check_digit, read_key

SAME = [
    ("urn:epc:class:lgtin:4012345.012345.998877", "https://id.gs1.org/01/04012345123456/10/998877"),
    ("urn:epc:id:sgtin:0614141.107346.2017", "https://example.com/some/path/01/10614141073464/21/2017"),
    ("urn:epc:idpat:sgtin:4012345.098765.*", "https://id.gs1.org/01/04012345987652"),
    ("urn:epc:id:sscc:4012345.0000000333", "https://id.gs1.org/00/040123450000003338?linkType=all"),
    ("urn:epc:id:sgln:0614141.07346.1234", "https://id.gs1.org/414/0614141073467/254/1234"),
    ("urn:epc:id:sgln:4012345.00005.0", "https://id.gs1.org/414/4012345000054/"),
    ("urn:epc:id:pgln:4012345.00225", "https://id.gs1.org/417/4012345002256"),
    ("urn:epc:id:giai:4000001.111", "https://id.gs1.org/8004/4000001111"),
    ("urn:epc:id:grai:4012345.55555.987", "https://id.gs1.org/8003/04012345555554987"),
    ("urn:epc:id:gdti:4012345.55555.98", "https://id.gs1.org/253/401234555555498"),
    ("urn:epc:id:gsrn:4012345.9876540000", "https://id.gs1.org/8018/401234598765400000"),
    ("urn:epc:id:ginc:4012345.333", "https://id.gs1.org/401/4012345333"),
    ("urn:epc:id:cpi:4012345.ABC.123", "https://id.gs1.org/8010/4012345ABC/8011/123"),
    ("urn:epc:id:itip:4012345.012345.01.02.999", "https://id.gs1.org/8006/040123451234560102/21/999"),
    ("urn:epc:id:upui:4012345.012345.AB12", "https://id.gs1.org/01/04012345123456/235/AB12"),
    ("urn:epc:id:sgtin:4012345.012345.A%2FB", "https://id.gs1.org/01/04012345123456/21/A%2FB"),
]


@pytest.mark.parametrize(("urn", "link"), SAME)
def test_both_spellings_are_one(urn, link):
    first, second = read_key(urn), read_key(link)
    assert first is not None
    assert first.canonical == second.canonical
    assert first.level == second.level


@pytest.mark.parametrize(
    "uri",
    [
        "urn:epc:id:sgtin:0614141.10734.2017",
        "urn:epc:id:sgtin:061414.1.107346.2017",
        "urn:epc:id:sgtin:0614141.107346",
        "urn:epc:id:sgtin:0614141.107346.20<7",
        "urn:epc:id:sgtin:06141A1.107346.1",
        "urn:epc:id:sscc:0614141.123456789",
        "urn:epc:id:sscc:0614141.1234567890.1",
        "urn:epc:id:nothing:0614141.1",
        "urn:epc:tag:sgtin-96:3.0614141.100734.1",
        "urn:epc:class:lgtin:4012345.012345",
        "urn:epc:idpat:sgtin:4012345.098765.7",
        "https://id.gs1.org/01/10614141073465/21/2017",
        "https://example.com/01/10614141073465/21/2017",
        "https://id.gs1.org/01/1061414107346",
        "https://id.gs1.org/00/040123450000003339",
        "https://id.gs1.org/414/4012345000055",
        "https://id.gs1.org/01/10614141073464/21",
        "https://id.gs1.org/01/10614141073464/21/1/10/A",
        "https://id.gs1.org/01/10614141073464/99/1",
        "https://id.gs1.org/products/1",
        "https://id.gs1.org/8003/4012345555554987",
    ],
)
def test_a_broken_key_is_refused(uri):
    with pytest.raises(ValueError, match=r".{10,}"):
        read_key(uri)


@pytest.mark.parametrize(
    "uri",
    ["http://transaction.acme.com/po/12345678", "geo:42.7,23.3", "urn:epc:id:adi:W81X9C..1", "https://e.com/01/x"],
)
def test_what_is_no_gs1_key_is_left_alone(uri):
    assert read_key(uri) is None


def test_levels():
    assert read_key("https://id.gs1.org/01/04012345123456/10/A").level is Level.CLASS
    assert read_key("https://id.gs1.org/01/04012345123456/21/A").level is Level.INSTANCE
    assert read_key("urn:epc:id:sgln:4012345.00005.0").level is Level.OTHER


@given(st.text("0123456789", min_size=13, max_size=13), st.integers(0, 12), st.integers(1, 9))
def test_the_check_digit_catches_every_wrong_digit(digits, place, more):
    wrong = digits[:place] + str((int(digits[place]) + more) % 10) + digits[place + 1 :]
    assert check_digit(wrong) != check_digit(digits)


@pytest.mark.parametrize(
    ("good", "wrong"),
    [
        ("urn:epc:id:sgtin:0614141.107346." + "1" * 20, "urn:epc:id:sgtin:0614141.107346." + "1" * 21),
        ("urn:epc:class:lgtin:0614141.107346." + "a" * 20, "urn:epc:class:lgtin:0614141.107346." + "a" * 21),
        ("urn:epc:id:sgln:0614141.12345." + "4" * 20, "urn:epc:id:sgln:0614141.12345." + "4" * 21),
        ("urn:epc:id:grai:0614141.12345." + "4" * 16, "urn:epc:id:grai:0614141.12345." + "4" * 17),
        ("urn:epc:id:gdti:0614141.12345." + "4" * 17, "urn:epc:id:gdti:0614141.12345." + "4" * 18),
        ("urn:epc:id:sgcn:0614141.12345." + "4" * 12, "urn:epc:id:sgcn:0614141.12345.4a"),
        ("urn:epc:id:giai:0614141." + "4" * 23, "urn:epc:id:giai:0614141." + "4" * 24),
        ("urn:epc:id:cpi:0614141.AB.12", "urn:epc:id:cpi:0614141.AB.012"),
        ("urn:epc:id:itip:0614141.107346.01.02." + "1" * 20, "urn:epc:id:itip:0614141.107346.01.02." + "1" * 21),
        ("https://id.gs1.org/01/06901234000016/21/" + "1" * 20, "https://id.gs1.org/01/06901234000016/21/" + "1" * 21),
        (
            "https://id.gs1.org/01/06901234000016/10/" + "%2F" * 20,
            "https://id.gs1.org/01/06901234000016/10/" + "1" * 21,
        ),
        ("https://id.gs1.org/8018/069012340000000009/8019/12", "https://id.gs1.org/8018/069012340000000009/8019/a"),
    ],
)
def test_what_follows_a_key_is_as_long_as_the_standard_lets_it_be(good: str, wrong: str) -> None:
    assert read_key(good) is not None
    with pytest.raises(ValueError, match="must have"):
        read_key(wrong)
