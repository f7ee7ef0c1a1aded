"""What several files of link tests start from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.intake.link_world import ID, URL, LinkWorld
from tests.support.fake_share import FakeShareService
from tests.support.shares import Share


@pytest.fixture
def service() -> Iterator[FakeShareService]:
    """The stand-in of the share service with one good share."""
    fake = FakeShareService()
    with fake.running():
        fake.add(Share(ID, "ab12"))
        yield fake


@pytest.fixture
def lost(tmp_path: Path, service: FakeShareService) -> Iterator[LinkWorld]:
    """A course whose link was found lost a week ago."""
    world = LinkWorld(tmp_path, service, notify_dead=True)
    world.mail(f"视频：{URL} 提取码：ab12")
    world.turn()
    world.lose(service.shares[ID])
    assert world.kinds() == ["receipt", "link_dead"]
    yield world
    world.engine.close()
