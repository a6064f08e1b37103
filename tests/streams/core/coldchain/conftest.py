"""A partition whose clock shows the start, or a day on which everything below has happened."""

import pytest

from tests.streams.core.coldchain.spec import Scene, tick


@pytest.fixture
def scene() -> Scene:
    return Scene().given(tick())


@pytest.fixture
def later() -> Scene:
    return Scene().given(tick(10))
