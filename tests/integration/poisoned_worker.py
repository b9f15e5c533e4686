"""The product's worker with one more parser: it kills its process on files that hold the word POISON.

Run like ``python -m copytaster_workers``, with the file that counts deaths before the queues. There is no way yet to
add a parser from outside, so the list is replaced.
"""

import os
import sys

import copytaster_workers.__main__
from copytaster import bootstrap_pipeline
from copytaster.parsing.parser import Draft, Original
from copytaster.parsing.plain import TextParser
from copytaster.parsing.registry import ParserRegistry


class PoisonParser(TextParser):
    """Reads text, unless it is poison."""

    def parse(self, original: Original) -> list[Draft]:
        """Return what the text parser does; die on poison, and leave a trace of each death."""
        if b"POISON" not in original.content:
            return super().parse(original)
        with open(sys.argv[1], "ab") as deaths:  # noqa: PTH123  # the least that can be done before dying
            deaths.write(b"x")
        os.abort()


vars(bootstrap_pipeline)["default_parsers"] = lambda: ParserRegistry([PoisonParser()])

if __name__ == "__main__":
    sys.exit(copytaster_workers.__main__.main(sys.argv[2:]))
