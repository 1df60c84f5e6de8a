"""docs/security.md has every requirement of level 1, and each test that it names exists."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
# OWASP ASVS 5.0.0, level 1, by section.
LEVEL_1 = {
    "1.2": 5, "1.3": 2, "1.5": 1, "2.1": 1, "2.2": 2, "2.3": 1, "3.2": 2, "3.3": 1, "3.4": 2,
    "3.5": 3, "4.1": 1, "4.4": 1, "5.2": 2, "5.3": 2, "6.1": 1, "6.2": 8, "6.3": 2, "6.4": 2,
    "7.2": 4, "7.4": 2, "8.1": 1, "8.2": 2, "8.3": 1, "9.1": 3, "9.2": 1, "10.4": 5, "11.3": 2,
    "11.4": 1, "12.1": 1, "12.2": 2, "13.4": 1, "14.2": 1, "14.3": 1, "15.1": 1, "15.2": 1,
    "15.3": 1,
}  # fmt: skip
ROWS = re.findall(r"^\| (\d+\.\d+\.\d+) \| (.+?) \| (.+?) \| (.+?) \|$",
                  (ROOT / "docs/security.md").read_text(), re.M)  # fmt: skip


def test_every_requirement_of_level_1_is_in_the_table():
    ids = [number for number, *_ in ROWS]
    assert len(set(ids)) == len(ids)
    asked = {f"{section}.{n}" for section, most in LEVEL_1.items() for n in range(1, most + 1)}
    assert len(asked) == 70
    assert asked - set(ids) == set()


def test_each_test_that_the_table_names_exists():
    named = [shown for *_, shown in ROWS if shown != "–"]
    assert len(named) > 100
    for shown in named:
        path, _, name = shown.partition("::")
        assert f"def {name}(" in (ROOT / path).read_text(), shown


def test_what_has_no_test_says_why():
    without = {number: holds for number, _, holds, shown in ROWS if shown == "–"}
    unexplained = [number for number, holds in without.items() if len(holds) < 10]
    assert {number.rpartition(".")[0] for number in unexplained} <= {"4.4", "10.4", "11.3"}
