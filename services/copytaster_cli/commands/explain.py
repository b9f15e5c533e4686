"""``copytaster explain``: prints what would become of a file, without storing anything."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from copytaster_cli.context import AsJson, dependencies_of
from copytaster_cli.rendering.articles import article_page, decisions_table
from copytaster_cli.rendering.output import emit_text, stdout_console


def explain(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="The file to explain.")],
    source: Annotated[str | None, typer.Option(help="Treat the file as sent by this source.")] = None,
    as_json: AsJson = False,
) -> None:
    """Print what would become of a file; nothing is stored.

    That is the article, and the decision of each stage. Exit 1 when the file would not become an article.
    """
    explanation = dependencies_of(context).explain(file, source=source)
    if as_json:
        document = explanation.article.model_dump(mode="json")
        decisions = [each.model_dump(mode="json") for each in explanation.decisions]
        emit_text(json.dumps(document | {"decisions": decisions}, ensure_ascii=False))
        return
    console = stdout_console()
    console.print(article_page(explanation.article))
    console.print()
    console.print(decisions_table(explanation.decisions))
