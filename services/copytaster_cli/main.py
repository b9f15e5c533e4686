"""The program ``copytaster``: its commands, and the exit status and message of each kind of failure.

Exit status: 0 success, 1 failure, 2 wrong options or settings.
"""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Sequence
from importlib.metadata import version
from typing import Annotated

import typer
from typer.main import get_command

from copytaster.bootstrap.effective_settings import masked
from copytaster.bootstrap.store import redis_address
from copytaster.errors import (
    CommandRefusedError,
    ConfigurationError,
    CopytasterError,
    ServerUnavailableError,
    TransientError,
)
from copytaster.logging import log_to_stderr
from copytaster.settings import Settings
from copytaster.system.remedies import explain_os_error
from copytaster_cli.audit import record_command
from copytaster_cli.commands.accept import accept
from copytaster_cli.commands.archive import create_archive
from copytaster_cli.commands.articles import articles, show
from copytaster_cli.commands.backup import backup, restore
from copytaster_cli.commands.check_config import check_config
from copytaster_cli.commands.delete import delete
from copytaster_cli.commands.demo import demo
from copytaster_cli.commands.dismiss import dismiss
from copytaster_cli.commands.doctor import doctor
from copytaster_cli.commands.explain import explain
from copytaster_cli.commands.export import export
from copytaster_cli.commands.failed import failed
from copytaster_cli.commands.ingest import ingest
from copytaster_cli.commands.jobs import create_jobs
from copytaster_cli.commands.keys import create_keys
from copytaster_cli.commands.parts import api, watch, worker
from copytaster_cli.commands.pause import pause, resume
from copytaster_cli.commands.pin import pin, unpin
from copytaster_cli.commands.prune import prune
from copytaster_cli.commands.release import release
from copytaster_cli.commands.replay import replay
from copytaster_cli.commands.retag import retag
from copytaster_cli.commands.retry import retry
from copytaster_cli.commands.rules import create_rules
from copytaster_cli.commands.search import create_search
from copytaster_cli.commands.searches import create_searches
from copytaster_cli.commands.server_users import server_users
from copytaster_cli.commands.status import status
from copytaster_cli.commands.stories import create_stories
from copytaster_cli.commands.top import top
from copytaster_cli.commands.train_topics import train_topics
from copytaster_cli.commands.up import up
from copytaster_cli.commands.webhooks import create_webhooks
from copytaster_cli.commands.where import where
from copytaster_cli.dependencies import CommandDependencies
from copytaster_cli.processes.readiness import read_outage_start
from copytaster_cli.rendering.output import emit_text, print_error
from copytaster_cli.standard_streams import print_in_utf_8, replace_closed_streams
from copytaster_cli.system_dependencies import SystemDependencies

FAILED = 1
WRONG_USE = 2


def main() -> None:
    """Run the program with the arguments and environment of this process, and exit with its status."""
    replace_closed_streams()
    print_in_utf_8()
    sys.exit(run(sys.argv[1:], SystemDependencies(dict(os.environ))))


def run(arguments: Sequence[str], dependencies: CommandDependencies) -> int:
    """Run one command and return the exit status; an error is printed as one message on stderr."""
    log_to_stderr()
    status = _run(arguments, dependencies)
    record_command(arguments, status, dependencies)
    return status


def _run(arguments: Sequence[str], dependencies: CommandDependencies) -> int:
    if empty := _empty_argument(arguments):
        print_error(empty)
        return WRONG_USE
    try:
        get_command(create_app())(list(arguments), prog_name="copytaster", obj=dependencies)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0
    except ConfigurationError as error:
        print_error(str(error))
        return WRONG_USE
    except TransientError as error:
        print_error(f"{error}{_about_the_server(error, dependencies)}")
    except BrokenPipeError:
        # Whoever read the output has enough, as `head`. Python would complain about what it cannot write at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        print_error(explain_os_error(error))
    except CopytasterError as error:
        print_error(str(error))
    else:
        return 0
    return FAILED


def _empty_argument(arguments: Sequence[str]) -> str | None:
    """Return a message about the first argument that is empty, None if none is.

    It is mostly that of a variable that is not set. No command needs one, and as a condition it would be met by all:
    ``dismiss --name "$NAME"`` would remove every failed file.
    """
    for number, each in enumerate(arguments):
        name, has_value, value = each.partition("=")
        if not each or (name.startswith("--") and has_value and not value):
            given = shlex.join(["copytaster", *arguments[:number], *([each] if each else [])])
            return (
                f"an argument is empty, as a variable that is not set: behind `{given}`; give a value, or leave it out"
            )
    return None


COMMANDS = (
    up,
    watch,
    worker,
    api,
    ingest,
    status,
    top,
    where,
    explain,
    articles,
    show,
    accept,
    release,
    pause,
    resume,
    failed,
    retry,
    dismiss,
    replay,
    delete,
    pin,
    unpin,
    export,
    backup,
    restore,
    doctor,
    prune,
    retag,
    demo,
)
"""The commands without commands below them, in the order of the help."""


def create_app() -> typer.Typer:
    """Return the application with all its commands."""
    app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None)
    app.callback()(_about)
    for command in COMMANDS:
        app.command()(command)
    app.command("check-config")(check_config)
    app.command("server-users")(server_users)
    app.add_typer(create_rules(), name="rules")
    app.add_typer(create_archive(), name="archive")
    app.add_typer(create_stories(), name="stories")
    app.add_typer(create_jobs(), name="jobs")
    app.add_typer(create_search(), name="search")
    app.add_typer(create_searches(), name="searches")
    app.add_typer(create_webhooks(), name="webhooks")
    app.add_typer(create_keys(), name="keys")
    app.command("train-topics")(train_topics)
    return app


def _print_version(requested: bool) -> None:
    if requested:
        emit_text(f"copytaster {version('copytaster')}")
        raise typer.Exit


def _about(
    *,
    _: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Drop news files in a folder; clean, tagged, deduplicated articles come out."""


def _about_the_server(error: TransientError, dependencies: CommandDependencies) -> str:
    """Return the server's address, and whether it answers, if the server caused the error, else nothing."""
    if not isinstance(error, ServerUnavailableError):
        return ""
    settings = dependencies.settings()
    known = "answers, and refuses this" if isinstance(error, CommandRefusedError) else _silence(settings)
    return f"\nthe server {masked(redis_address(settings))} {known}"


def _silence(settings: Settings) -> str:
    since = read_outage_start(settings)
    return f"has not answered since {since}" if since else "does not answer; no status API reports since when"
