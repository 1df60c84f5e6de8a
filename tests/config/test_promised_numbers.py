"""Numbers that operators and visitors were promised: to change one is a decision, taken here too."""

from importlib import import_module

import pytest

NUMBERS = {"bodies": {"PUBLIC_BYTES": 16_384}}


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_are_as_decided(name):
    module = import_module(f"config.{name}")
    assert {number: getattr(module, number) for number in NUMBERS[name]} == NUMBERS[name]
