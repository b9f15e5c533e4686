"""``copytaster rules``: see whether rules are sound, and what they would do, before they are switched on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from copytaster.retagging.rule_preview import RulePreview, newest_articles, preview_rules
from copytaster.tagging.rules.located_yaml import RulesError
from copytaster.tagging.rules.model import RuleSet
from copytaster_cli.context import AsJson, dependencies_of
from copytaster_cli.dependencies import CommandDependencies
from copytaster_cli.rendering.output import complain, emit, emit_text, people, table

RulesFile = Annotated[Path, typer.Argument(metavar="FILE", help="A YAML file of rules.")]


def create_rules() -> typer.Typer:
    """Return the commands about rules."""
    app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
    app.callback()(_about)
    app.command("check")(check_rules)
    app.command("test")(try_out)
    return app


def check_rules(context: typer.Context, file: RulesFile) -> None:
    """Say whether a file of rules can be used; exit 1 with the line of each fault when it cannot."""
    rules = _read(dependencies_of(context), file)
    emit_text(f"{file}: {len(rules.rules)} rules, version {rules.version}")


def try_out(
    context: typer.Context,
    file: RulesFile,
    *,
    last: Annotated[int, typer.Option(min=1, help="Look at so many articles, those received last.")] = 200,
    as_json: AsJson = False,
) -> None:
    """Show which of the last articles the rules of a file would match, and why; nothing is changed.

    Exit 1 with the line of each fault when the file cannot be used.
    """
    dependencies = dependencies_of(context)
    rules = _read(dependencies, file)
    trial = preview_rules(rules, newest_articles(dependencies.store(), last=last))
    emit(trial) if as_json else _print(trial)


def _about() -> None:
    """Try rules out before they are switched on with COPYTASTER_RULES."""


def _read(dependencies: CommandDependencies, file: Path) -> RuleSet:
    try:
        return dependencies.rules(file)
    except RulesError as error:
        complain(f"the rules cannot be used:\n{error}")
        raise typer.Exit(1) from error


def _print(trial: RulePreview) -> None:
    console = people()
    rows = ((each.id, each.version, each.matches, each.out_of_time or None) for each in trial.rules)
    console.print(table("RULE", "VERSION", f"OF {trial.articles} ARTICLES", "OUT OF TIME", rows=rows))
    if trial.matches:
        console.print()
        matches = (
            (each.rule, each.article_id, each.title, _would(each.tags, each.topics, each.status), each.why)
            for each in trial.matches
        )
        console.print(table("RULE", "ARTICLE", "TITLE", "WOULD GET", "WHY", rows=matches))


def _would(tags: tuple[str, ...], topics: tuple[str, ...], status: str | None) -> str:
    return ", ".join([*tags, *topics, *([status] if status else [])])
