"""A claim holds or is broken, with the number found; a claim that cannot be judged says why."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glossary.prose.figures.claims import Claim, ClaimVerdict, check_claim, parse_claim
from glossary.prose.markdown.figures import is_claim
from glossary.prose.problems import FigureProblem
from tests.glossary.series_views import ALL


def verdict(text):
    claim = parse_claim(f" assert {text} ")
    assert isinstance(claim, Claim), claim
    return check_claim(claim, ALL[claim.figure.slug])


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("revenue > 50 bn", True),
        ("revenue > $51.2 billion", False),
        ("revenue >= $51.2 billion", True),
        ("revenue ≥ 51.2 bn US dollars", True),
        ("revenue = 51,200 million", True),
        ("revenue > 0", True),
        ("revenue != 51.2bn", False),
        ("revenue | > 50 bn", True),
        ("revenue | change 1y > 20%", True),
        ("revenue | change 1y > 66.3 percent", False),
        ("revenue | at October 2024 | change 1q > 17", True),
        ("revenue | ratio 1y ≤ 1.7 times", True),
        ("revenue | change 1y abs > 20 bn", True),
        ("chips | at 2025-Q1 | doubling-time < 7 months", True),
        ("chips | at 2025-Q1 | doubling-time < 20 weeks", False),
        ("chips | at 2025-Q1 | doubling-time < 1 year", True),
        ("chips | low > 12 million H100-equivalents", True),
        ("users > 66.1%", True),
        ("users | change 1y abs < 5 points", True),
        ("users | change 1y > 3 points", True),
        ("chips | change 2y > 900%", True),
        ("chips | change 2y > 20", True),
        ("chips | change 2y > 2500%", False),
        ("users | cagr >= 5", True),
        ("compute >= 5e26 FLOP", True),
        ("profit < -€0.4 million", True),
        ("profit > −0.6 mn euros", True),
        ("power | projected > 1,000 MW", True),
        ("power > 1,000", False),
    ],
)
def test_claims_are_judged_by_the_full_number(text, holds):
    assert verdict(text).holds is holds


def test_a_verdict_says_what_was_found_in_words():
    good, bad = verdict("revenue | change 1y > 20%"), verdict("chips < 10 million")
    assert good.sentence == (
        "Holds: Data center revenue, change 1y, is +66% (quarter to October 27, 2024 – quarter "
        "to October 26, 2025), more than 20%."
    )
    assert bad.sentence == (
        "Broken: Open jobs is 14,510,043\u00a0H100-equivalents (quarter to March 31, 2026), "
        "not less than 10 million."
    )
    assert bad.found.machine == "14510043"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("revenue", "a claim compares; write {{ assert series | change 1y > 20% }}"),
        ("> 5", "no series is named"),
        ("revenue | change > 5%", "“change” needs a span"),
        ("revenue | 1dp > 5 bn", "“dp” is a format"),
        ("revenue > many", "“many” is not a number to compare with"),
        ("revenue > 1,23", "is not a number to compare with"),
        ("revenue > 1.5.5", "is not a number to compare with"),
        ("revenue > NaN", "is not a number"),
        ("revenue > ", "is not a number"),
        ("revenue > < 5", "is not a number"),
    ],
)
def test_what_is_no_claim_is_refused(text, said):
    problem = parse_claim(f"assert {text}")
    assert isinstance(problem, FigureProblem)
    assert said in problem.message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("revenue > 50", "“50” lacks its scale"),
        ("revenue > 50 bn euros", "not in the unit of the series, US dollars"),
        ("revenue > €50 bn", "not in the unit of the series"),
        ("chips > 5%", "not in the unit of the series, H100-equivalents"),
        ("compute > 1e5000000", "not in the unit of the series"),
        ("chips | at 2025-Q1 | doubling-time < 7", "is not a time; write for example 7 months"),
        ("revenue | change 1y > 7 months", "write for example 20%"),
        ("users | change 1y > 5%", "write for example 2 points"),
        ("profit | change 1y < 5%", "not in the unit of the series, euros"),
        ("revenue | ratio 1y > 7%", "write for example 1.5 times"),
        ("revenue | date > 5", "not a date or a range"),
        ("chips | range > 5", "not a date or a range"),
        ("rent | doubling-time < 7 months", "at least 3 values"),
        ("empty > 5", "no value yet"),
    ],
)
def test_what_cannot_be_compared_is_said(text, said):
    problem = verdict(text)
    assert isinstance(problem, FigureProblem)
    assert said in problem.message


def test_only_the_word_assert_makes_a_claim():
    assert is_claim(" assert x > 1")
    assert not is_claim("assertions")
    assert not is_claim("")


@settings(deadline=None, max_examples=200)
@given(st.text(alphabet="revnu |<>=!$€%0123456789.,e-+bn \n", max_size=190))
def test_whatever_is_typed_is_a_claim_or_a_problem(text):
    started = time.process_time()
    claim = parse_claim(f"assert revenue {text}")
    if isinstance(claim, Claim) and claim.figure.slug in ALL:
        assert isinstance(check_claim(claim, ALL[claim.figure.slug]), ClaimVerdict | FigureProblem)
    assert time.process_time() - started < 0.5
