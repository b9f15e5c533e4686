"""The product's worker with a fault: it kills its process over articles that hold the word POISON.

Run like ``python -m copytaster_workers``, with the file that counts the deaths before the queues. The fault is after
the parsers, for what a parser does ends in its sandbox.
"""

import os
import sys
from typing import Any

import copytaster_workers.__main__
from copytaster.model.article import Article
from copytaster.model.delivery import Delivery
from copytaster.parsing.parser import Draft
from copytaster.pipeline import resolve
from copytaster.pipeline.assemble import assemble


def assemble_or_die(draft: Draft, delivery: Delivery, **given: Any) -> Article:
    """Return what the pipeline does; die on poison, and leave a trace of each death."""
    if "POISON" not in draft.text:
        return assemble(draft, delivery, **given)
    with open(sys.argv[1], "ab") as deaths:  # noqa: PTH123  # the least that can be done before dying
        deaths.write(b"x")
    os.abort()


vars(resolve)["assemble"] = assemble_or_die

if __name__ == "__main__":
    sys.exit(copytaster_workers.__main__.main(sys.argv[2:]))
