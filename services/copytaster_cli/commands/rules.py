"""``copytaster rules``: checks rules, and shows what they would do, before they are activated."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from copytaster.retagging.rule_preview import RulePreview, newest_articles, preview_rules
from copytaster.tagging.rules.located_yaml import RulesError
from copytaster.tagging.rules.model import RuleSet
from copytaster_cli.context import AsJson, dependencies_of
from copytaster_cli.dependencies import CommandDependencies
from copytaster_cli.rendering.output import emit, emit_text, print_error, stdout_console, table

RulesFile = Annotated[Path, typer.Argument(metavar="FILE", help="A YAML file of rules.")]


def create_rules() -> typer.Typer:
    """Return the commands about rules."""
    app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
    app.callback()(_about)
    app.command("check")(check_rules)
    app.command("test")(preview)
    return app


def check_rules(context: typer.Context, file: RulesFile) -> None:
    """Check a file of rules. Exit 1 with the line of each fault."""
    rules = _read(dependencies_of(context), file)
    emit_text(_described(file, rules))


def preview(
    context: typer.Context,
    file: RulesFile,
    *,
    last: Annotated[int, typer.Option(min=1, help="Number of articles, the last received.")] = 200,
    as_json: AsJson = False,
) -> None:
    """Show which articles the rules of a file would match.

    The reasons are printed as well, and nothing is changed. Exit 1 with the line of each fault when the file is
    invalid.
    """
    dependencies = dependencies_of(context)
    rules = _read(dependencies, file)
    result = preview_rules(rules, newest_articles(dependencies.store(), last=last))
    if as_json:
        emit(result)
        return
    emit_text(_described(file, rules))
    _print(result)


def _about() -> None:
    """Check and preview rules before they are used.

    COPYTASTER_RULES names the file of the rules that are used.
    """


def _read(dependencies: CommandDependencies, file: Path) -> RuleSet:
    try:
        return dependencies.rules(file)
    except RulesError as error:
        print_error(f"the rules are invalid:\n{error}")
        raise typer.Exit(1) from error


def _described(file: Path, rules: RuleSet) -> str:
    return f"{file}: {len(rules.rules)} rules, version {rules.version}"


def _print(preview: RulePreview) -> None:
    console = stdout_console()
    rows = ((each.id, each.version, each.matches, each.out_of_time or None) for each in preview.rules)
    console.print(table("RULE", "RULE'S VERSION", f"OF {preview.articles} ARTICLES", "OUT OF TIME", rows=rows))
    if preview.matches:
        console.print()
        matches = (
            (each.rule, each.article_id, each.title, _effects(each.tags, each.topics, each.status), each.why)
            for each in preview.matches
        )
        console.print(table("RULE", "ARTICLE", "TITLE", "WOULD GET", "WHY", rows=matches))


def _effects(tags: tuple[str, ...], topics: tuple[str, ...], status: str | None) -> str:
    return ", ".join([*tags, *topics, *([status] if status else [])])
