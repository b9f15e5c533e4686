from __future__ import annotations

from pathlib import Path

import pytest

from copytaster.intake.inbox_paths import writable_path


def test_the_folders_of_a_path_in_the_inbox_are_created(tmp_path: Path) -> None:
    assert writable_path(tmp_path / "inbox", "wire/2026/story.txt").parent.is_dir()


def test_a_link_that_leads_out_of_the_inbox_is_not_followed(tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "wire").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere").mkdir()

    with pytest.raises(OSError, match="outside the inbox"):
        writable_path(inbox, "wire/story.txt")
