"""Rewrite tests/config/routes.txt: `python -m tests.config.write_routes`. Review the diff."""

import os

import pytest

if __name__ == "__main__":
    os.environ["WRITE_ROUTES"] = "1"
    raise SystemExit(
        pytest.main(["-q", "-p", "no:xdist", "tests/config/test_routes.py::test_write_the_table"])
    )
