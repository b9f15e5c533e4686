"""``python -m copytaster_watcher.readiness.reading_process``: the sandboxed process in which senders' files are read.

It judges whether files are complete, and reads sidecars and ``_source.yml`` files.
"""

from __future__ import annotations

import json
import sys

from copytaster.intake import metadata_content
from copytaster.parsing.sandbox.call_server import serve
from copytaster_watcher.readiness.completeness.judging import KIND, VERDICT, answer_verdict


def answer(request: bytes, descriptor: int) -> bytes:
    """Return the answer to a request of any kind."""
    if json.loads(request)[KIND] == VERDICT:
        return answer_verdict(request, descriptor)
    return metadata_content.answer(request, descriptor)


if __name__ == "__main__":
    serve(sys.argv[1:], answer)
