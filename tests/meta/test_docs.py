"""The documentation is true: generated tables are fresh, what exists is mentioned, what is mentioned exists."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer
from prometheus_client import CollectorRegistry
from typer.main import get_command

from copytaster.bootstrap.environment import SECRETS
from copytaster.bootstrap.store import memory_store
from copytaster.clock import ManualClock
from copytaster.metrics import PipelineMetrics, WatcherMetrics
from copytaster.model.article import Article, Duplicate, Entity, Keyword, Relation, Tag, Topic
from copytaster.model.disposition import Disposition, Reason
from copytaster.model.events import Event, EventKind
from copytaster.model.work import EmptyQueues, Work
from copytaster.settings import PREFIX, Settings
from copytaster.store.ports.presence import Part
from copytaster_api.app import ApiDependencies, create_app
from copytaster_api.metrics_collector import StatusCollector
from copytaster_cli.main import create_app as create_cli

REPOSITORY = Path(__file__).parents[2]
DOCS = REPOSITORY / "docs"
BIN = Path(sys.executable).parent

PAGES = sorted([*REPOSITORY.glob("*.md"), *DOCS.rglob("*.md"), REPOSITORY / "deploy" / "README.md"])
GENERATED = [page for page in PAGES if "[[[cog" in page.read_text(encoding="utf-8")]

LINK = re.compile(r"(?<!`)!?\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
RUN = re.compile(r"<!-- run -->\n```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
CODE_SPAN = re.compile(r"`([^`\n]+)`")
LEVELS = {"debug", "info", "warning", "error", "exception"}

# Put together here, so that this file does not contain what it looks for.
# Of root's folder the cache is let pass: it is the one of the image that is built.
MACHINE_PATHS = ("/" + "work/", "/" + "home/", "/" + "Users/", "/" + r"root/(?!\.cache)")
INDEX_HOSTS = ("py" + r"pi\.org", "python" + r"hosted\.org", "npm" + r"js\.(?:org|com)", "cra" + r"tes\.io")
FOREIGN = re.compile(rf"(?<![\w~$}}.-])(?:{'|'.join(MACHINE_PATHS)})|{'|'.join(INDEX_HOSTS)}")


def name_of(page: Path) -> str:
    return str(page.relative_to(REPOSITORY))


def read(name: str) -> str:
    return (REPOSITORY / name).read_text(encoding="utf-8")


def without_generators(text: str) -> str:
    """Return the page as readers see it: the code that makes its tables is in comments."""
    return re.sub(r"<!-- \[\[\[cog.*?\]\]\] -->", "", text, flags=re.DOTALL)


def code_in(text: str) -> str:
    """Return only what is marked as code, in blocks and in lines: prose may use the same words."""
    return "\n".join([*(body for _, body in FENCE.findall(text)), *CODE_SPAN.findall(FENCE.sub("", text))])


def missing(names: Iterable[str], page: str) -> list[str]:
    spans = set(CODE_SPAN.findall(without_generators(read(page))))
    return [name for name in names if name not in spans]


def anchors(page: Path) -> set[str]:
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    slugs = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
    return slugs | set(re.findall(r'<a id="([^"]+)"', text))


def tracked_texts() -> list[Path]:
    # A download of the sources has no history, and its reader perhaps no git: then the pages at least are looked at.
    command = [shutil.which("git") or "false", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    names = listed.stdout.splitlines() or [name_of(page) for page in PAGES]
    files = [REPOSITORY / name for name in names]
    return [file for file in files if file.is_file() and b"\0" not in file.read_bytes()]


def api() -> ApiDependencies:
    clock = ManualClock()
    return ApiDependencies(store=memory_store(clock), queues=EmptyQueues(), clock=clock, registry=CollectorRegistry())


def commands() -> dict[str, set[str]]:
    """Return the options of each command, by the command's name."""
    group = get_command(create_cli())
    assert isinstance(group, typer.core.TyperGroup)
    return {name: options(command) | {"--help"} for name, command in group.commands.items()}


def options(command: Any) -> set[str]:
    """Return the options of a command, those of the commands below it among them."""
    below = command.commands.values() if isinstance(command, typer.core.TyperGroup) else ()
    own = {option for parameter in command.params for option in parameter.opts}
    return own.union(*map(options, below))


def targets() -> set[str]:
    return set(re.findall(r"^([a-z][a-z-]*):", read("Makefile"), re.MULTILINE))


@cache
def log_events() -> frozenset[str]:
    calls = (
        node
        for root in ("src", "services", "workers")
        for path in (REPOSITORY / root).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in LEVELS
    )
    # A call may choose between two names, so every literal of its first argument counts.
    words = (node for call in calls if call.args for node in ast.walk(call.args[0]) if isinstance(node, ast.Constant))
    return frozenset(str(word.value) for word in words)


def test_generated_tables_are_fresh() -> None:
    command = [sys.executable, "-m", "cogapp", "--check", *map(name_of, GENERATED)]

    checked = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)

    assert checked.returncode == 0, "run: .venv/bin/cog -r docs/*.md docs/adr/README.md\n" + checked.stdout


def test_tables_are_generated_where_code_knows_better() -> None:
    names = {"configuration", "events", "metrics", "api", "operations"}

    assert names <= {page.stem for page in GENERATED}


def test_every_setting_is_documented() -> None:
    assert missing([PREFIX + name.upper() for name in Settings.model_fields], "docs/configuration.md") == []


def test_every_setting_that_is_mentioned_exists() -> None:
    elsewhere = (
        "HOST_DATA",
        "UID",
        "GID",
        "API_BIND",
        "IMAGE",
        "MONITORING_IMAGE",
        "SECRETS",
        "URL",
        "KEY",
        "KEY_FILE",
    )
    known = {PREFIX + name for name in [*elsewhere, *map(str.upper, Settings.model_fields)]}
    known |= {f"{name}_FILE" for name in SECRETS}
    mentioned = {name for page in PAGES for name in re.findall(rf"{PREFIX}[A-Z_]*[A-Z]", page.read_text("utf-8"))}

    assert mentioned - known == set()


def test_every_reason_and_disposition_is_documented() -> None:
    assert missing(Reason, "docs/operations.md") == []
    assert missing(Disposition, "docs/concepts.md") == []


def test_every_event_and_each_of_its_fields_is_documented() -> None:
    assert missing([*EventKind, *Event.model_fields], "docs/events.md") == []


def test_every_metric_is_documented() -> None:
    counted = CollectorRegistry()
    PipelineMetrics(counted)
    WatcherMetrics(watched := CollectorRegistry())
    ours = {family.name for family in [*counted.collect(), *watched.collect(), *StatusCollector(api()).collect()]}
    page = read("docs/metrics.md")

    assert len(ours) > 10
    assert [name for name in ours if not re.search(rf"\| `{name}(_total)?` \|", page)] == []


def test_every_route_is_documented() -> None:
    paths = create_app(api()).openapi()["paths"]

    assert missing([f"{method.upper()} {path}" for path in paths for method in paths[path]], "docs/api.md") == []


def test_every_command_is_in_the_readme() -> None:
    mentioned = set(re.findall(r"copytaster ([a-z-]+)", code_in(read("README.md"))))

    assert commands().keys() - mentioned == set()


def test_commands_targets_and_options_that_are_mentioned_exist() -> None:
    known, makes, wrong = commands(), targets(), []
    for page in PAGES:
        code = code_in(without_generators(page.read_text(encoding="utf-8")))
        used = re.findall(r"(?<![\w./-])(?:\.venv/bin/)?copytaster ([a-z][a-z-]*)([^\n|;&]*)", code)
        made = re.findall(r"(?<![\w./-])make ([a-z][a-z-]*)", code)
        wrong += [(name_of(page), name) for name, _ in used if name not in known]
        wrong += [(name_of(page), f"make {target}") for target in made if target not in makes]
        wrong += [
            (name_of(page), f"{name} {option}")
            for name, rest in used
            for option in re.findall(r"(?<!\S)--[a-z-]+", rest)
            if name in known and option not in known[name]
        ]

    assert wrong == []


def test_every_problem_that_readyz_names_has_a_paragraph() -> None:
    codes = {f"no_{part.value}" for part in (Part.WATCHER, Part.WORKER)}
    codes |= {f"{problem}_{work.value}" for problem in ("stalled", "unattended") for work in Work}

    assert codes | {"no_redis", "balance_open"} <= anchors(DOCS / "operations.md")


def test_every_log_event_is_explained() -> None:
    events = {event for event in log_events() if re.fullmatch(r"[a-z_]+\.[a-z_]+", event)}

    assert len(events) > 20
    assert missing(sorted(events), "docs/operations.md") == []


def test_every_log_event_that_is_explained_exists() -> None:
    rows = re.findall(r"^\| ((?:`\w+\.\w+`(?:, )?)+) \| \w+ \|", read("docs/operations.md"), re.MULTILINE)

    assert set(CODE_SPAN.findall(" ".join(rows))) - log_events() == set()


def test_every_field_of_the_article_document_is_explained() -> None:
    page = read("docs/concepts.md")
    rows = re.findall(r"^\| `(\w+)` \|", page.partition("## The article document")[2], re.MULTILINE)
    nested = {name for kind in (Topic, Entity, Keyword, Tag, Duplicate, Relation) for name in kind.model_fields}

    assert rows == list(Article.model_fields)
    assert missing(nested, "docs/concepts.md") == []


def is_dead(link: str, page: Path) -> bool:
    path, _, anchor = link.partition("#")
    if "://" in path:
        return False
    target = (page.parent / path).resolve() if path else page
    return not target.exists() or bool(anchor and anchor not in anchors(target))


def test_every_relative_link_leads_somewhere() -> None:
    links = {page: LINK.findall(FENCE.sub("", without_generators(page.read_text(encoding="utf-8")))) for page in PAGES}

    assert [(name_of(page), link) for page in PAGES for link in links[page] if is_dead(link, page)] == []


def test_every_file_that_is_mentioned_exists() -> None:
    name = r"(?<![\w./])(?:src|services|workers|tests|seeds|docs|requirements)/[\w./*-]*[\w/*]"
    codes = {page: code_in(without_generators(page.read_text(encoding="utf-8"))) for page in PAGES}
    mentioned = [(name_of(page), each.rstrip("/")) for page in PAGES for each in re.findall(name, codes[page])]

    assert [(page, each) for page, each in mentioned if not list(REPOSITORY.glob(each))] == []


def test_every_module_that_is_run_exists() -> None:
    codes = [code_in(page.read_text(encoding="utf-8")) for page in PAGES]
    named = {name for code in codes for name in re.findall(r"python -m ([\w.]+[\w])", code)}
    roots = [REPOSITORY / root for root in ("", "src", "services", "workers")]
    ends = (".py", "/__main__.py")
    files = {name: [root / f"{name.replace('.', '/')}{end}" for root in roots for end in ends] for name in named}

    assert [name for name in files if name != "benchmarks.NAME" and not any(map(Path.exists, files[name]))] == []


def runnable() -> list[tuple[str, str]]:
    """Return each page with each of its snippets, without those whose commands all stand in another one."""
    found = [(name_of(page), snippet) for page in PAGES for snippet in RUN.findall(page.read_text(encoding="utf-8"))]
    return [
        (page, snippet)
        for page, snippet in found
        if not any(set(snippet.splitlines()) < set(other.splitlines()) for _, other in found)
    ]


@pytest.mark.parametrize(("page", "snippet"), runnable())
def test_a_snippet_that_is_marked_as_runnable_runs(page: str, snippet: str, tmp_path: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    script = snippet.replace(".venv/bin/", f"{BIN}/")

    done = subprocess.run(
        ["/bin/sh", "-eu", "-c", script],
        cwd=REPOSITORY,
        env=kept | {f"{PREFIX}DATA": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, f"{page}: {done.stderr}"
    assert done.stdout


def test_readme_and_quick_start_have_snippets_that_run() -> None:
    assert [page for page in ("README.md", "docs/quickstart.md") if not RUN.search(read(page))] == []


def test_each_decision_has_its_title_five_sections_and_one_sentence_to_quote() -> None:
    sections = ["Context", "Decision", "Consequences", "Alternatives", "What enforces it"]
    pages = sorted((DOCS / "adr").glob("[0-9]*.md"))
    texts = {page.name: page.read_text(encoding="utf-8") for page in pages}

    assert [name for name, text in texts.items() if not text.startswith(f"# {name[:4]}: ")] == []
    assert [name for name, text in texts.items() if re.findall(r"^## (.+)$", text, re.MULTILINE) != sections] == []
    quotes = {name: len(re.findall(r"^\*\*.+\.\*\*$", text, re.MULTILINE)) for name, text in texts.items()}
    assert {name: count for name, count in quotes.items() if count != 1} == {}


def test_no_text_knows_a_developers_machine_or_an_index_host() -> None:
    found = [
        f"{name_of(file)}: {match.group()}"
        for file in tracked_texts()
        for match in FOREIGN.finditer(file.read_text(encoding="utf-8", errors="replace"))
    ]

    assert found == []
