"""Clients and broker are killed at random, and the recorded history must break no rule."""

import pytest

from harness.proxy import Proxy
from harness.stores import DirectoryStore
from history import checking, run
from history.summary import Summary

SHORT_SEED, SHORT_SECONDS = 44, 12.0  # this seed draws most kinds of faults, and few of them


def check_run(request, directory, make_broker, plan, store, proxy=None):
    """Runs a plan and fails with the seed, the rules and the pieces of the history."""
    properties = {**run.BROKER, **store.properties("lake")}
    lake = {"prefix": "lake", "directory": str(directory)}
    if proxy:
        properties["lake.s3.endpoint"] = proxy.endpoint
        lake = {"prefix": "lake", "endpoint": store.endpoint}
    broker = make_broker(properties).start()
    one = run.Run(plan, directory / "history", broker, lake, proxy)
    events, violations = one.execute()
    seen = Summary(events)
    print(seen)
    if violations:
        pytest.fail(
            f"seed {plan.seed}, {plan.seconds:g} s, history in {directory / 'history'}\n"
            + checking.report(events, violations),
            pytrace=False,
        )
    assert not seen.missing, f"the run shows nothing about: {seen.missing}"
    broker.stop()


def test_a_short_history(request, tmp_path, make_broker):
    seed = request.config.getoption("--history-seed") or SHORT_SEED
    plan = run.Plan(seed, SHORT_SECONDS)
    check_run(request, tmp_path, make_broker, plan, DirectoryStore(tmp_path))


@pytest.mark.full
@pytest.mark.timeout(0)
@pytest.mark.parametrize("lake", ["file", "moto"])
def test_a_long_history(request, tmp_path, make_broker, open_store, lake):
    """Ten minutes, or --history-seconds, over each lake; moto lies behind a faulty network."""
    plan = run.Plan(
        request.config.getoption("--history-seed") or 2,
        request.config.getoption("--history-seconds"), large=True,
    )  # fmt: skip
    if lake == "file":
        check_run(request, tmp_path, make_broker, plan, DirectoryStore(tmp_path))
        return
    store = open_store(lake)
    proxy = Proxy(int(store.endpoint.rsplit(":", 1)[1]))
    try:
        check_run(request, tmp_path, make_broker, plan, store, proxy)
    finally:
        proxy.close()
