"""`baogong console`: what supervisors and duty officers see, as a web page."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from deploy.commands.options import CLICKHOUSE, DATA, KAFKA, PROFILES
from deploy.settings import VERIFIED, Settings, load_settings
from schemas.errors import USAGE, BaogongError

if TYPE_CHECKING:
    from sinks.console.users import User

PORT: Final = 8600


@click.command("console")
@click.option("--listen", metavar="ADDRESS", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option("--port", type=click.IntRange(0, 65535), default=PORT, show_default=True, help="Port.")
@click.option("--users", type=click.Path(path_type=Path), help="Users (TOML); needed where others can reach it.")
@click.option("--host", "hosts", multiple=True, metavar="NAME", help="A name by which it is called; repeatable.")
@click.option("--certificate", type=click.Path(path_type=Path, exists=True), help="TLS certificate (PEM).")
@click.option("--key", type=click.Path(path_type=Path, exists=True), help="Its private key (PEM).")
@click.option("--behind-proxy", is_flag=True, help="A proxy in front speaks TLS with the browsers.")
@click.option("--clock", default="real", show_default=True, help="The clock of the stack: real, replayed, scaled:...")
@click.option("--items", type=click.Path(path_type=Path), help="Item catalogue (TOML).")
@click.option("--rules", type=click.Path(path_type=Path), help="Rules of the stages (TOML).")
@click.option("--health-port", type=click.IntRange(0, 65535), hidden=True, help="As of other processes.")
@click.option("--hash", "hashing", is_flag=True, help="Ask for a password and print its hash for the users file.")
@PROFILES
@KAFKA
@CLICKHOUSE
@DATA
def command(hashing: bool, **flags: Any) -> None:
    """Serve the console for supervisors and duty officers until stopped.

    On loopback it asks for no login. Where others can reach it (by another address, a --host of its own, or a proxy) it
    wants --users; on another address also TLS, by --certificate and --key or by a proxy in front.

    Example: baogong console --port 8600
    """
    if hashing:
        from sinks.console.users import hash_password

        click.echo(hash_password(click.prompt("Password", hide_input=True, confirmation_prompt=True)))
        return
    names = ("kafka", "clickhouse", "data", "items", "rules", "profiles")
    _serve(load_settings(**{name: flags[name] for name in names}), **flags)


def _serve(settings: Settings, **flags: Any) -> None:
    import uvicorn

    from sinks.console.app import collect_seldom, create_app
    from sinks.console.users import load_users
    from streams.logs import configure_logs

    users = None if flags["users"] is None else load_users(flags["users"])
    listen, hosts = flags["listen"], tuple(flags["hosts"])
    secure = _secure(listen, users, flags["certificate"], flags["key"], flags["behind_proxy"], hosts)
    desk = make_desk(settings, flags["clock"], users, secure)
    desk.behind_proxy = flags["behind_proxy"]
    configure_logs("console")
    own = ("127.0.0.1", "localhost", "::1") if loopback(listen) else (listen,)
    address = listen if ":" not in listen else f"[{listen}]"
    port = flags["health_port"] or flags["port"]
    click.echo(f"console: {'https' if flags['certificate'] else 'http'}://{address}:{port}/", err=True)
    app = create_app(desk, {*own, *hosts})
    collect_seldom()
    uvicorn.run(
        app,
        host=listen,
        port=port,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=2,
        ssl_certfile=flags["certificate"],
        ssl_keyfile=flags["key"],
    )


def make_desk(settings: Settings, clock: str, users: dict[str, User] | None, secure: bool) -> Any:
    """The console's parts, put together."""
    from deploy.city import load_city
    from sinks.console.actions import KafkaActions
    from sinks.console.desk import Desk
    from sinks.console.store import Store
    from streams.ledger.clock import parse_clock

    city = load_city(settings)
    return Desk(
        store=Store(settings.clickhouse_url()),
        actions=KafkaActions(settings.kafka_address()),
        clock=parse_clock(clock),
        users=users,
        catalogue=city.catalogue,
        profiles=city.profiles,
        alert_settings=city.alerts,
        verified=settings.data / VERIFIED,
        secure=secure,
    )


def loopback(listen: str) -> bool:
    """Whether only this machine can reach it."""
    name = listen.lower().removeprefix("[").removesuffix("]")
    try:
        return name == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _secure(
    listen: str,
    users: dict[str, User] | None,
    certificate: Path | None,
    key: Path | None,
    behind_proxy: bool,
    hosts: tuple[str, ...] = (),
) -> bool:
    """Whether browsers come by TLS; raises BaogongError where others come without users or without TLS.

    They come where it listens on another address than loopback, and where a proxy on this machine hands them on: it
    says so, or the console is called by a name (`hosts`) that is not this machine's alone.
    """
    if (certificate is None) != (key is None):
        raise BaogongError("--certificate and --key go together.", USAGE)
    secure = certificate is not None or behind_proxy
    elsewhere = next((name for name in (listen, *hosts) if not loopback(name)), None)
    if users is None and elsewhere is not None:
        raise BaogongError(f"{elsewhere} can be reached from elsewhere: name users with --users FILE.", USAGE)
    if users is None and behind_proxy:
        raise BaogongError("Whoever reaches the proxy reaches the console: name users with --users FILE.", USAGE)
    if not loopback(listen) and not secure:
        raise BaogongError(
            f"{listen} can be reached from elsewhere: give --certificate and --key, or say --behind-proxy.", USAGE
        )
    return secure
