"""A worker with the product's configuration, guard included, whose one task takes long.

While it sleeps its message is unacknowledged: the moment at which a test takes the server away.
``python slow_worker.py SECONDS``; each id of a message is a file that it makes when it has slept.
"""

import os
import sys
import time
from pathlib import Path

from copytaster.bootstrap.environment import load_settings
from copytaster.model.work import Work
from copytaster_broker.app import TASKS, create_app

app = create_app(load_settings(os.environ))


@app.task(name=TASKS[Work.INGEST])  # type: ignore[untyped-decorator]  # Celery has no types
def make_files(paths: list[str]) -> None:
    """Sleep, then make the files."""
    time.sleep(float(sys.argv[1]))
    for path in paths:
        Path(path).touch()


if __name__ == "__main__":
    app.worker_main(["worker", "--pool=prefork", "--concurrency=2", "--without-gossip", "--without-mingle"])
