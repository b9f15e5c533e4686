from __future__ import annotations

from datetime import UTC, datetime

import pytest

from copytaster.parsing.local_dates import read_local_day

LATEST = datetime(2027, 1, 1, tzinfo=UTC)


def day(printed: str, language: str | None) -> str | None:
    moment = read_local_day(printed, language, latest=LATEST)
    assert moment is None or not moment.zoned
    return moment.at.isoformat()[:10] if moment else None


@pytest.mark.parametrize(
    ("printed", "language", "expected"),
    [
        ("Veröffentlicht am 9. März 2025 um 14:30 Uhr", "de", "2025-03-09"),
        ("Publié le 2 août 2025 à 7h15", "fr-FR", "2025-08-02"),
        ("Publicado el 21 de octubre de 2024", "es", "2024-10-21"),
        ("martedì 6 maggio 2025", "it", "2025-05-06"),
        ("7 de janeiro de 2026", "pt_BR", "2026-01-07"),
        ("12 mei 2024", "nl", "2024-05-12"),
        ("4 февраля 2025", "ru", "2025-02-04"),
        ("8 listopada 2025", "pl", "2025-11-08"),
        ("2025. június 5.", "hu", "2025-06-05"),
        ("2025年11月8日 09:00", "ja", "2025-11-08"),
        ("2025/11/08", None, "2025-11-08"),
        ("08.11.2025, 10:14", "de", "2025-11-08"),
        ("08/11/2025", "fr", "2025-11-08"),
        ("08/11/2025", "en-US", "2025-08-11"),
        ("08/11/2025", "en-GB", "2025-11-08"),
        ("28/11/2025", "en", "2025-11-28"),
        ("By Ada Quill | Nov. 8, 2025 | 3 min read", "en", "2025-11-08"),
    ],
)
def test_a_day_is_read_in_the_language_of_the_page(printed: str, language: str | None, expected: str) -> None:
    assert day(printed, language) == expected


@pytest.mark.parametrize(
    ("printed", "language"),
    [
        ("08/11/2025", "en"),
        ("08/11/2025", None),
        ("31/31/2025", "fr"),
        ("31 juin 2025", "fr"),
        ("9. März 2025", "xx"),
        ("8 November 2025, updated 9 November 2025", "en"),
        ("8 novembre 2030", "fr"),
        ("1.2.2025.4", "de"),
        ("mars 2025", "fr"),
    ],
)
def test_a_day_that_is_not_certain_is_not_read(printed: str, language: str | None) -> None:
    assert day(printed, language) is None
