from __future__ import annotations

import pytest

from signaling.core.limits import PATIENCE_S, Quota, Throttle, holder_of


def test_a_burst_is_free_and_what_follows_is_slowed_to_the_rate() -> None:
    throttle = Throttle(rate=20, burst=60, now=0.0)
    assert [throttle.take(0.0) for _ in range(60)] == [0.0] * 60
    assert throttle.take(0.0) == pytest.approx(1 / 20)
    assert throttle.take(3.0) == 0.0


def flood(throttle: Throttle, seconds: float) -> list[float | None]:
    """A client that always has one more frame, read as fast as the throttle lets us."""
    now, waits = 0.0, []
    while now < seconds:
        wait = throttle.take(now)
        waits.append(wait)
        if wait is None:
            break
        now += wait
    return waits


def test_a_flood_is_read_at_the_rate_and_then_refused() -> None:
    waits = flood(Throttle(rate=20, burst=60, now=0.0), 60)
    assert waits[-1] is None
    assert len(waits) == pytest.approx(60 + 20 * PATIENCE_S, abs=3)


def test_exactly_the_rate_is_never_refused() -> None:
    throttle = Throttle(rate=20, burst=60, now=0.0)
    assert all(throttle.take(number / 20) == 0.0 for number in range(2000))


def test_a_client_that_rests_is_forgiven() -> None:
    throttle = Throttle(rate=20, burst=60, now=0.0)
    flood(throttle, PATIENCE_S - 1)
    assert throttle.take(PATIENCE_S + 1) == 0.0
    assert throttle.take(PATIENCE_S + 2) == 0.0


def test_a_quota_counts_each_holder_and_all_together() -> None:
    quota = Quota(each=2, total=3)
    assert [quota.take(holder) for holder in "aaabb"] == [True, True, False, True, False]
    quota.give("a")
    assert quota.take("c")
    assert len(quota) == 3
    for holder in "abc":
        quota.give(holder)
    assert len(quota) == 0


@pytest.mark.parametrize(
    ("address", "holder"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::"),
        ("2001:db8:1:3::1", "2001:db8:1:3::"),
        ("fe80::1%eth0", "fe80::"),
        ("", ""),
    ],
)
def test_an_ipv6_subscriber_counts_once(address: str, holder: str) -> None:
    assert holder_of(address) == holder
