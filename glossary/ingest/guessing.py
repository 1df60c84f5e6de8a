"""Guesses which column of a table is what, by names first and contents second.

Where several columns fit, nothing is guessed and a person is asked. The preview shows what was
guessed and what it changes.
"""

import re
from collections.abc import Mapping as Dictionary
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, pairwise, product
from types import MappingProxyType
from typing import NoReturn

from glossary.ingest.cells import Unreadable, is_missing, is_number
from glossary.ingest.columns import Mapping, quoted_names
from glossary.ingest.dates import MONTHS, Dated, Grain, is_read_with_format, read_dates
from glossary.ingest.names import LABELS, plain_name
from glossary.ingest.problems import DataProblem, DataRefused, refused
from glossary.ingest.tables import Table
from glossary.ingest.titles import is_value
from glossary.ingest.workbooks import others_in
from glossary.values.periods import Denotes, last_day

SAMPLE_ROWS = 50

# In order of trust. The date of a vintage or release is not a period.
PERIOD_NAMES = (
    r"observation_?date|time_?period|period|period_?end(ing)?|ref_?period|year_and_.*",
    r"date|time",
    r"day|week|month|mon|quarter|qtr|year|yr|yyyymm(dd)?",
    r".*period.*",
    r"timestamp",
    r"(?!.*(vintage|release|publi|updat|import|fiscal)).*(date|month|quarter|year)",
)
OF_ENDS = r"(.*_)?(end|ending|to|until)(_.*)?"
SURE_VALUE_NAMES = r"values?(_.*)?|(obs|data)_?values?|median|estimate"
STATUS_NAMES = (r"(obs_?)?(status|flags?)(_codes?)?",)
BOX_NAMES = (r"incomplete|provisional|preliminary|(is_)?(projected|projection|forecast)",)
NO_VALUE_NAMES = (
    r"(.*_)?(id|code|commit|flags?|(foot)?notes?)|timestamp|comments?|remarks?|source|rank(ing)?"
    r"|no_obs"
)
NUMBERS_OF_ROWS = r"obs|id|index|row.*|line|n|no|nr|num|number|unnamed.*"
BOUNDS = {
    "low": "high", "lower": "upper", "lo": "hi", "min": "max", "minimum": "maximum", "lb": "ub",
    "lcl": "ucl", "p5": "p95", "p05": "p95", "p10": "p90", "p25": "p75", "q05": "q95", "q10": "q90",
}  # fmt: skip
UPPER_BOUNDS = frozenset(BOUNDS.values()) | {"higher", "upp"}
# Words that may be in the names of bounds and not in that of their value.
PRICES_OF_A_DAY = frozenset({"close", "closing", "last", "open", "price", "settle"})
# Beside a column of such a name one called value is one of several; one called estimate or median
# is so beside a name with such a word.
RIVALS = PRICES_OF_A_DAY | {"actual", "reported", "observed", "mean", "average"}
OF_BOUNDS = frozenset(
    {"ci", "conf", "confidence", "interval", "bound", "limit", "estimate", "value", "90", "95"}
)


@dataclass(frozen=True)
class Guess:
    mapping: Mapping
    told: tuple[str, ...] = ()


class ChoiceNeeded(DataRefused):
    """A person must name the column of `role`; `columns` are those it could be."""

    def __init__(self, message: str, role: str, columns: Sequence[str]) -> None:
        super().__init__([DataProblem(0, "", message)])
        self.role, self.columns = role, tuple(columns)


@dataclass(frozen=True)
class _Band:
    """Two columns whose names differ in their sides only: h100e_p5 and h100e_p95."""

    low: str
    high: str
    stem: frozenset[str]

    def bounds(self, value: str) -> bool:
        """Return whether all words of the stem are words of the value's name or of any bound's."""
        return self.stem <= _words(value) | OF_BOUNDS

    def is_of(self, value: str, others: Sequence[str]) -> bool:
        """Return whether nothing but this value lies between the bounds.

        Low and high among open and close bound the prices of a day, not an uncertainty.
        """
        has_stem = not self.stem <= OF_BOUNDS
        if not has_stem and _words(value) & PRICES_OF_A_DAY:
            return False
        is_sure = re.fullmatch(SURE_VALUE_NAMES, plain_name(value)) is not None
        return self.bounds(value) and (is_sure or has_stem or set(others) == {self.low, self.high})


def guess_mapping(
    table: Table,
    typed: Dictionary[str, str] = MappingProxyType({}),
    denotes: Denotes = Denotes.AROUND,
) -> Guess:
    """Guess the columns of the roles that are not `typed`.

    Raises ChoiceNeeded where several columns could have a role, or none. `where` and `pick` are
    never guessed: a file cannot say which of 147 economies is meant.
    """
    taken = set(typed.values())
    free = [name for name in table.single_names if name and name not in taken]
    _check_header(table)
    period = typed.get("period") or _period(table, free, denotes)
    boxes = [name for name in free if not _has_values(table, name)]
    status = typed.get("status", _by_name(free, STATUS_NAMES) or _by_name(boxes, BOX_NAMES))
    free = [name for name in free if name not in (period, status)]
    numbers = [name for name in free if _may_be_value(table, name)]
    # Decimals, units and so on are left out where another column has numbers.
    others = [name for name in numbers if plain_name(name) not in LABELS]
    if any(is_number(cell) for name in others for cell in _sample(table, name)):
        numbers = others
    band = _band_of(numbers)
    value = typed.get("value") or _value(table, free, numbers, band)
    if "low" in typed or "high" in typed:
        return Guess(Mapping(period, value, typed.get("low", ""), typed.get("high", ""), status))
    others = [name for name in numbers if name != value]
    if band and band.is_of(value, others):
        return Guess(Mapping(period, value, band.low, band.high, status))
    told = tuple(
        f"{quoted_names([name])} was not taken for a bound: no column holds the other bound of"
        " this value."
        for name in others
        if _side(name)
    )
    return Guess(Mapping(period, value, status=status), told)


def _check_header(table: Table) -> None:
    names = [name for name in table.columns if name]
    if len(table.columns) == 1:
        said = "There is only one column. In CSV, separate the cells of a row by commas or"
        said = " ".join(others_in(table.told)) or f"{said} semicolons."
        raise refused(said, column=names[0] if names else "")
    twice = (name for name in names if names.count(name) > 1)
    if period := _by_name(list(twice), PERIOD_NAMES[:3]):
        said = "Several columns have this name: are there tables side by side? Keep one of them."
        raise refused(said, column=period)
    if names and all(map(is_value, names)):
        said = "The first row holds data, not names. Add a row above it, such as period,value."
        raise refused(said, table.rows[0].number - 1, names[0])


def _period(table: Table, free: list[str], denotes: Denotes) -> str:
    dated = [name for name in free if _is_period(table, name)]
    for pattern in PERIOD_NAMES:
        named = [name for name in dated if re.fullmatch(pattern, plain_name(name))]
        ends = [name for name in named if re.fullmatch(OF_ENDS, plain_name(name))]
        if len(named) > 1 and denotes is Denotes.ENDING and len(ends) == 1:
            return ends[0]
        if named:
            period = _only(table, named, "period")
            return _only(table, [period, *_other_periods(table, period, dated)], "period")
    # Of bare years without a telling name only those that run on are periods.
    by_contents = [name for name in dated if _runs_on(table, name)]
    if by_contents:
        return _only(table, by_contents, "period")
    return _by_name(free, PERIOD_NAMES) or _ask("period", table)


def _other_periods(table: Table, day: str, dated: Sequence[str]) -> list[str]:
    """Return the columns whose month or quarter is not the day's: that may be one of publishing."""
    days = _dates(table, day)
    if {grain for _, grain in days} != {Grain.DAY}:
        return []
    return [
        name
        for name in dated
        if len(dates := _dates(table, name)) == len(days)
        and any(
            grain in (Grain.MONTH, Grain.QUARTER)
            and not first <= at <= last_day(first, MONTHS[grain])
            for (at, _), (first, grain) in zip(days, dates, strict=True)
        )
    ]


def _dates(table: Table, name: str) -> list[Dated]:
    try:
        read = read_dates(_sample(table, name))
    except Unreadable:
        return []
    return [each for each in read if not isinstance(each, Unreadable)]


def _value(table: Table, free: list[str], numbers: list[str], band: _Band | None) -> str:
    named = [name for name in numbers if re.fullmatch(SURE_VALUE_NAMES, plain_name(name))]
    sure = [name for name in named if not _side(name)]
    is_vague = any(plain_name(name) in ("estimate", "median") for name in sure)
    words = chain(*map(_words, numbers)) if is_vague else map(plain_name, numbers)
    if sure and RIVALS.isdisjoint(words):
        return _only(table, sure, "value")
    rest = [name for name in numbers if band and name not in (band.low, band.high)]
    if band and len(rest) == 1 and band.bounds(rest[0]):
        return _only(table, rest, "value")
    if numbers:
        return _only(table, numbers, "value")
    # Of one column with digits first, as in ~120 and 100–120, reading says what is wrong.
    if len(free) == 1 and not any(text[:1].isalpha() for text in table.texts(free[0])):
        return free[0]
    return _by_name(free, (SURE_VALUE_NAMES,)) or _ask("value", table)


def _only(table: Table, names: Sequence[str], role: str) -> str:
    if len(names) > 1:
        several = f"Several columns could hold the {role}: {quoted_names(names)}."
        raise ChoiceNeeded(" ".join([several, *others_in(table.told)]), role, names)
    if is_value(names[0]):
        said = f"Only {quoted_names(names)} could hold the {role}, but that is a number or a date"
        raise ChoiceNeeded(f"{said} and no name: is the first row data?", role, names)
    return names[0]


def _ask(role: str, table: Table) -> NoReturn:
    names = [name for name in table.columns if name]
    said = [f"Which column holds the {role}? Columns: {quoted_names(names)}."]
    if role == "period":
        said.append("If columns are periods, call them by nothing else: 2024-05, 2024-Q2 or 2024.")
    said += others_in(table.told)
    raise ChoiceNeeded(" ".join(said), role, names)


def _band_of(numbers: Sequence[str]) -> _Band | None:
    """Return the only two columns that could be low and high; None where there are more."""
    stems = {name: _words(name).difference(BOUNDS, UPPER_BOUNDS) for name in numbers}
    lows, highs = ([n for n in numbers if _side(n) == side] for side in ("low", "high"))
    pairs = [pair for pair in product(lows, highs) if len({stems[name] for name in pair}) == 1]
    return _Band(*pairs[0], stems[pairs[0][0]]) if len(pairs) == 1 else None


def _side(name: str) -> str:
    words = _words(name)
    is_low, is_high = not words.isdisjoint(BOUNDS), not words.isdisjoint(UPPER_BOUNDS)
    return "" if is_low is is_high else "low" if is_low else "high"


def _by_name(names: Sequence[str], patterns: Sequence[str]) -> str:
    """Return the first column of such a name; reading its cells finds their problems."""
    pairs = product(patterns, names)
    return next((name for pattern, name in pairs if re.fullmatch(pattern, plain_name(name))), "")


def _words(name: str) -> frozenset[str]:
    return frozenset(plain_name(name).split("_"))


def _sample(table: Table, name: str) -> list[str]:
    return list(filter(None, table.texts(name, table.rows[:SAMPLE_ROWS])))


def _is_period(table: Table, name: str) -> bool:
    """Return whether most cells are dates; ambiguous dates count."""
    sample = _sample(table, name)
    try:
        read = read_dates(sample)
    except Unreadable:
        return True
    dates = list(filter(is_read_with_format, read))
    return bool(dates) and len(dates) * 2 >= len(sample)


def _runs_on(table: Table, name: str) -> bool:
    """Return whether the column has dates, or bare years of which each is later than the last."""
    sample = _sample(table, name)
    if not all(re.fullmatch(r"[0-9]{4}", cell) for cell in sample):
        return True
    steps = [after > before for before, after in pairwise(sample)]
    return len(sample) > 1 and len(set(steps)) == 1 and len(set(sample)) == len(sample)


def _may_be_value(table: Table, name: str) -> bool:
    """Return whether the column has numbers, or nothing: formulas without results, late starts."""
    plain = plain_name(name)
    if re.fullmatch("|".join((NO_VALUE_NAMES, *PERIOD_NAMES[:3])), plain):
        return False
    there = [cell for cell in _sample(table, name) if not is_missing(cell)]
    numbers = [cell for cell in there if is_number(cell)]
    if re.fullmatch(NUMBERS_OF_ROWS, plain) or name == "#":
        are_whole = all(map(str.isdecimal, numbers))
        if are_whole and all(int(after) - int(before) == 1 for before, after in pairwise(numbers)):
            return False  # 1, 2, 3 and so on
    return len(numbers) * 2 >= len(there)


def _has_values(table: Table, name: str) -> bool:
    """Return whether the column has other numbers than the 1 and 0 of boxes."""
    return any(is_number(cell) and cell not in ("0", "1") for cell in _sample(table, name))
