from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peer.core.bucket import BURST_S, Bucket


def test_bytes_wait_for_those_before_them() -> None:
    bucket = Bucket(1000, 0.0)
    assert bucket.delay(0.0) == 0
    bucket.spend(500, 0.0)
    assert bucket.delay(0.0) == pytest.approx(0.5)
    assert bucket.delay(0.4) == pytest.approx(0.1)
    assert bucket.delay(0.6) == 0


def test_no_limit_lets_everything_pass() -> None:
    bucket = Bucket(0, 0.0)
    bucket.spend(10**12, 0.0)
    assert bucket.delay(0.0) == 0


def test_a_long_silence_buys_no_burst() -> None:
    bucket = Bucket(1000, 0.0)
    bucket.spend(500, 100.0)
    assert bucket.delay(100.0) == pytest.approx(0.5 - BURST_S)


def test_who_waits_waits_by_the_new_rate() -> None:
    bucket = Bucket(100, 0.0)
    bucket.spend(1000, 0.0)
    bucket.turn(1000, 0.0)
    assert bucket.delay(0.0) == pytest.approx(1.0)
    bucket.turn(0, 0.0)
    assert bucket.delay(0.0) == 0
    bucket.turn(10, 0.0)
    assert bucket.delay(0.0) == 0


@given(
    rate=st.integers(1, 10**9),
    steps=st.lists(st.tuples(st.integers(1, 2**18), st.floats(0, 10)), min_size=1, max_size=50),
)
def test_never_more_than_the_rate_over_any_stretch(rate: int, steps: list[tuple[int, float]]) -> None:
    bucket, now, spent, last = Bucket(rate, 0.0), 0.0, 0, 0
    for size, pause in steps:
        now += pause + bucket.delay(now + pause)
        bucket.spend(size, now)
        spent, last = spent + size, size
        assert spent - last <= rate * (now + BURST_S) * (1 + 1e-9) + 1
