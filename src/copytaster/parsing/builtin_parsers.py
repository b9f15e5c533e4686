"""All parsers in order of preference where scores tie: plugins first, then the parsers of this package."""

from __future__ import annotations

from copytaster.parsing.containers.compressed import compressed_parsers
from copytaster.parsing.containers.noisy_xml import NoisyXmlParser
from copytaster.parsing.containers.tar_archive import TarParser
from copytaster.parsing.containers.warc import WarcParser
from copytaster.parsing.containers.zip_archive import ZipParser
from copytaster.parsing.documents.docx import DocxParser
from copytaster.parsing.documents.markdown import MarkdownParser
from copytaster.parsing.documents.pdf import PdfParser
from copytaster.parsing.documents.rtf import RtfParser
from copytaster.parsing.feeds.parser import FeedParser
from copytaster.parsing.html.parser import HtmlParser
from copytaster.parsing.json_documents.delimited import DelimitedParser
from copytaster.parsing.json_documents.field_map import PLAIN, FieldMap
from copytaster.parsing.json_documents.parsers import json_parsers
from copytaster.parsing.json_documents.xml_records import XmlRecordParser
from copytaster.parsing.mail.eml import MailParser
from copytaster.parsing.mail.mbox import MboxParser
from copytaster.parsing.mail.mhtml import MhtmlParser
from copytaster.parsing.plain.parser import TextParser
from copytaster.parsing.plugins import installed_parsers
from copytaster.parsing.registry import ParserRegistry
from copytaster.parsing.wire.anpa import AnpaParser
from copytaster.parsing.wire.iptc7901 import Iptc7901Parser
from copytaster.parsing.wire.newsml_1 import NewsMl1Parser
from copytaster.parsing.wire.newsml_g2 import NewsMlG2Parser
from copytaster.parsing.wire.nitf import NitfParser
from copytaster.parsing.wire.press_release import PressReleaseParser
from copytaster.parsing.wire.ritzau import RitzauParser


def default_parsers(
    plain: FieldMap = PLAIN, *, mail_attachments: bool = False, any_text: bool = False
) -> ParserRegistry:
    """Return a registry of the plugins and the parsers of this package.

    ``plain`` maps the names of plain JSON objects and of XML of no known kind. With ``mail_attachments``, attachments
    of mails are items.
    With ``any_text``, programs, settings and texts of a few letters are articles too.
    """
    return ParserRegistry(
        [
            *installed_parsers(),
            HtmlParser(),
            TextParser(any_text=any_text),
            FeedParser(),
            *json_parsers(plain),
            DelimitedParser(plain),
            XmlRecordParser(plain),
            NewsMlG2Parser(),
            NewsMl1Parser(),
            NitfParser(),
            RitzauParser(),
            PressReleaseParser(),
            Iptc7901Parser(),
            AnpaParser(),
            MailParser(with_attachments=mail_attachments),
            PdfParser(),
            DocxParser(),
            RtfParser(),
            MarkdownParser(),
            MboxParser(),
            MhtmlParser(),
            WarcParser(),
            NoisyXmlParser(),
            ZipParser(),
            TarParser(),
            *compressed_parsers(),
        ]
    )
