# ruff: noqa: RUF001  # the full-width punctuation of Chinese
from __future__ import annotations

import pytest

from copytaster.dedup.candidates import Candidate
from copytaster.dedup.prose import prose
from copytaster.dedup.relations import COPIES, judge
from copytaster.dedup.signing import sign
from copytaster.model.article import ArticleId, RelationKind
from tests.factories import POLICY, START

BACKGROUND = (
    "星海航运公司成立于1987年，总部设在临海市，拥有42艘船舶和3200名员工，去年营业收入为18.6亿元，同比增长7.3%，净利润"
    "达到2.1亿元，在全国37个港口设有办事处，并在海外12个国家开展业务，其股票于2004年在交易所上市。"
)
ARREST = (
    "星海航运公司总裁林文海因涉嫌受贿被警方带走调查，公司股票随即停牌。",
    "检方表示，他被指控在港口扩建工程招标中收受承包商的贿赂，并将部分款项转移到亲属名下的账户。",
    "董事会当晚召开紧急会议，任命副总裁陈立暂时主持工作，并承诺配合调查。",
)
NEW_LINE = (
    "星海航运公司宣布开通前往南岛的新航线，首班客轮将于春节前启航。",
    "岛上居民说，多年来他们一直依靠渔船往返大陆，遇到台风就只能等待，新航线将改变他们的生活。",
    "旅游部门预计游客人数将会翻倍，当地正在修建旅馆和观景步道。",
)
TITLE = "星海航运总裁被捕"
STORY = "\n\n".join((*ARREST, BACKGROUND))
MENU = "首页\n新闻\n体育\n最多阅读\n隐私政策\n联系我们"


def kind_of(first: tuple[str, str], second: tuple[str, str]) -> RelationKind | None:
    known = Candidate(ArticleId("a1"), 1, sign(*first), START)
    found = judge([known], sign(*second), threshold=POLICY.near_threshold)
    return found[0].kind if found else None


def test_stories_of_one_background_are_not_copies_in_a_script_without_spaces() -> None:
    other = "\n\n".join((*NEW_LINE, BACKGROUND))

    assert kind_of((TITLE, STORY), ("星海航运开通新航线", other)) not in COPIES


@pytest.mark.parametrize(
    ("title", "text", "kind"),
    [
        (TITLE, f"{MENU}\n\n{STORY}\n\n{MENU}", RelationKind.NEAR),
        ("星海航运总裁遭拘捕", STORY.replace("当晚", "随后"), RelationKind.NEAR),
        (TITLE, "\n\n".join(ARREST[:2]), RelationKind.EXCERPT),
    ],
    ids=["page around it", "edited", "half"],
)
def test_a_copy_is_found_in_a_script_without_spaces(title: str, text: str, kind: RelationKind) -> None:
    assert kind_of((TITLE, STORY), (title, text)) is kind


@pytest.mark.parametrize(
    "paragraph",
    [
        "検察は港湾拡張工事の入札で業者から賄賂を受け取ったとしている。",
        "検察は港湾拡張工事の入札で業者から賄賂を受け取ったとしている",
        "อัยการกล่าวว่าเขารับเงินจากผู้รับเหมาในการประมูลขยายท่าเรือและโอนเงินไปยังบัญชีของญาติ",
        "ဝန်ကြီးက ဆိပ်ကမ်းတိုးချဲ့ရေး လုပ်ငန်းကို စတင်မည်ဟု ပြောကြားခဲ့သည်။",
        "خبر من خمس كلمات؟",
    ],
)
def test_a_sentence_is_prose_in_a_script_without_spaces_or_with_its_own_full_stop(paragraph: str) -> None:
    around = "This paragraph has enough words to be prose in its own right, and there are more than eighty letters."

    assert prose(f"{around}\n\n{paragraph}") == f"{around}\n{paragraph}"


@pytest.mark.parametrize("label", ["返回顶部", "相关新闻", "関連ニュース", "ข่าวล่าสุด", "ပင်မစာမျက်နှာ"])
def test_a_label_is_boilerplate_in_a_script_without_spaces(label: str) -> None:
    assert prose(f"{STORY}\n\n{label}") == prose(STORY)
