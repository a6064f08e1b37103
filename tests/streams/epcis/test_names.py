"""Ids and URIs: whatever an id looks like, its URI gives it back."""

from hypothesis import given
from hypothesis import strategies as st

from streams.epcis.context import is_uri
from streams.epcis.names import name_of, uri_of

IDS = st.one_of(
    st.text(min_size=1, max_size=40),
    st.sampled_from(["01", "00", "414", "urn:baogong:lot:x", "https://a/b", "https://id.gs1.org/00/1", "lot:%2F"]),
    st.from_regex(r"(01/\d{14}|00/\d{18}|414/\d{13})(/(10|21)/[A-Z0-9 %/]{1,8})?", fullmatch=True),
).filter(lambda text: text.isprintable() and not any(char.isspace() for char in text))


@given(IDS)
def test_a_uri_gives_its_id_back(name):
    uri = uri_of(name, "lot")
    assert is_uri(uri)
    assert name_of(uri) == name


def test_gs1_keys_keep_their_own_uri():
    assert uri_of("01/06901234000016/10/AB1", "lot") == "https://id.gs1.org/01/06901234000016/10/AB1"
    assert uri_of("01/06901234000017/10/AB1", "lot").startswith("urn:baogong:lot:")  # the check digit is wrong
