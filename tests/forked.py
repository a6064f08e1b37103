"""Sinks to be killed, forked from a process that has imported everything: the imports take a second of a processor.

Workers are not: one that is there in no time meets rebalances at moments when one from the command line never did, and
stood still after one of them. Until that is understood, workers of tests start as those of people do.
"""

from __future__ import annotations

import multiprocessing

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["sinks.clickhouse.sink", "tests.forked", "tests.sinks.clickhouse.running"])
