"""Origins that may send a public form: all cases of config.origin.judge_headers, and edge cases."""

import pytest

from config.origin import Verdict, judge_headers

OWN = {"https://pulse.example.org"}
OURS = "https://pulse.example.org"
OUR_PAGE = "https://pulse.example.org/glossary/token/"
OTHER = "https://evil.example"


@pytest.mark.parametrize("referer", [None, OUR_PAGE, f"{OTHER}/x"])
@pytest.mark.parametrize("origin", [None, OURS, OTHER, "null"])
@pytest.mark.parametrize(
    ("fetch_site", "verdict"),
    [
        ("same-origin", Verdict.ALLOW),
        ("none", Verdict.ALLOW),
        ("same-site", Verdict.REFUSE),
        ("cross-site", Verdict.REFUSE),
        ("", Verdict.REFUSE),
        ("Same-Origin", Verdict.REFUSE),
        ("anything", Verdict.REFUSE),
    ],
)
def test_sec_fetch_site_decides_alone(fetch_site, origin, referer, verdict):
    assert judge_headers(fetch_site, origin, referer, OWN) is verdict


@pytest.mark.parametrize("referer", [None, OUR_PAGE, f"{OTHER}/x"])
@pytest.mark.parametrize(
    ("origin", "verdict"),
    [
        (OURS, Verdict.ALLOW),
        (OTHER, Verdict.REFUSE),
        ("null", Verdict.REFUSE),
        ("", Verdict.REFUSE),
        ("http://pulse.example.org", Verdict.REFUSE),
        ("https://pulse.example.org:8443", Verdict.REFUSE),
        ("https://pulse.example.org.evil.example", Verdict.REFUSE),
    ],
)
def test_without_it_the_origin_decides(origin, referer, verdict):
    assert judge_headers(None, origin, referer, OWN) is verdict


@pytest.mark.parametrize(
    ("referer", "verdict"),
    [
        (OUR_PAGE, Verdict.ALLOW),
        (OURS, Verdict.ALLOW),
        (f"{OTHER}/{OURS}", Verdict.REFUSE),
        ("https://pulse.example.org@evil.example/", Verdict.REFUSE),
        ("https://evil.example@pulse.example.org/", Verdict.REFUSE),
        ("", Verdict.REFUSE),
        ("https://[broken", Verdict.REFUSE),
    ],
)
def test_without_both_the_referer_decides(referer, verdict):
    assert judge_headers(None, None, referer, OWN) is verdict


def test_what_says_nothing_is_let_through_slowly():
    assert judge_headers(None, None, None, OWN) is Verdict.ALLOW_SLOWLY
