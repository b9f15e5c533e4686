"""The data of outgoing events, as it is described to receivers."""

from __future__ import annotations

from pydantic import Field

from copytaster.model.article import ArticleStatus, Document
from copytaster.model.disposition import Disposition, Reason
from copytaster.model.source_finding import SourceFinding


class ArticleData(Document):
    """The data of an event about an article; only the first two fields are there if it is not stored any more."""

    article_id: str = Field(description="`a…`")
    address: str = Field(description="Path of the article in the API.")
    delivery_id: str | None = Field(default=None, description="The delivery that brought it.")
    source: str | None = Field(default=None, description="Who delivered it.")
    status: ArticleStatus | None = Field(default=None, description="Whether it may be used.")
    version: int | None = Field(default=None, description="Number of the present version.")
    language: str | None = Field(default=None, description="Language code; null if it is not known.")
    topics: tuple[str, ...] | None = Field(
        default=None, description="Codes of IPTC Media Topics; null while it is not tagged or may not be used."
    )
    original_id: str | None = Field(default=None, description="The article of which it is a copy.")


class SearchData(ArticleData):
    """The data of an event about an article that meets a standing search."""

    search_id: str = Field(description="`q…`")
    search_name: str = Field(description="Name of the search when the article was found.")


class DeliveryData(Document):
    """The data of an event about a delivery."""

    delivery_id: str = Field(description="`d…`")
    address: str = Field(description="Path of the delivery in the API.")
    source: str | None = Field(default=None, description="Who delivered it.")
    disposition: Disposition | None = Field(default=None, description="How it ended.")
    reason: Reason | None = Field(default=None, description="Why it was rejected or quarantined.")


class StoryData(Document):
    """The data of an event about stories."""

    story_ids: tuple[str, ...] = Field(description="`s…`")
    address: str = Field(description="Path of the first story in the API.")
    article_ids: tuple[str, ...] = Field(default=(), description="The articles that the change is about.")


class WebhookData(Document):
    """The data of an event about an endpoint of webhooks."""

    webhook_id: str = Field(description="`w…`")
    address: str = Field(description="Path of the endpoint in the API.")


class SourceData(SourceFinding):
    """The data of an event about a source: what has begun to be unusual, or ended to be so."""

    address: str = Field(description="Path of the list of sources in the API.")


class OriginalsData(Document):
    """The data of an event about originals."""

    count: int = Field(description="Number of removed originals.")


class GapData(Document):
    """The data of a message that events are missing between two ids."""

    missing_after: str = Field(description="Id of the last event before.")
    going_on_after: str = Field(description="Id from which the events go on.")


EventData = ArticleData | SearchData | DeliveryData | StoryData | WebhookData | SourceData | OriginalsData | GapData

DATA: dict[str, type[EventData]] = {
    "article": ArticleData,
    "delivery": DeliveryData,
    "story": StoryData,
    "search": SearchData,
    "webhook": WebhookData,
    "source": SourceData,
    "originals": OriginalsData,
    "gap": GapData,
}
"""The data of events by the family of their type, the part before the dot."""
