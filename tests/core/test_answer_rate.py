"""What counts as an unusual rate, and as a loop."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from core.answer_rate import LEAST, find_loop, unusual_rate

NOW = datetime(2021, 11, 9, 8, 0, tzinfo=UTC)


def burst(count: int, hours_ago: float = 0.5) -> list[datetime]:
    return [NOW - timedelta(hours=hours_ago, seconds=second) for second in range(count)]


def test_a_quiet_office_is_usual() -> None:
    assert unusual_rate([], NOW) is None
    assert unusual_rate(burst(LEAST), NOW) is None


def test_a_flood_without_history() -> None:
    told = unusual_rate(burst(LEAST + 1), NOW)
    assert told is not None
    assert f"信件{LEAST + 1}封" in told


def test_busy_afternoons_are_usual_where_they_are() -> None:
    history = [moment for day in range(1, 10) for hour in (2, 3, 4) for moment in burst(15, 24 * day + hour + 0.5)]
    assert unusual_rate([*history, *burst(45)], NOW) is None
    told = unusual_rate([*history, *burst(46)], NOW)
    assert told is not None
    assert "约15封" in told


def test_one_odd_hour_in_the_past_does_not_hide_a_flood() -> None:
    history = [*burst(200, 100.5), *(moment for day in range(1, 13) for moment in burst(3, 24 * day + 3.5))]
    assert unusual_rate([*history, *burst(40)], NOW) is not None


def test_the_future_and_the_border() -> None:
    assert unusual_rate([NOW + timedelta(seconds=second) for second in range(100)], NOW) is None
    assert unusual_rate([NOW - timedelta(hours=1)] * 100, NOW) is None, "an hour ago is no longer the last hour"


def test_loop_in_a_thread() -> None:
    sent = [(NOW - timedelta(hours=h), "a@b.cn", "<t>") for h in range(3)]
    told = find_loop(sent, NOW, per_address=6)
    assert told is not None
    assert "a@b.cn" in told
    assert find_loop(sent[:2], NOW, per_address=6) is None
    assert find_loop([(moment - timedelta(days=1), to, thread) for moment, to, thread in sent], NOW, 6) is None
    assert find_loop([(moment, to, f"<{n}>") for n, (moment, to, _) in enumerate(sent)], NOW, 6) is None, "three matters of one office"
    assert find_loop([(moment, f"{n}@b.cn", "") for n, (moment, _, _) in enumerate(sent)], NOW, 6) is None


def test_one_address_at_its_cap() -> None:
    sent = [(NOW - timedelta(hours=h), "a@b.cn", f"<{h}>") for h in range(6)]
    told = find_loop(sent, NOW, per_address=6)
    assert told is not None
    assert "上限" in told
    assert find_loop(sent[1:], NOW, per_address=6) is None
