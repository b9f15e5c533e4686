from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from copytaster.errors import RefusedError
from copytaster.model.disposition import Reason
from copytaster.model.limits import Limits
from copytaster.parsing.original import Frame, Original
from copytaster.parsing.safe_xml import attribute, first, name_of, read_xml, root_of, text_of

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def original(content: bytes | str, *, xml_depth: int = 256) -> Original:
    data = content.encode() if isinstance(content, str) else content
    return Original(content=data, name="item.xml", now=NOW, frame=Frame(limits=Limits(xml_depth=xml_depth)))


def refusal(content: bytes | str, *, xml_depth: int = 256) -> RefusedError:
    with pytest.raises(RefusedError) as caught:
        read_xml(original(content, xml_depth=xml_depth))
    return caught.value


def test_the_root_is_found_behind_declaration_comments_and_document_type() -> None:
    opening = (
        '<?xml version="1.0"?>\n<!-- made by hand -->\n<!DOCTYPE a:nitf SYSTEM "x.dtd">\n<a:nitf version="3"><body/>'
    )

    root = root_of(original(opening))

    assert root is not None
    assert (root.name, root.attributes) == ("nitf", ' version="3"')


def test_a_thousand_comments_without_a_root_are_looked_through_at_once() -> None:
    assert root_of(original("<!---->" * 1000 + "no root")) is None


def test_a_wrong_declaration_does_not_harm_utf8() -> None:
    document = read_xml(original('<?xml version="1.0" encoding="ISO-8859-1"?><p>Łódź</p>'))

    assert (text_of(document.root), document.decoded.charset) == ("Łódź", "utf-8")


def test_the_declared_charset_is_used() -> None:
    document = read_xml(original('<?xml version="1.0" encoding="windows-1250"?><p>Łódź</p>'.encode("cp1250")))

    assert (text_of(document.root), document.decoded.charset) == ("Łódź", "cp1250")


def test_utf16_with_its_mark_is_read() -> None:
    document = read_xml(original('<?xml version="1.0" encoding="UTF-16"?><p>Łódź</p>'.encode("utf-16")))

    assert text_of(document.root) == "Łódź"


def test_entities_of_html_stand_for_their_characters_without_a_dtd() -> None:
    document = read_xml(original("<p>caf&eacute;&nbsp;&amp; bar &lt;3</p>"))

    assert text_of(document.root) == "café & bar <3"


@pytest.mark.parametrize(
    "subset",
    [
        '<!ENTITY a "b">',
        '<!ENTITY a SYSTEM "file:///etc/hostname">',
        '<!-- <p> hides it --> <!ENTITY a "b">',
        '<!ENTITY a "&b;&b;"><!ENTITY b "&a;">',
    ],
)
def test_a_document_that_declares_entities_is_refused(subset: str) -> None:
    error = refusal(f'<?xml version="1.0"?><!DOCTYPE p [{subset}]><p x="&a;">&a;</p>')

    assert (error.reason, "declares XML entities" in error.message) == (Reason.PARSE_FAILED, True)


def test_a_document_type_that_lies_elsewhere_is_not_looked_for() -> None:
    document = read_xml(
        original('<!DOCTYPE nitf SYSTEM "http://127.0.0.1:9/nitf.dtd"><nitf>text &unknown; more</nitf>')
    )

    assert text_of(document.root).startswith("text")


def test_markup_that_is_not_well_formed_is_refused_with_its_place() -> None:
    error = refusal("<p>\n<b>no end</p>")

    assert error.reason is Reason.PARSE_FAILED
    assert "line 2" in error.message


@pytest.mark.parametrize(("depth", "limit"), [(257, 256), (11, 10)])
def test_too_many_levels_are_refused(depth: int, limit: int) -> None:
    assert refusal("<a>" * depth + "</a>" * depth, xml_depth=limit).reason is Reason.TOO_DEEP


def test_as_many_levels_as_the_limit_are_read() -> None:
    document = read_xml(original("<a>" * 10 + "x" + "</a>" * 10, xml_depth=10))

    assert text_of(document.root) == "x"


def test_steps_through_elements_mind_no_namespace() -> None:
    root = read_xml(original('<a xmlns="urn:a"><b:c xmlns:b="urn:b"><d e=" f  g "/></b:c></a>')).root

    found = first(root, "c/d")

    assert found is not None
    assert (name_of(found), attribute(found, "e"), attribute(None, "e"), first(root, "x/d")) == ("d", "f g", "", None)


IN_OPEN = 0x20
"""From the kernel's <sys/inotify.h>."""


def names_opened(folder: Path, action: Callable[[], object]) -> bytes:
    """Return the inotify events of files in ``folder`` that are opened during ``action``; empty if there are none."""
    libc = ctypes.CDLL(None, use_errno=True)
    descriptor = libc.inotify_init1(os.O_NONBLOCK)
    try:
        assert libc.inotify_add_watch(descriptor, os.fsencode(folder), IN_OPEN) >= 0
        action()
        try:
            return os.read(descriptor, 4096)
        except BlockingIOError:
            return b""
    finally:
        os.close(descriptor)


@pytest.mark.parametrize(
    "document_type",
    [
        '<!DOCTYPE nitf SYSTEM "{file}">',
        '<!DOCTYPE nitf PUBLIC "-//IPTC//DTD NITF 3.3//EN" "{file}">',
        '<!DOCTYPE nitf SYSTEM "{pipe}">',
        '<!DOCTYPE nitf PUBLIC "-//IPTC//DTD NITF 3.3//EN" "http://192.0.2.1/nitf-3-3.dtd">',
        '<!DOCTYPE nitf [<!ENTITY % nitf SYSTEM "{file}"> %nitf;]>',
        '<!DOCTYPE nitf PUBLIC "urn:x" "{file}" [<!ENTITY % media PUBLIC "-//X//Y" "{pipe}"> %media;]>',
        '<!DOCTYPE nitf SYSTEM "{file}" [<!ENTITY % tables "IGNORE">]>',
    ],
)
def test_a_document_with_an_external_dtd_is_read_and_nothing_is_opened(document_type: str, tmp_path: Path) -> None:
    (tmp_path / "nitf.dtd").write_text('<!ENTITY e "expanded">')
    os.mkfifo(tmp_path / "pipe")
    prolog = document_type.replace("{file}", str(tmp_path / "nitf.dtd")).replace("{pipe}", str(tmp_path / "pipe"))
    found: list[str] = []

    opened = names_opened(
        tmp_path, lambda: found.append(text_of(read_xml(original(f"{prolog}<nitf><p>The ferry</p></nitf>")).root))
    )

    assert (found, opened) == (["The ferry"], b"")


def test_the_watch_for_opened_files_notices_one(tmp_path: Path) -> None:
    (tmp_path / "nitf.dtd").write_text("x")

    assert b"nitf.dtd" in names_opened(tmp_path, (tmp_path / "nitf.dtd").read_text)


@pytest.mark.parametrize(
    "subset",
    [
        "<!ENTITY % p \"<!ENTITY x 'boo'>\"> %p;",
        '<!ENTITY % p SYSTEM "a.dtd"> <!-- <a --> <!ENTITY x "boo">',
        "<!ENTITY % p \"&#60;!ENTITY x 'boo'>\"> %p;",
        '<!ENTITY x SYSTEM "file:///etc/passwd">',
    ],
)
def test_a_general_entity_is_refused_wherever_it_is_hidden(subset: str) -> None:
    error = refusal(f"<!DOCTYPE a [{subset}]><a>&x;</a>")

    assert (error.reason, "declares XML entities" in error.message) == (Reason.PARSE_FAILED, True)
