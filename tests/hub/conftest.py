from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from asking_hub import Hub, hub_in
from hypothesis import settings

# A slow machine is no failure.
settings.register_profile("hub", deadline=None)
settings.load_profile("hub")


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[Hub]:
    """A hub nobody has an account on yet. Its clock stands still until a test moves it."""
    async with hub_in(tmp_path / "data") as opened:
        yield opened
