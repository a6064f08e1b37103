"""`baogong worker`: run one stage against a Kafka that is there."""

from __future__ import annotations

from pathlib import Path

import click

from deploy.settings import load_settings
from streams.stages import STAGES


@click.command("worker")
@click.option(
    "--stage", type=click.Choice(sorted(STAGES)), default="supply", show_default=True, help="Which stage to run."
)
@click.option(
    "--kafka", metavar="HOST:PORT", help="Broker; else BAOGONG_KAFKA, else the one of a running 'baogong up'."
)
@click.option("--data", type=click.Path(path_type=Path), help="Directory for snapshots.")
@click.option("--items", type=click.Path(path_type=Path), help="Item catalogue (TOML).")
@click.option("--rules", type=click.Path(path_type=Path), help="Rules of the stages (TOML).")
@click.option("--profiles", type=click.Path(path_type=Path), help="Temperature profiles (TOML).")
@click.option("--clock", default="real", show_default=True, help="real, replayed, or scaled:START:FACTOR.")
@click.option(
    "--health-port", type=click.IntRange(0, 65535), default=0, help="Port of /livez, /readyz, /metrics; 0: a free one."
)
@click.option("--health-file", type=click.Path(path_type=Path), help="Write the health address into this file.")
@click.option(
    "--session-seconds", type=click.FloatRange(1, 300), default=10.0, show_default=True, help="Kafka group session."
)
@click.option(
    "--stall-seconds",
    type=click.FloatRange(1, 3600),
    default=110.0,
    show_default=True,
    help="End the process (code 70) where work waits so long and nothing is appended.",
)
def command(
    stage: str,
    kafka: str | None,
    data: Path | None,
    items: Path | None,
    rules: Path | None,
    profiles: Path | None,
    clock: str,
    health_port: int,
    health_file: Path | None,
    session_seconds: float,
    stall_seconds: float,
) -> None:
    """Run one stage until stopped; start more of them for more partitions in parallel.

    Example: baogong worker --stage supply --kafka 127.0.0.1:9092
    """
    from deploy.city import load_city
    from deploy.worker import WorkerOptions, run_worker
    from streams.ledger.clock import parse_clock
    from streams.topics import require_topics

    parse_clock(clock)
    settings = load_settings(kafka=kafka, data=data, items=items, rules=rules, profiles=profiles)
    require_topics(settings.kafka_address())
    run_worker(
        STAGES[stage](load_city(settings)),
        WorkerOptions(
            kafka=settings.kafka_address(),
            data=settings.data,
            clock=clock,
            health_port=health_port,
            health_file=health_file,
            session_seconds=session_seconds,
            stall_seconds=stall_seconds,
        ),
    )
