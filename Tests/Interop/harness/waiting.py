"""Waiting for conditions, never for time alone."""

import time


def wait_until(condition, what, timeout=30.0, interval=0.02):
    """Returns the first true result of `condition`; fails naming `what` and the last result."""
    deadline = time.monotonic() + timeout
    while True:
        last = condition()
        if last:
            return last
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {timeout:g} s for {what}; last seen: {last!r}")
        time.sleep(interval)
