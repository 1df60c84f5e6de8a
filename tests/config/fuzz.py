"""Sends many odd requests: `python -m tests.config.fuzz [count] [seed]`. A thousand take some seconds."""

import os
import sys

import pytest

if __name__ == "__main__":
    count, seed = (*sys.argv[1:], *["10000", "1"][len(sys.argv) - 1 :])
    os.environ |= {"FUZZ_COUNT": count, "FUZZ_SEED": seed}
    raise SystemExit(
        pytest.main(
            [
                "-q",
                "-s",
                "--show-capture=no",
                "-p",
                "no:logging",
                "-p",
                "no:xdist",
                "tests/config/test_odd_requests.py",
            ]
        )
    )
