"""``copytaster explain``: what would become of a file; nothing is stored."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from copytaster_cli.context import AsJson, dependencies_of
from copytaster_cli.rendering.output import emit_text, people
from copytaster_cli.rendering.pages import article_page, decisions_table


def explain(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="The file to try.")],
    source: Annotated[str | None, typer.Option(help="Take the file as sent by this source.")] = None,
    as_json: AsJson = False,
) -> None:
    """Print the article that a file would become and every decision on the way; exit 1 when it would not become one."""
    explanation = dependencies_of(context).explain(file, source=source)
    if as_json:
        document = explanation.article.model_dump(mode="json")
        decisions = [each.model_dump(mode="json") for each in explanation.decisions]
        emit_text(json.dumps(document | {"decisions": decisions}, ensure_ascii=False))
        return
    console = people()
    console.print(article_page(explanation.article))
    console.print()
    console.print(decisions_table(explanation.decisions))
