"""Minimum scores for topics of short stories: two per top-level topic, one for each of many narrower topics."""

from __future__ import annotations

import pytest

from copytaster.tagging.stages import Passage
from copytaster.tagging.topics.classifier import MediaTopics, load_topics

LEAST_TOPS_RIGHT = 0.97
"""A share of the stories in ``TOPS``: one of 34 may be classified differently after a change of terms."""

LEAST_NARROWER_RIGHT = 0.95

TOPS = {
    "arts, culture, entertainment and media": (
        ("Quiet drama wins at Lindholm", "The film took the festival's first prize; its lead actress cried on stage."),
        (
            "Lost quartet is heard again",
            "Musicians found the score in an archive, and the orchestra will record an album.",
        ),
    ),
    "conflict, war and peace": (
        (
            "Guns fall silent along the ridge",
            "Both armies agreed to a ceasefire after a week of shelling, mediators said.",
        ),
        ("Convoy hit on northern road", "Insurgents fired rockets at the troops; four soldiers were wounded."),
    ),
    "crime, law and justice": (
        (
            "Bookkeeper jailed for five years",
            "The jury found her guilty of fraud, and the judge spoke of a breach of trust.",
        ),
        (
            "Two held after jeweller's is raided",
            "Detectives arrested a pair of suspects; the stolen watches are missing.",
        ),
    ),
    "disaster, accident and emergency incident": (
        ("Hundreds spend night outdoors after quake", "Rescuers dug through rubble, and the death toll rose to nine."),
        ("Ferry runs aground in fog", "The coastguard's lifeboat took off all passengers before the wreckage sank."),
    ),
    "economy, business and finance": (
        ("Grocer lifts profit forecast", "The retailer said sales in its third quarter beat what analysts expected."),
        ("Central bank holds rates", "Economists had expected a cut as inflation slowed; the currency gained."),
    ),
    "education": (
        ("Village keeps its school", "Parents and teachers had feared that the pupils would be sent to town."),
        ("More sit the science exam", "The university says applications from students who took a degree course rose."),
    ),
    "environment": (
        ("Otters are back on the Elde", "Conservationists say cleaner water and new habitat brought the species back."),
        ("Town to halve its emissions", "The climate plan counts on solar panels, recycling and a wind farm."),
    ),
    "health": (
        ("Jab protects infants, trial finds", "Doctors gave the vaccine to 900 patients; few had side effects."),
        ("Wards full as flu spreads", "Hospitals put off surgery, and nurses who fell ill with the virus stayed away."),
    ),
    "human interest": (
        ("Ring found after forty years", "The couple were reunited with the wedding ring that a puppy dug up."),
        ("Oldest person in the valley turns 109", "She had cake at her birthday party and a letter from the queen."),
    ),
    "labour": (
        ("Drivers walk out over pay", "The union said its members would picket depots until wages rise."),
        (
            "Plant to shed a third of its jobs",
            "The redundancies hit 300 workers; unemployment in the town is high already.",
        ),
    ),
    "lifestyle and leisure": (
        (
            "A dish for cold evenings",
            "The chef shares his recipe and a wine to go with it, from the menu of his restaurant.",
        ),
        ("Three days by the lagoon", "Tourists find quiet hotels, good cooking and a holiday without crowds."),
    ),
    "politics": (
        ("Opposition wins by a whisker", "Voters gave the party a majority of three seats in parliament."),
        ("Minister quits over leaked letter", "The prime minister named a successor and reshuffled her cabinet."),
    ),
    "religion": (
        ("New bishop enthroned", "The cathedral was full; clergy of three churches joined in the prayers."),
        ("Pilgrims arrive for the fast", "At the mosque the imam welcomed worshippers to Ramadan."),
    ),
    "science and technology": (
        ("Probe sends first pictures", "The spacecraft entered orbit around the asteroid; scientists were delighted."),
        (
            "Browser flaw lets strangers in",
            "Hackers used the software bug to steal data from computers over the internet.",
        ),
    ),
    "society": (
        ("Shelter for the homeless to stay open", "The charity feeds families in poverty and helps migrants settle."),
        (
            "Fewer births, older town",
            "The census shows an ageing population; social workers fear for pensioners who live alone.",
        ),
    ),
    "sport": (
        ("Late header sinks the champions", "The striker came on as a substitute and scored in stoppage time."),
        ("Maiden title for left-hander", "She broke serve twice in the final set to win her first tennis tournament."),
    ),
    "weather": (
        ("Snow to reach the coast by night", "Forecasters warn of gales and a temperature well below freezing."),
        (
            "Driest spring since records began",
            "Rainfall was a third of normal, the weather service said; the heatwave goes on.",
        ),
    ),
}

NARROWER = {
    "soccer": (
        "Late header sinks champions",
        "The striker scored in stoppage time; the goalkeeper had saved a penalty.",
    ),
    "tennis": ("Maiden title", "She broke serve twice in the final set at Wimbledon after two double faults."),
    "cricket": ("Tail wags", "The last pair added 80 runs before the spinner took the final wicket."),
    "golf": ("Birdie at the last", "He led the golf tournament by a stroke after a bogey on the ninth hole."),
    "motor car racing": (
        "Rain shakes up the grid",
        "The grand prix began behind the safety car; pole position meant little.",
    ),
    "drug use in sport": ("Sprinter banned", "She failed a drug test for a steroid, the anti-doping agency said."),
    "cinema": ("Long cut for the screen", "The film director edits his feature film before the premiere."),
    "music": ("Tour begins at home", "The rock band plays songs from its new album at a concert on Friday."),
    "literature": ("Prize for first book", "The novelist wrote her debut novel on trains; the publisher prints more."),
    "peace process": ("Guns fall silent", "The two armies kept to the ceasefire, and talks on a peace deal began."),
    "homicide": ("Man charged", "Police said the killer was known to the victim; the murder trial is in May."),
    "fraud": ("Savers lose all", "The fraudster ran a Ponzi scheme, the court heard."),
    "fire": ("Mill burns down", "Firefighters fought the blaze all night; smoke hid the town."),
    "natural disaster": (
        "Coast shakes",
        "The earthquake had a magnitude of 6.1; aftershocks and a landslide followed.",
    ),
    "transportation accident and incident": (
        "Two coaches collide",
        "The bus crash closed the motorway; the driver is hurt.",
    ),
    "macro economics": (
        "Growth slows",
        "Gross domestic product rose by .1 per cent while inflation fell, economists said.",
    ),
    "business restructuring": (
        "Rival bids for brewer",
        "The takeover bid values the company at two billion; a merger failed.",
    ),
    "foreign exchange market": (
        "Crown slips",
        "The currency fell against the dollar; dealers saw no intervention in the exchange rate.",
    ),
    "communicable disease": ("Clinics busy", "The outbreak of measles spread, and infected children are in hospital."),
    "climate change": (
        "Glaciers shrink",
        "Global warming and carbon emissions melt the ice, a climate scientist said.",
    ),
    "national elections": ("Date is set", "The general election is in June; the parties began their campaign."),
    "taxation": (
        "Less for the treasury",
        "The minister's tax cut helps those who pay income tax; parliament votes on it.",
    ),
    "diplomacy": ("Envoy recalled", "The ambassador left the embassy after a row between the foreign ministries."),
    "unions": ("Members vote", "The trade union's leader asked workers at the works for a mandate to strike."),
    "astronomy": ("A world of ice", "Astronomers turned the telescope to a comet beyond the solar system's edge."),
    "Christianity": ("New bishop", "The Anglican archbishop and a Catholic priest led the congregation in prayer."),
    "travel and tourism": ("By slow train", "Backpackers and sightseeing tourists love the hotel by the lake."),
    "royalty": ("A crown and a cake", "The crown prince and the royal family waved at the wedding."),
    "racism": (
        "Club condemns chants",
        "Racial abuse of a black player is racism, campaigners for equality in society said.",
    ),
    "weather forecast": ("Wet week", "The forecaster at the weather service expects showers and sunny spells."),
}


@pytest.fixture(scope="module")
def topics() -> MediaTopics:
    return load_topics()


def test_the_first_top_level_topic_is_the_one_that_an_editor_would_choose(topics: MediaTopics) -> None:
    stories = [(name, *story) for name, group in TOPS.items() for story in group]

    names = {title: topic_names(topics, title, text) for _, title, text in stories}

    wrong = {title: names[title] for name, title, _ in stories if names[title][:1] != [name]}
    assert len(names) == 2 * len(topics.taxonomy.tops)
    assert 1 - len(wrong) / len(stories) >= LEAST_TOPS_RIGHT, wrong


def test_the_narrower_topic_is_found(topics: MediaTopics) -> None:
    names = {name: topic_names(topics, *story) for name, story in NARROWER.items()}

    wrong = {name: found for name, found in names.items() if name not in found}
    assert 1 - len(wrong) / len(NARROWER) >= LEAST_NARROWER_RIGHT, wrong


def topic_names(topics: MediaTopics, title: str, text: str) -> list[str]:
    return [each.name for each in topics.topics(Passage(title, text, "en")).value]
