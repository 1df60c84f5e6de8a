"""Faults are as intended and spread evenly, and each excuse names an existing one."""

from collections import Counter

import pytest

from tests.faults.__main__ import EXCUSED, ROOT, read_faults, stages
from tests.faults.choosing import choose, read_excuses
from tests.faults.places import find

CASES = [
    ("rows.filter(a=1, b=2)", "lost condition", ["rows.filter(b=2)", "rows.filter(a=1)"]),
    ("rows.filter(a=1)", "lost condition", ["rows.filter()"]),
    ("rows.filter(\n    ~old, a=1,\n)", "lost condition", ["rows.filter(\n    a=1,\n)", "rows.filter(\n    ~old)"]),
    ("options.get('a')", "lost condition", []),
    ("x = rows.filter(a=1).first()", "lost filter", ["x = rows.all().first()"]),
    ("rows.due(now).delete()", "lost filter of a write", ["rows.all().delete()"]),
    ("rows.update(a=1, b=2)", "lost value", ["rows.update(b=2)", "rows.update(a=1)"]),
    ("row.save(update_fields=['a', 'b'])", "lost value", ["row.save(update_fields=['b'])", "row.save(update_fields=['a'])"]),
    ("if late:\n    row.save()", "lost call", ["if late:\n    pass"]),
    ("@task\ndef send(): pass", "lost decorator", ["\ndef send(): pass"]),
    ("for a in b:\n    if a: continue\n    c = a", "lost guard", ["for a in b:\n    if False: continue\n    c = a"]),
    ("a = not (b or c)", "lost not", ["a = (b or c)"]),
    ("send(a, b, *c)", "swapped arguments", ["send(b, a, *c)"]),
    ("max(a, b)", "swapped arguments", []),
    ("a = 'é' < b <= c", "turned comparison", ["a = 'é' <= b <= c", "a = 'é' < b < c"]),
    ("a = b not in c", "turned comparison", ["a = b in c"]),
    ("a = b and c and d", "and, or", ["a = b or c and d", "a = b and c or d"]),
    ("run(f'WHERE a = {b} AND c')", "looser SQL", ["run(f'WHERE a = {b} OR c')"]),
    ("DAYS = 14", "changed number", ["DAYS = 15"]),
    ("def send(again=False): pass", "flipped boolean", ["def send(again=True): pass"]),
    ("SALT = 'one-click'", "changed text", ["SALT = 'one-clickx'"]),
    ("raise ValueError('wrong')", "changed text", []),
]  # fmt: skip


@pytest.mark.parametrize(("before", "kind", "after"), CASES)
def test_a_fault_changes_one_thing(before, kind, after):
    found = find("glossary/views/terms.py", before.encode())
    assert [x.applied(before.encode()).decode() for x in found if x.kind == kind] == after


def test_fields_of_models_are_held_to_the_migrations_and_not_tried():
    field = b"class Term(Model):\n    name = CharField(max_length=80)\n"
    assert find("glossary/models/terms.py", field) == []
    assert find("glossary/views/terms.py", field) != []


def test_faults_are_spread_over_rooms_and_kinds_and_stay_the_same_for_a_seed():
    faults = read_faults("newsletter/")
    chosen = choose(faults, 30, seed=1)
    rooms = Counter(fault.room for fault, _ in chosen)
    assert set(rooms) == {fault.room for fault, _ in faults}
    assert max(Counter(fault.kind for fault, _ in chosen).values()) <= 6
    assert chosen == choose(faults, 30, seed=1) != choose(faults, 30, seed=2)


def test_the_nearest_tests_run_first_and_none_twice():
    assert stages("newsletter/sending/ledger.py") == [
        ["tests/newsletter/sending"],
        ["tests/newsletter", "--ignore=tests/newsletter/sending"],
        ["tests", "--ignore=tests/newsletter/sending", "--ignore=tests/newsletter"],
    ]
    assert stages("config/tick.py")[0] == ["tests/config"]


def test_an_excuse_names_a_line_that_is_still_there():
    excuses = read_excuses(EXCUSED.read_text())
    lines = {path: (ROOT / path).read_text() for path, _, _ in excuses}
    for path, _, text in excuses:
        assert text in [" ".join(line.split()) for line in lines[path].splitlines()]


def test_an_excuse_without_a_reason_is_refused():
    with pytest.raises(ValueError, match="reason"):
        read_excuses("config/tick.py | changed number | SLOTS = 60\n")
