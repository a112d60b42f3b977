"""Fixtures of the interop tests: brokers, stores, and their logs when a test fails."""

import os
import time

import pytest

from harness import stores
from harness.broker import Broker, default_binary
from harness.raw import RawClient


def pytest_addoption(parser):
    parser.addoption("--full", action="store_true", help="also what takes long (radosgw, soaks)")
    parser.addoption("--binary", help="the broker to test, instead of .build/release/varve")
    parser.addoption("--history-seed", type=int, help="what test_history.py draws its choices from")
    parser.addoption("--history-seconds", type=float, default=600, help="length of its long runs")


def pytest_configure(config):
    if config.getoption("--binary"):
        os.environ["VARVE_BINARY"] = os.path.abspath(config.getoption("--binary"))
    if not default_binary().exists():
        pytest.exit(f"{default_binary()} is missing: swift build -c release --product varve", 2)


def pytest_collection_modifyitems(config, items):
    """Without --full, what takes long is deselected, not skipped."""
    if config.getoption("--full"):
        return
    slow = [item for item in items if item.get_closest_marker("full")]
    config.hook.pytest_deselected(items=slow)
    items[:] = [item for item in items if item not in slow]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.failed:
        for broker in Broker.every:
            if broker.log_path.exists() and broker.log_path.stat().st_mtime >= call.start - 60:
                state = broker.process.poll() if broker.process else "not started"
                report.sections.append(
                    (f"{broker.log_path} (exit status {state})", broker.log_tail())
                )
    return report


@pytest.fixture(scope="session")
def broker(tmp_path_factory):
    """One broker with a lake on file://, shared by tests that make topics of their own."""
    shared = Broker(tmp_path_factory.mktemp("shared"))
    shared.start()
    yield shared
    shared.stop()


@pytest.fixture
def make_broker(tmp_path):
    """Makes brokers that are gone after the test: make_broker({property: value})."""
    made = []

    def make(properties=None, name=None, **more):
        one = Broker(tmp_path / (name or f"broker{len(made)}"), properties, **more)
        made.append(one)
        return one

    yield make
    for one in made:
        one.kill()


@pytest.fixture(scope="session")
def open_store(tmp_path_factory):
    """Opens stores by name, each once: open_store("moto")."""
    opened = {}

    def open_one(name):
        if name not in opened:
            opened[name] = stores.ALL[name](tmp_path_factory.mktemp(name))
        return opened[name]

    yield open_one
    for store in opened.values():
        store.stop()


@pytest.fixture
def topic(request, broker):
    """Makes topics named for the test: topic(partitions=3, **configs)."""
    count = 0

    def make(partitions=1, **configs):
        nonlocal count
        count += 1
        base = request.node.name.replace("[", "-").replace("]", "")
        name = "".join(c if c.isalnum() or c in "._-" else "-" for c in base)[:180] + f"-{count}"
        with RawClient(broker.port) as client:
            settings = {key.replace("_", "."): value for key, value in configs.items()}
            error = client.create_topic(name, partitions, settings)
        assert error == 0, f"CreateTopics {name}: error {error}"
        return name

    return make


@pytest.fixture
def clock():
    """Seconds since the test began."""
    began = time.monotonic()
    return lambda: time.monotonic() - began
