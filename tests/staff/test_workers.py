"""What staff see of the workers."""

from __future__ import annotations

import datetime as dt

from staff.workers import workers
from storage.rows import HeartbeatRow

NOW = dt.datetime(2021, 11, 9, 8, 0, tzinfo=dt.UTC)
DETAIL = {"host": "b", "version": "1.0", "holding": [3, 4], "done": 12, "processes": 2, "blobs": True}


def beat(name: str = "worker:b:7:aa", ago: float = 5, **detail: object) -> HeartbeatRow:
    return HeartbeatRow(name, NOW - dt.timedelta(seconds=ago), {**DETAIL, **detail})  # type: ignore[arg-type]


def test_only_workers_are_workers() -> None:
    assert workers([beat("poll"), beat("daemon"), beat("job-send")], NOW) == ()


def test_their_states() -> None:
    beats = [beat(), beat(holding=[]), beat(blobs=False), beat(ago=61), HeartbeatRow("worker:old", NOW, {})]
    found = workers(beats, NOW)
    assert [one.state for one in found] == ["working", "idle", "no_blobs", "missing", "idle"]
    assert [one.word for one in found[:4]] == ["处理中", "空闲", "无法访问文件存储，等待中", "失去联系"]
    assert [one.mails for one in found] == ["m3、m4", "无", "m3、m4", "无", "无"], "what a dead one held is in other hands"
    assert found[0].name == "b:7:aa"
    assert found[0].as_json() == {
        "name": "b:7:aa", "host": "b", "version": "1.0", "seen": "2021-11-09T07:59:55+00:00", "state": "working", "holding": [3, 4],
        "done": 12, "processes": 2,
    }
