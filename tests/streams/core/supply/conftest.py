"""A partition whose clock shows the start."""

import pytest

from tests.streams.core.supply.spec import Scene, tick


@pytest.fixture
def scene() -> Scene:
    return Scene().given(tick())
