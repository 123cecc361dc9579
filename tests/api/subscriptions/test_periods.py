"""Calendar months and parts of prices."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.having import at
from telstar_api.subscriptions.periods import months_after, next_end, part

MOMENTS = st.timedeltas(timedelta(0), timedelta(days=36500)).map(lambda passed: at("2000-01-01") + passed)
MONTH = st.timedeltas(timedelta(0), timedelta(days=31))
PRICES = st.decimals(0, 1000, places=2)


@pytest.mark.parametrize(
    ("anchor", "ends"),
    [
        ("2027-01-31 10:00", ["2027-02-28 10:00", "2027-03-31 10:00", "2027-04-30 10:00"]),
        ("2028-01-30 00:00", ["2028-02-29 00:00", "2028-03-30 00:00", "2028-04-30 00:00"]),
        ("2027-12-15 23:59", ["2028-01-15 23:59", "2028-02-15 23:59", "2028-03-15 23:59"]),
    ],
)
def test_a_month_ends_on_the_anchors_day_or_the_months_last(anchor: str, ends: list[str]) -> None:
    moment = at(anchor)
    for end in ends:
        moment = next_end(at(anchor), moment)
        assert moment == at(end)


@given(MOMENTS, st.integers(0, 400))
def test_periods_follow_on_each_other_whatever_the_anchor(anchor: datetime, count: int) -> None:
    end = months_after(anchor, count)
    assert next_end(anchor, end) == months_after(anchor, count + 1) > end
    assert timedelta(days=28) <= months_after(anchor, count + 1) - end <= timedelta(days=31)
    assert next_end(anchor, end - timedelta(microseconds=1)) == (end if count else months_after(anchor, 1))


@pytest.mark.parametrize(
    ("price", "currency", "left", "credit"),
    [
        ("4.99", "EUR", "2027-04-01 00:00", "4.99"),
        ("4.99", "EUR", "2027-03-20 00:00", "4.99"),
        ("4.99", "EUR", "2027-04-16 00:00", "2.50"),  # 2.495
        ("14.99", "EUR", "2027-04-11 00:00", "9.99"),  # 9.9933…
        ("990", "JPY", "2027-04-13 12:00", "578"),  # 577.5
        ("4.99", "EUR", "2027-05-01 00:00", "0.00"),
        ("4.99", "EUR", "2027-06-01 00:00", "0.00"),
    ],
)
def test_what_is_left_of_april(price: str, currency: str, left: str, credit: str) -> None:
    april = at("2027-04-01"), at("2027-05-01")
    assert part(Decimal(price), currency, april, at(left)) == Decimal(credit)


@given(
    PRICES,
    MOMENTS,
    st.timedeltas(timedelta(0), timedelta(days=31)),
    st.timedeltas(timedelta(0), timedelta(days=31)),
)
def test_a_credit_is_in_whole_cents_within_half_a_cent_and_never_grows(
    price: Decimal, start: datetime, one: timedelta, two: timedelta
) -> None:
    end = months_after(start, 1)
    first, second = sorted((one, two))
    earlier, later = (part(price, "EUR", (start, end), start + passed) for passed in (first, second))
    assert price >= earlier >= later >= 0
    assert earlier == earlier.quantize(Decimal("0.01"))
    exact = float(price) * max(0.0, (end - start - first) / (end - start))
    assert abs(float(earlier) - exact) <= 0.005 + 1e-9
