"""Bytes that are not a dump are refused in one way."""

import pytest

from schemas.coldchain import CheckFailed
from tests.streams.core.coldchain.spec import Scene, declared, positive, read, tick, waived


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b'{"v":0}', b'{"v":1}', b"\xff", b'{"v":1,"consignments":[[]]}'])
def test_not_a_dump(data: bytes) -> None:
    scene = Scene()
    with pytest.raises(ValueError):
        scene.decider.load(data)


def test_a_dump_goes_on_where_it_was() -> None:
    scene = Scene().given(tick(10), declared(imported=False), read(-20), positive(1, "l1"))
    scene.state = scene.decider.load(scene.decider.dump(scene.state))
    scene.given(waived(scene.ever(CheckFailed)[0]))
    assert scene.held() == set()
