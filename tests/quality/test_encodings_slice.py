"""A slice of ``benchmarks.encodings`` on text of our own, with a floor."""

# ruff: noqa: E501, RUF001  # texts in many scripts, one to a line

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]

TEXTS = {
    "windows-1250-polish": "Statek wrócił w poniedziałek po dwóch tygodniach. Władze portu mówią, że opóźnienia potrwają.",
    "iso-8859-2-czech": "Loď se vrátila v pondělí po dvou týdnech. Úřad přístavu říká, že zpoždění potrvá až do pátku.",
    "windows-1251-russian": "Паром вернулся в понедельник после двух недель ремонта. Задержки продлятся до пятницы.",
    "KOI8-R": "Паром вернулся в понедельник после двух недель ремонта. Задержки продлятся до пятницы.",
    "iso-8859-1": "Le bac est revenu lundi après deux semaines à quai. Des retards sont prévus jusqu'à vendredi, dit le préfet.",
    "iso-8859-7-greek": "Το πλοίο επέστρεψε τη Δευτέρα ύστερα από δύο εβδομάδες. Οι καθυστερήσεις θα συνεχιστούν.",
    "SHIFT_JIS": "フェリーは二週間の修理を終えて月曜日に戻った。港の事務所によると、遅れは金曜日まで続く。",
    "EUC-KR": "여객선이 두 주 만에 월요일에 돌아왔다. 항만 사무소는 금요일까지 지연이 있을 것이라고 말했다.",
    "Big5": "渡輪在兩個星期之後於星期一回到港口。港務局說，延誤會到星期五。",
    "GB2312": "渡轮在两个星期之后于星期一回到港口。港务局说，延误会到星期五。",
    "utf-8": "Le bac est revenu lundi après deux semaines.",
    "UTF-32": "Le bac est revenu lundi.",
}


def test_texts_in_old_charsets_are_decoded_exactly(tmp_path: Path) -> None:
    rows = [{"file": f"{label}.txt", "group": "encoding", "expect": f"encoding={label}"} for label in TEXTS]
    for label, text in TEXTS.items():
        parts = label.rsplit("-", 1)
        charset = parts[0] if parts[-1] in {"polish", "czech", "russian", "greek"} else label
        (tmp_path / f"{label}.txt").write_bytes(text.encode(charset))
    (tmp_path / "manifest.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")

    command = [sys.executable, "-m", "benchmarks.encodings", "--data", str(tmp_path), "--json"]
    ended = subprocess.run(command, cwd=REPOSITORY, capture_output=True, check=True)

    found = json.loads(ended.stdout)
    assert found["decodable"] == len(TEXTS)
    assert found["exactly_right"] == len(TEXTS), found["wrong"]
