from __future__ import annotations

from datetime import UTC, datetime

import pytest

from copytaster.errors import RefusedError
from copytaster.model.disposition import Reason
from copytaster.parsing.parser import Draft, Original
from copytaster.parsing.plain.other_text import is_too_short, other_text
from copytaster.parsing.plain.parser import TextParser

NOW = datetime(2026, 6, 1, tzinfo=UTC)

PROGRAMS = {
    "Python": "import sys\n\n\ndef main(names):\n    for name in names:\n        print(name)\n    return 0\n",
    "C": '#include <stdio.h>\n\nint main(void) {\n  /* The depot closes. */\n  printf("trams\\n");\n  return 0;\n}\n',
    "JavaScript": "const trams = [];\nfunction add(tram) {\n  trams.push(tram);\n}\nexport default add;\n",
    "Java": (
        "package depot;\npublic class Tram {\n    private int line;\n    int line() {\n        return line;\n    }\n}\n"
    ),
    "shell": '#!/bin/sh\nset -e\nfor tram in 1 2 3; do\n  echo "$tram";\ndone\nexit 0;\n',
    "SQL": "CREATE TABLE tram (\n  line INTEGER,\n  depot TEXT\n);\nINSERT INTO tram VALUES (1, 'Hill');\n",
    "CSS": "body {\n  margin: 0;\n}\n.tram > a {\n  color: red;\n}\n",
}
SETTINGS = {
    "INI": "[depot]\nlines = 3\nname = Hill\n; a comment\n[yard]\nlines=4\n",
    "TOML": '[depot]\nlines = [1, 2]\nname = "Hill"\n\n[[tram]]\nline = 3\n',
    "YAML": "depot:\n  name: Hill\n  lines:\n    - 1\n    - 2\nyard: {lines: 4}\n",
    "environment": "DEPOT_NAME=Hill\nDEPOT_LINES=3\nexport YARD=1\n",
}
LOG = "2026-03-02 10:00:00 INFO depot opened\n2026-03-02 10:00:01 INFO tram 3 left\n2026-03-02 10:00:09 WARN late\n"

ARTICLES = [
    "Tram depot closes\n\nThe depot closes on Sunday.\n\nTrams use the yard.",
    "Depot fair\n\nDate: Sunday, March 3\nTime: 10 a.m.\nPlace: Depot Lane 4\nAdmission: free\nPhone: 555 0100",
    "Hill 3, Riverside 1;\nOld Town 2, Quay 2;\nNorth 0, South 0;\nEast 1, West 4.",
    'She wrote: print("tram")\n\nThe line prints a word (in brackets).\n\nIt is a first program; more follow.',
    "Q: When does it close?\nA: On Sunday.\nQ: Why?\nA: For houses.",
    "Anna Field\nBen Hill\nCarla Stone\nDora Quay",
]  # fmt: skip


def parse(text: str, name: str = "story.txt", *, any_text: bool = False) -> list[Draft]:
    parser = TextParser(any_text=any_text)
    return [
        each for each in parser.parse(Original(content=text.encode(), name=name, now=NOW)) if isinstance(each, Draft)
    ]


@pytest.mark.parametrize("text", PROGRAMS.values(), ids=PROGRAMS)
def test_programs_are_recognised(text: str) -> None:
    assert other_text(text) == "source code of a program"


@pytest.mark.parametrize("text", SETTINGS.values(), ids=SETTINGS)
def test_settings_are_recognised(text: str) -> None:
    assert other_text(text) == "settings"


def test_logs_are_recognised() -> None:
    assert other_text(LOG) == "a log"


@pytest.mark.parametrize("text", ARTICLES)
def test_articles_with_labels_brackets_and_short_lines_are_none_of_these(text: str) -> None:
    assert other_text(text) is None


def test_the_extension_of_a_program_decides_unless_the_text_is_prose() -> None:
    assert other_text("Match User trams\nPort 22\nBanner none", "depot.conf") == "a program or settings"
    assert other_text("Match User trams\nPort 22\nBanner none", "depot.txt") is None
    assert other_text("The depot on the hill closes on Sunday.\nTrams will use the yard by the river.", "a.r") is None


@pytest.mark.parametrize("text", ["hello", "a b c", "test\n", "42", "桥"])
def test_a_few_letters_are_too_short(text: str) -> None:
    assert is_too_short(text)


@pytest.mark.parametrize("text", ["Bridge opens", "桥梁开放", "다리 열린다", "Мост открыт"])
def test_the_shortest_headlines_are_long_enough(text: str) -> None:
    assert not is_too_short(text)


@pytest.mark.parametrize(
    ("text", "reason", "what"),
    [
        (PROGRAMS["Python"], Reason.UNSUPPORTED_FORMAT, "source code"),
        (SETTINGS["INI"], Reason.UNSUPPORTED_FORMAT, "settings"),
        (LOG, Reason.UNSUPPORTED_FORMAT, "a log"),
        ("hello", Reason.NO_TEXT, "less than two words"),
    ],
)
def test_such_text_is_rejected_by_what_it_is_and_read_if_all_text_is_accepted(
    text: str, reason: Reason, what: str
) -> None:
    with pytest.raises(RefusedError, match=rf"story\.txt .*{what}.*COPYTASTER_ACCEPT_ANY_TEXT") as refused:
        parse(text)

    assert refused.value.reason is reason
    assert len(parse(text, any_text=True)) == 1
