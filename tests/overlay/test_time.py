"""Times that the service names: `Retry-After` in any bytes, and its clock, never taken to be later than it is."""

from __future__ import annotations

import math
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cliq_pins.engine import retry_after
from cliq_pins.engine.retry_after import LONGEST, moment, named, parse, server_time
from cliq_pins.engine.server_clock import DRIFT, ServerClock
from cliq_pins.engine.view import wire

DATE = "Thu, 01 Jan 2026 00:00:00 GMT"
NEW_YEAR = 1_767_225_600.0


@given(st.binary(max_size=40).map(lambda one: one.decode("latin-1")) | st.text(max_size=40))
@settings(max_examples=500)
def test_any_bytes_give_a_wait_or_none(text: str) -> None:
    for found in (parse(text), parse(text, DATE), parse(text, None, NEW_YEAR), named(text)):
        assert found is None or 0 <= found <= LONGEST
    assert moment(text) is None or math.isfinite(moment(text) or 0)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120),
        ("0", 0),
        (" 7\t", 7),
        ("1.5", 1.5),
        ("007", 7),
        ("Thu, 01 Jan 2026 00:02:00 GMT", 120),
        ("Thursday, 01-Jan-26 00:02:00 GMT", 120),
        ("Thu, 01 Jan 2026 02:02:00 +0200", 120),
        ("Thu Jan  1 00:02:00 2026", 120),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
        ("Wed, 31 Dec 2025 23:59:59 GMT", 0),
        ("99999999", LONGEST),
        ("Fri, 01 Jan 2100 00:00:00 GMT", LONGEST),
        ("-5", None),
        ("+5", None),
        ("1e3", None),
        ("0x10", None),
        ("soon", None),
        ("", None),
        ("5, 10", None),
        ("５", None),  # a full-width digit
        ("inf", None),
        ("nan", None),
        ("Thu, 32 Jan 2026 00:00:00 GMT", None),
        ("Thu, 01 Jan 2026 99:00:00 GMT", None),
        ("12345678901234567890", None),
        ("2026-01-01T00:02:00Z", None),
        ("\x0c5", None),
        ("X5X", None),
    ],
)
def test_a_retry_after_is_read_by_the_answers_own_date(text: str, seconds: float | None) -> None:
    assert parse(text, DATE) == seconds


def test_a_date_needs_another_to_be_a_wait() -> None:
    assert parse("Thu, 01 Jan 2026 00:02:00 GMT") is None
    assert parse("Thu, 01 Jan 2026 00:02:00 GMT", "yesterday", NEW_YEAR) == 120
    assert parse(None, DATE) is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("Too many calls. Try again after 22 minutes.", 22 * 60),
        ("try again after 1 second", 1),
        ("TRY AGAIN AFTER 2 HOURS", 7200),
        ("after 99999 hours", LONGEST),
        ("Try again later", None),
        ("22 minutes", None),
    ],
)
def test_a_wait_that_a_message_names_is_found(text: str, seconds: float | None) -> None:
    assert named(text) == seconds


@pytest.mark.parametrize(
    ("date", "usable"),
    [
        ("Sun, 09 Sep 2001 01:46:40 GMT", True),
        ("Sun, 09 Sep 2001 01:46:39 GMT", False),
        ("Sat, 20 Nov 2286 17:46:39 GMT", True),
        ("Sat, 20 Nov 2286 17:46:40 GMT", False),
        ("soon", False),
    ],
)
def test_a_date_is_used_if_a_clock_that_is_set_can_show_it(date: str, usable: bool) -> None:
    assert (server_time(date) is not None) == usable


Leg = st.floats(0, 5) | st.just(0.0)


@settings(max_examples=400)
@given(
    offset=st.floats(-1e6, 1e6),
    answers=st.lists(st.tuples(st.floats(0, 50), Leg, Leg), min_size=1, max_size=8),
    drift=st.floats(-DRIFT / 2, DRIFT / 2),
)
def test_the_servers_clock_is_between_its_bounds(
    offset: float, answers: list[tuple[float, float, float]], drift: float
) -> None:
    """Whatever the delays, the truncation of `Date`, where the clocks stand, and however they drift apart."""
    clock, now = ServerClock(), 1000.0
    widths = []
    for pause, out, back in answers:
        now += pause
        sent, at = now, now + out
        now = at + back
        clock.observe(math.floor(at * (1 + drift) + offset), sent, now)
        for moment_ in (sent, at, now, now + 3):
            true = moment_ * (1 + drift) + offset
            assert clock.earliest(moment_) - 1e-6 <= true <= clock.latest(moment_) + 1e-6
        widths.append(clock.latest(now) - clock.earliest(now))
        assert widths[-1] <= 1 + (out + back) * (1 + 4 * DRIFT) + 1e-6, (
            "an answer alone tells the clock to a second and its journey"
        )


def test_answers_narrow_the_clock_down() -> None:
    clock = ServerClock()
    for tenth in range(20):
        at = 1000 + tenth / 10
        clock.observe(math.floor(at + 0.05), at, at)
    assert clock.latest(1002) - clock.earliest(1002) < 0.11


def test_the_bounds_are_what_two_answers_have_in_common() -> None:
    clock = ServerClock()
    assert (clock.known, clock.revision, clock.missed) == (False, 0, False)
    clock.observe(5000, 1000.0, 1002.0)  # sent and received: the difference is from 3998 to 4001
    assert (clock.earliest(1000.0), clock.latest(1002.0)) == (4998 - 2 * DRIFT, 5003 + 2 * DRIFT)
    clock.observe(5010, 1011.5, 1011.75)
    slack = DRIFT * 11.75  # of the older answer, since it was sent
    assert clock._bounds == (5010 - 1011.75, 5011 - 1011.5)
    assert clock.revision == 0
    clock.observe(5020, 1019.0, 1030.0)  # it tells less than is known
    low, high = clock._bounds
    assert (low, high) == pytest.approx((5010 - 1011.75 - DRIFT * 18.5, 5011 - 1011.5 + DRIFT * 18.5), abs=1e-9)
    assert slack < DRIFT * 18.5


def test_an_answer_that_comes_after_a_later_ones_widens_nothing() -> None:
    clock = ServerClock()
    clock.observe(5000, 1000.0, 1000.0)
    before = clock._bounds
    clock.observe(4990, 980.0, 999.0)
    assert clock._bounds == before


def test_answers_that_contradict_each_other_are_counted() -> None:
    clock = ServerClock()
    clock.observe(5000, 1000.0, 1000.0)
    clock.observe(5001, 1000.0, 1000.0)  # just touches what is known
    assert clock.revision == 0
    for number, date in enumerate((9000, 5000, 9000), 1):
        clock.observe(date, 1000.0, 1000.0)
        assert clock.revision == (1 if number < 3 else 2), "the second is within what the first left open"


def test_a_date_that_cannot_be_makes_nothing_later_and_is_forgotten() -> None:
    clock = ServerClock()
    clock.observe(5000, 1000.0, 1000.0)
    clock.observe(5000 + 86_400, 1001.0, 1001.0)
    assert clock.earliest(1001.0) <= 5001
    clock.observe(5002, 1002.0, 1002.0)
    assert clock.earliest(1002.0) == pytest.approx(5002, abs=0.01)
    assert clock.latest(1002.0) == pytest.approx(5003, abs=0.01)


def test_a_clock_that_is_set_is_followed() -> None:
    clock = ServerClock()
    clock.observe(5000, 1000.0, 1000.0)
    for second in range(1, 4):
        clock.observe(1000 + second, 1000.0 + second, 1000.0 + second)
    assert clock.latest(1003.0) == pytest.approx(1004, abs=0.01)


def test_a_clock_that_nobody_told_is_not_known() -> None:
    assert not ServerClock().known
    with pytest.raises(LookupError, match="no answer had a Date yet"):
        ServerClock().earliest(1.0)


@given(st.floats(0, 4e9))
def test_a_sync_point_is_never_rounded_up(point: float) -> None:
    text = wire(point)
    assert text.endswith("Z")
    assert len(text) == len("2026-01-01T00:00:00.000Z")
    read = retry_after.moment("Thu, 01 Jan 1970 00:00:00 GMT")
    assert read == 0.0
    from datetime import datetime

    assert point - 0.001001 <= datetime.fromisoformat(text).timestamp() <= point + 1e-6


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the zone of this system cannot be set")
@pytest.mark.parametrize("text", ["Thu Jan  1 00:02:00 2026", "Thursday, 01-Jan-26 00:02:00 GMT"])
def test_the_older_forms_of_a_date_are_read_wherever_the_client_is(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """RFC 9110 has them read, too; the one of C's `asctime` names no zone."""
    try:
        monkeypatch.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        moment.cache_clear()
        assert moment(text) == NEW_YEAR + 120
    finally:
        monkeypatch.undo()
        time.tzset()
        moment.cache_clear()


@pytest.mark.parametrize("text", ["86401", "9999999999", "Sat, 03 Jan 2026 00:00:01 GMT"])
def test_no_answer_makes_a_client_wait_for_more_than_a_day(text: str) -> None:
    assert retry_after.parse(text, "Thu, 01 Jan 2026 00:00:00 GMT") == 86_400.0
    assert retry_after.named("Try again after 25 hours") == 86_400.0
    assert retry_after.named("Try again after 23 hours") == 82_800.0
