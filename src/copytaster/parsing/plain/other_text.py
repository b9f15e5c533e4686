"""Recognises text that is no news: source code of programs, settings, logs, and a few letters."""

from __future__ import annotations

import re

import regex

_SAMPLE = 200
"""Lines that are examined: a share of them does not depend on the length of a file."""

_SAMPLE_CHARACTERS = 65_536
"""Characters that are examined."""

_LEAST_LINES = 3
"""Lines with text; fewer show no kind of file."""

_CODE_SHARE = 0.5
"""Share of lines that are code. Documentation within a program has the rest; an article on programs quotes fewer."""

_SETTINGS_SHARE = 0.9
"""Share of lines that set a value: a list of an event's times and places has other lines too."""

_LEAST_LETTERS = 8
_LEAST_WIDE = 4
"""Letters, and letters of East Asian scripts, of the shortest headlines: two words."""

_TITLE_CHARACTERS = 500
"""Characters in which nearly every text has enough words; only the others are read whole."""

_CODE = re.compile(
    r"#!\s?/|#\s*(?:include|define|ifdef|ifndef|endif|pragma)\b|<\?php|//|/\*|\*/|--\s|[{}\[\]();,]+$|\}"
    r"|@\w+(?:\(.*\))?$"
    r"|(?:from [\w.]+ )?import [\w.*{ ,}]+"
    r"|using [\w.]+;|package [\w.]+;?$"
    r"|(?:async )?(?:def|fn|func|function|sub) \w*\s*[(<{]"
    r"|(?:(?:public|private|protected|static|final|export|default|abstract|const|let|var|val|class|struct|enum"
    r"|interface"
    r"|impl|trait|namespace|module|mut|auto|int|void|char|float|double|bool"
    r"|boolean|string|String)\s+)+[\w<>*&:\[\]]+\s*[({=;:]"
    r"|(?:if|for|while|elif|switch|catch|unless|until|foreach)\s*\(?.*[:{]$|(?:else|try|finally|do|begin|end|fi"
    r"|done|esac)\b\W*$"
    r"|(?:return|raise|throw|yield|break|continue|pass|assert|echo|print|exit|goto)\b.*[;)\]\"'\w]$"
    r"|(?:SELECT|INSERT INTO|UPDATE|DELETE FROM|CREATE (?:TABLE|INDEX|VIEW)|ALTER TABLE|DROP TABLE)\b.*"
    r"|[\w.$\[\]\"'>-]+\s*(?:[-+*/|&]?=|:=|=>|<-)\s*\S+|[\w.$>-]+\(.*\)[;:]?$|.*[=()<>\[\]{}\"'_$].*[;{]$|\w+;$"
    r"|[.#]?[\w-]+(?:[ ,.#>:][\w.#:-]+)*\s*\{"
)
"""Lines as the languages of programs, of databases and of style sheets have them."""

_SETTING = re.compile(
    r"\[{1,2}[\w .:\"'/-]+\]{1,2}|[\w.-]+\s*=\s*.*|(?:- )?[\"']?[a-z_][\w./-]*[\"']?:(?:\s+\S.{0,80})?|- [\w./:\"'@-]+"
    r"|[\"']?[\w./-]+[\"']?:\s*[\[{>|&*].*|(?:export|set|setenv) [A-Z_]+[= ].*|[A-Z_]{3,}=.*|---|\.\.\."
)
"""Lines of INI, TOML, YAML and files of environment variables. Labels of prose begin with a capital."""

_LOG = re.compile(
    r"[\[(]?(?:\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d|\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d"
    r"|[A-Z][a-z]{2} +\d{1,2} \d\d:\d\d:\d\d).*"
    r"|\d{1,3}(?:\.\d{1,3}){3} \S+ \S+ \[.*|\[?(?:DEBUG|INFO|WARN(?:ING)?|ERROR|FATAL|TRACE)\b.*"
)
_LOG_SHARE = 0.8
"""Share of lines with a time or a level: messages may continue on further lines."""

_COMMENT = re.compile(r"[#;!].*|//.*|-- .*")
_COMMENT_BLOCK = re.compile(r"\"\"\".*?\"\"\"|'''.*?'''|/\*.*?\*/|--\[\[.*?\]\]", re.DOTALL)
"""Documentation within a program, whose sentences do not make it an article."""

_EXTENSIONS = frozenset([
    "bat", "c", "cc", "cfg", "cmd", "conf", "cpp", "cs", "css", "env", "go", "h", "hpp", "ini", "java", "js", "jsx",
    "kt", "less", "lua", "php", "pl", "properties", "ps1", "py", "r", "rb", "reg", "rs", "scss", "sh", "sql", "swift",
    "toml", "ts", "tsx", "vb", "vbs", "yaml", "yml",
])  # fmt: skip
"""Extensions of programs and settings. They decide where the content does not, unless it is prose."""

_SENTENCE = regex.compile(r"\p{Lu}(?:\S*\s+){5,}\S+[.!?][\"”»)]*")
_PROSE_SHARE = 0.3
"""Share of lines that are sentences, above which the extension is ignored."""

_WIDE = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}]")
_WORD = regex.compile(r"[\p{L}\p{M}\p{N}]+")


def other_text(text: str, name: str = "") -> str | None:
    """Return what ``text`` is if it is no news: ``source code of a program``, ``settings``, ``a log``; else None."""
    named = name.lower().rpartition(".")[2] in _EXTENSIONS
    text = _COMMENT_BLOCK.sub("", text[:_SAMPLE_CHARACTERS])
    lines = [line.strip() for line in text.split("\n")[: 2 * _SAMPLE] if line.strip()][:_SAMPLE]
    bare = [line for line in lines if not _COMMENT.fullmatch(line)]
    if len(lines) < _LEAST_LINES:
        return "a program or settings" if named and not _is_prose(bare) else None
    if len(bare) >= _LEAST_LINES and _share(_SETTING, bare) >= _SETTINGS_SHARE:
        return "settings"
    if _share(_LOG, lines) >= _LOG_SHARE:
        return "a log"
    if _is_code(bare):
        return "source code of a program"
    return "a program or settings" if named and not _is_prose(bare) else None


def is_too_short(text: str) -> bool:
    """Say whether a text is shorter than any headline: less than two words and eight letters, or four East Asian."""
    words = _WORD.findall(text[:_TITLE_CHARACTERS])
    if not _is_short(words):
        return False
    words = _WORD.findall(text)
    if len(_WIDE.findall(text)) >= _LEAST_WIDE:
        return False
    return _is_short(words)


def _is_short(words: list[str]) -> bool:
    return len(words) < 2 or sum(map(len, words)) < _LEAST_LETTERS  # noqa: PLR2004 - see is_too_short


def _share(pattern: re.Pattern[str], lines: list[str]) -> float:
    return sum(pattern.fullmatch(line) is not None for line in lines) / len(lines)


def _is_prose(lines: list[str]) -> bool:
    return sum(_SENTENCE.fullmatch(line) is not None for line in lines) > len(lines) * _PROSE_SHARE


def _is_code(lines: list[str]) -> bool:
    """Say whether half of the lines are code, some with the punctuation of code."""
    code = [line for line in lines if _CODE.match(line)]
    enough = len(lines) >= _LEAST_LINES and len(code) >= len(lines) * _CODE_SHARE
    return enough and any(line[-1:] in "{};:)]" or "=" in line for line in code)
