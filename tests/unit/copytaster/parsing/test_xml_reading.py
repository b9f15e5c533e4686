from __future__ import annotations

from datetime import UTC, datetime

import pytest

from copytaster.errors import RefusedError
from copytaster.model.disposition import Reason
from copytaster.model.limits import Limits
from copytaster.parsing.original import Frame, Original
from copytaster.parsing.safe_xml import attribute, first, name_of, read_xml, root_of, words_of

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

    assert (words_of(document.root), document.decoded.charset) == ("Łódź", "utf-8")


def test_the_declared_charset_is_used() -> None:
    document = read_xml(original('<?xml version="1.0" encoding="windows-1250"?><p>Łódź</p>'.encode("cp1250")))

    assert (words_of(document.root), document.decoded.charset) == ("Łódź", "cp1250")


def test_utf16_with_its_mark_is_read() -> None:
    document = read_xml(original('<?xml version="1.0" encoding="UTF-16"?><p>Łódź</p>'.encode("utf-16")))

    assert words_of(document.root) == "Łódź"


def test_entities_of_html_stand_for_their_characters_without_a_dtd() -> None:
    document = read_xml(original("<p>caf&eacute;&nbsp;&amp; bar &lt;3</p>"))

    assert words_of(document.root) == "café & bar <3"


@pytest.mark.parametrize(
    "subset",
    [
        '<!ENTITY a "b">',
        '<!ENTITY a SYSTEM "file:///etc/hostname">',
        '<!ENTITY % a SYSTEM "http://example.org/a.dtd"> %a;',
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

    assert words_of(document.root).startswith("text")


def test_markup_that_is_not_well_formed_is_refused_with_its_place() -> None:
    error = refusal("<p>\n<b>no end</p>")

    assert error.reason is Reason.PARSE_FAILED
    assert "line 2" in error.message


@pytest.mark.parametrize(("depth", "limit"), [(257, 256), (11, 10)])
def test_too_many_levels_are_refused(depth: int, limit: int) -> None:
    assert refusal("<a>" * depth + "</a>" * depth, xml_depth=limit).reason is Reason.TOO_DEEP


def test_as_many_levels_as_the_limit_are_read() -> None:
    document = read_xml(original("<a>" * 10 + "x" + "</a>" * 10, xml_depth=10))

    assert words_of(document.root) == "x"


def test_steps_through_elements_mind_no_namespace() -> None:
    root = read_xml(original('<a xmlns="urn:a"><b:c xmlns:b="urn:b"><d e=" f  g "/></b:c></a>')).root

    found = first(root, "c/d")

    assert found is not None
    assert (name_of(found), attribute(found, "e"), attribute(None, "e"), first(root, "x/d")) == ("d", "f g", "", None)
