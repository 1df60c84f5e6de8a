"""Years of Japan's eras as those of the common calendar: 令和6年, Reiwa 6, R6.4.1."""

import re

BEFORE_FIRST = {
    "令和": 2018, "平成": 1988, "昭和": 1925, "reiwa": 2018, "heisei": 1988, "showa": 1925,
    "r": 2018, "h": 1988, "s": 1925,
}  # fmt: skip
# By a letter only in whole days, because H1 is a half-year.
YEAR = re.compile(
    r"(令和|平成|昭和|reiwa|heisei|showa|^[rhs](?=[0-9]+\.[0-9]+\.))[ -]?([0-9]{1,2}|元)",
    re.IGNORECASE,
)


def with_common_years(text: str) -> str:
    return YEAR.sub(_year, text)


def _year(match: re.Match[str]) -> str:
    number = 1 if match[2] == "元" else int(match[2])  # the first year
    return str(BEFORE_FIRST[match[1].casefold()] + number)
