"""``python -m deploy.grafana.generate``: writes the dashboards of Grafana into ``dashboards/``."""  # noqa: INP001  # no package: a program beside its results

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from deploy.grafana.panels import Kind, Line, Panel, Unit, dashboard

FOLDER = Path(__file__).with_name("dashboards")


def latency(step: str, quantile: float) -> str:
    """Return the expression of a quantile of a latency, over all processes."""
    buckets = f'sum by (le) (rate(copytaster_latency_seconds_bucket{{step="{step}"}}[5m]))'
    return f"histogram_quantile({quantile}, {buckets})"


def per_second(metric: str, label: str) -> str:
    """Return the expression of a counter's rate, summed over all processes, by a label."""
    return f"sum by ({label}) (rate({metric}[5m]))"


OVERVIEW = [
    Panel(
        "Problems",
        [Line('count(max by (code) (copytaster_problem{kind="problem"})) or vector(0)', "problems")],
        kind=Kind.VALUE,
        width=4,
        bad_from=1,
        about="What makes the system not ready; `copytaster status` describes each.",
    ),
    Panel("Balance open", [Line("1 - max(copytaster_balance_closed)", "open")], kind=Kind.VALUE, width=4, bad_from=1),
    Panel(
        "Archive damage",
        [Line('sum(max by (kind) (copytaster_archive_damage{kind!="original_unnamed"}))', "damage")],
        kind=Kind.VALUE,
        width=4,
        bad_from=1,
    ),
    Panel("In flight", [Line("max(copytaster_deliveries_in_flight)", "in flight")], kind=Kind.VALUE, width=4),
    Panel(
        "Failed files",
        [Line("sum(max by (reason) (copytaster_failed_files))", "failed")],
        kind=Kind.VALUE,
        width=4,
        about="Files in quarantine that nobody has retried or dismissed.",
    ),
    Panel("Articles", [Line("max(copytaster_articles)", "articles")], kind=Kind.VALUE, width=4),
    Panel(
        "Deliveries by disposition",
        [Line("sum by (disposition) (rate(copytaster_deliveries_settled_total[5m]))", "{{disposition}}")],
        unit=Unit.RATE,
        stacked=True,
    ),
    Panel(
        "Latency, 95 of 100",
        [Line(latency(step, 0.95), step) for step in ("registered", "settled", "tagged")],
        unit=Unit.SECONDS,
        about="From the last change of a file to its registration, and from there to the disposition and the tagging.",
    ),
    Panel(
        "Oldest message by queue",
        [Line("max by (queue) (copytaster_queue_oldest_seconds)", "{{queue}}")],
        unit=Unit.SECONDS,
    ),
    Panel(
        "Problems and notices",
        [Line("max by (code, kind) (copytaster_problem)", "{{code}}")],
        kind=Kind.TABLE,
        names={"code": "code", "kind": "kind", "Value": "now"},
    ),
    Panel(
        "Memory of the server",
        [
            Line("max(copytaster_server_memory_bytes)", "used"),
            Line("max(copytaster_server_memory_limit_bytes)", "limit"),
        ],
        unit=Unit.BYTES,
    ),
    Panel(
        "Free disk space",
        [
            Line("min by (disk) (copytaster_disk_free_bytes)", "{{disk}}"),
            Line("max(copytaster_disk_pause_bytes)", "the intake pauses"),
        ],
        unit=Unit.BYTES,
    ),
]

SOURCES = [
    Panel(
        "Busiest sources",
        [
            Line("max by (source) (copytaster_first_articles_total)", ""),
            Line("max by (source) (copytaster_duplicates_total)", ""),
        ],
        kind=Kind.TABLE,
        about="Articles that a source sent first, and copies of articles that existed; the first 50 sources, and all"
        " others together.",
        names={"Value #A": "first", "Value #B": "copies"},
    ),
    Panel(
        "Last item",
        [Line("max by (source) (copytaster_source_last_seen_timestamp_seconds) * 1000", "{{source}}")],
        kind=Kind.TABLE,
        unit=Unit.AGO,
        names={"Value": "last item"},
    ),
    Panel(
        "First articles",
        [Line("topk(10, max by (source) (rate(copytaster_first_articles_total[15m])))", "{{source}}")],
        unit=Unit.RATE,
    ),
    Panel(
        "Copies",
        [Line("topk(10, max by (source) (rate(copytaster_duplicates_total[15m])))", "{{source}}")],
        unit=Unit.RATE,
    ),
    Panel("Items by format", [Line(per_second("copytaster_items_read_total", "format"), "{{format}}")], unit=Unit.RATE),
    Panel(
        "Copies by relation", [Line(per_second("copytaster_copies_total", "relation"), "{{relation}}")], unit=Unit.RATE
    ),
    Panel(
        "Failed files by reason",
        [Line("max by (reason) (copytaster_failed_files) > 0", "{{reason}}")],
        kind=Kind.TABLE,
        names={"Value": "files"},
    ),
    Panel("Inbox", [Line("max by (state) (copytaster_inbox_files)", "{{state}}")]),
]

PIPELINE = [
    Panel(
        "Latency, half of the files",
        [Line(latency(step, 0.5), step) for step in ("registered", "settled", "tagged")],
        unit=Unit.SECONDS,
    ),
    Panel(
        "Oldest delivery by lane",
        [Line("max by (lane) (copytaster_oldest_delivery_seconds)", "{{lane}}")],
        unit=Unit.SECONDS,
    ),
    Panel("Queues", [Line("max by (queue) (copytaster_queue_length)", "{{queue}}")]),
    Panel("Waiting in the ledger", [Line("max by (work) (copytaster_waiting)", "{{work}}")]),
    Panel(
        "Time in a stage, 95 of 100",
        [Line("histogram_quantile(0.95, sum by (stage, le) (rate(copytaster_stage_seconds_bucket[5m])))", "{{stage}}")],
        unit=Unit.SECONDS,
    ),
    Panel(
        "Working time by stage",
        [Line(per_second("copytaster_stage_seconds_sum", "stage"), "{{stage}}")],
        unit=Unit.SECONDS,
        stacked=True,
        about="Seconds of work in each second: how many processes a stage keeps busy.",
    ),
    Panel(
        "Waiting against working time",
        [
            Line(
                "sum by (queue) (rate(copytaster_message_wait_seconds_sum[5m]))"
                " / sum by (queue) (rate(copytaster_task_seconds_sum[5m]))",
                "{{queue}}",
            )
        ],
        about="Above 1, messages wait longer than the work on them takes: more workers would help.",
    ),
    Panel(
        "Attempts and postponements",
        [
            Line(per_second("copytaster_attempts_total", "work"), "begun: {{work}}"),
            Line(per_second("copytaster_postponed_total", "work"), "postponed: {{work}}"),
        ],
        unit=Unit.RATE,
    ),
    Panel(
        "Published again by the reconciler",
        [Line(per_second("copytaster_republished_total", "work"), "{{work}}")],
        unit=Unit.RATE,
    ),
    Panel(
        "Removed by the retention",
        [Line("sum by (kind, why) (rate(copytaster_expired_total[5m]))", "{{kind}}: {{why}}")],
        unit=Unit.RATE,
    ),
    Panel(
        "Lag of readers",
        [
            Line("max by (reader) (copytaster_event_lag_seconds)", "{{reader}}"),
            Line("max(copytaster_search_lag_seconds)", "search index"),
        ],
        unit=Unit.SECONDS,
    ),
    Panel("Messages to webhooks", [Line("max by (state) (copytaster_webhook_messages)", "{{state}}")]),
    Panel("Open stories", [Line("max(copytaster_open_stories)", "open stories")]),
    Panel(
        "Refused transitions",
        [Line("max by (transition, kind) (rate(copytaster_refused_transitions_total[5m]))", "{{transition}}")],
        unit=Unit.RATE,
        about="Redelivery is normal; a conflict should be examined.",
    ),
]

WORKERS = [
    Panel(
        "Parts",
        [Line("max by (part, name) (copytaster_part_up)", "")],
        kind=Kind.TABLE,
        names={"Value": "up"},
    ),
    Panel("Targets", [Line("up", "")], kind=Kind.TABLE, names={"Value": "up"}),
    Panel(
        "Busy processes",
        [Line("sum by (job, instance) (rate(copytaster_task_seconds_sum[5m]))", "{{job}} {{instance}}")],
        about="How many processes of a worker are busy, on average.",
    ),
    Panel(
        "Messages by queue",
        [Line(per_second("copytaster_task_seconds_count", "queue"), "{{queue}}")],
        unit=Unit.RATE,
    ),
    Panel(
        "Memory by process",
        [
            Line(
                "sum by (part, process) (max by (part, name, process) (copytaster_process_memory_bytes))",
                "{{part}}: {{process}}",
            )
        ],
        unit=Unit.BYTES,
        stacked=True,
    ),
    Panel("Failed tasks", [Line(per_second("copytaster_task_failures_total", "how"), "{{how}}")], unit=Unit.RATE),
    Panel(
        "Time of periodic tasks",
        [Line(per_second("copytaster_background_seconds_sum", "task"), "{{task}}")],
        unit=Unit.SECONDS,
        stacked=True,
    ),
    Panel(
        "Failed periodic tasks",
        [Line(per_second("copytaster_background_failures_total", "task"), "{{task}}")],
        unit=Unit.RATE,
    ),
    Panel(
        "Intake behind",
        [Line("max(copytaster_intake_behind_seconds)", "behind")],
        unit=Unit.SECONDS,
    ),
    Panel("Intake paused", [Line("max by (reason) (copytaster_intake_paused)", "{{reason}}")]),
]

DASHBOARDS = {"overview": OVERVIEW, "sources": SOURCES, "pipeline": PIPELINE, "workers": WORKERS}


def dashboards() -> dict[str, dict[str, Any]]:
    """Return the dashboards by the names of their files."""
    return {f"{name}.json": dashboard(name, panels) for name, panels in DASHBOARDS.items()}


def text_of(board: dict[str, Any]) -> str:
    """Return the content of a dashboard's file."""
    return json.dumps(board, indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    """Write all dashboards."""
    for name, board in dashboards().items():
        (FOLDER / name).write_text(text_of(board), encoding="utf-8")


if __name__ == "__main__":
    main()
