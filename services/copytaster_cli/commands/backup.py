"""``copytaster backup`` and ``copytaster restore``: all data at one moment into a folder, and back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

from copytaster.backup.ciphers import read_key
from copytaster.backup.manifest import Manifest
from copytaster.backup.restore import Restored
from copytaster.backup.verification import Verification
from copytaster.model.limits import MEBIBYTE
from copytaster_cli.context import AsJson, dependencies_of
from copytaster_cli.rendering.output import emit, emit_text, print_note, stderr_console

KeyFile = Annotated[
    Path | None, typer.Option("--key-file", metavar="FILE", help="File with an age key, as age-keygen writes it.")
]


def backup(
    context: typer.Context,
    destination: Annotated[Path, typer.Argument(metavar="DEST", help="The folder to write; it must not exist.")],
    *,
    key_file: KeyFile = None,
    as_json: AsJson = False,
) -> None:
    """Write a backup of server, archive and quarantine beside running parts.

    With a key file it is encrypted; a public key is enough. The search index is not included: it is built anew.
    """
    with _progress("writing the backup") as report:
        manifest = dependencies_of(context).backup(key_file, report=report).write(destination)
    emit(manifest) if as_json else emit_text(f"{destination} has all data of {_about(manifest)}")
    _note_originals(originals=manifest.originals)


def restore(  # noqa: PLR0913  # one parameter per option of the contract
    context: typer.Context,
    source: Annotated[Path, typer.Argument(metavar="SRC", help="The folder of a backup.")],
    *,
    key_file: KeyFile = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only read the backup and compare its checksums.")] = False,
    replace: Annotated[
        bool,
        typer.Option("--replace", help="Replace the server's data; files that exist stay."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Restore a backup, after all of it was verified. No part may run, except for a dry run.

    What arrived after the backup is taken in again when the parts start, as far as it is in the archive or the inbox.
    """
    if dry_run:
        _verify(source, key_file, as_json=as_json)
        return
    dependencies = dependencies_of(context)
    with _progress("reading the backup") as report, dependencies.restore(key_file, report=report) as restoration:
        restored = restoration.run(source, replace=replace)
    emit(restored) if as_json else emit_text(_sentence(restored))
    _note_originals(originals=restored.originals)


def _verify(source: Path, key_file: Path | None, *, as_json: bool) -> None:
    """Verify a backup beside running parts, or where there are none: it needs no server and no data folder."""
    with _progress("reading the backup") as report:
        manifest = Verification(cipher=read_key(key_file), report=report).verify(source)
    emit(manifest) if as_json else emit_text(f"the backup is sound: {_about(manifest)}")


@contextmanager
def _progress(title: str) -> Iterator[Callable[..., None]]:
    """Yield what shows the number of bytes that were read, and of all bytes if that is known."""
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    console = stderr_console()
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as progress:
        task = progress.add_task(title, total=None)

        def report(done: int, total: int | None = None) -> None:
            progress.update(task, completed=done, total=total)

        yield report


def _about(manifest: Manifest) -> str:
    return (
        f"{manifest.moment.isoformat(' ', 'seconds')}: {manifest.size / MEBIBYTE:.1f} MiB, {manifest.files} files and"
        f" the data of {manifest.server}"
    )


def _sentence(restored: Restored) -> str:
    kept = f" ({restored.kept} existed and stayed)" if restored.kept else ""
    return (
        f"the data of {restored.moment.isoformat(' ', 'seconds')} is restored, with {restored.added} files{kept};"
        " start the parts, then run `copytaster archive check`"
    )


def _note_originals(*, originals: bool) -> None:
    if not originals:
        print_note("the originals are not in the backup: they stay in the bucket of COPYTASTER_ARCHIVE_URL")
