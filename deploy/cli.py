"""The `baogong` command: the composition root, where commands are put together and errors become sentences."""

from __future__ import annotations

import importlib
import os
import sys
from typing import Final

import click

from schemas.errors import FAILURE, USAGE, BaogongError

COMMANDS: Final = {
    "up": "deploy.commands.up",
    "demo": "deploy.commands.demo",
    "real": "deploy.commands.real",
    "simulate": "deploy.commands.simulate",
    "readiness": "deploy.commands.readiness",
    "topics": "deploy.commands.topics",
    "publish": "deploy.commands.publish",
    "epcis": "deploy.commands.epcis",
    "coldchain": "deploy.commands.coldchain",
    "sql": "deploy.commands.sql",
    "migrate": "deploy.commands.migrate",
    "trace": "deploy.commands.trace",
    "report": "deploy.commands.report",
    "verify": "deploy.commands.verify",
    "status": "deploy.commands.status",
    "alerts": "deploy.commands.alerts",
    "console": "deploy.commands.console",
    "dead-letters": "deploy.commands.dead_letters",
    "worker": "deploy.commands.worker",
    "relay": "deploy.commands.relay",
    "notify": "deploy.commands.notify",
    "sink": "deploy.commands.sink",
}
"""Each module has `command: click.Command`; it is imported only when its command is called."""


class LazyGroup(click.Group):
    """Imports a command's module when it is needed: `baogong --help` and tab completion stay fast."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order of the table above."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The click command of a verb."""
        module = COMMANDS.get(cmd_name)
        if module is None:
            return None
        command: click.Command = importlib.import_module(module).command
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="baogong")
def cli() -> None:
    """baogong (保供): keep the supply coming. Requests, stock, deliveries and holds in; decisions and their proof out.

    Example: baogong up
    """


def main() -> None:
    """Run a command: expected failures become one sentence on stderr and an exit code, never a traceback."""
    try:
        code = cli.main(standalone_mode=False)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.exceptions.NoArgsIsHelpError as help_wanted:
        help_wanted.show()
        sys.exit(USAGE)
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        command = context.command_path if context is not None else "baogong"
        sys.stderr.write(f"baogong: {error.format_message().rstrip('.')}; see '{command} --help'.\n")
        sys.exit(USAGE)
    except BaogongError as error:
        sys.stderr.write(f"baogong: {error}\n")
        sys.exit(error.code)
    except (KeyboardInterrupt, click.Abort):
        sys.stderr.write("baogong: stopped.\n")
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(FAILURE)
    sys.exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    main()
