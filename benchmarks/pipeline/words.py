"""The words of generated articles: names that models know as names, and clauses of six topics."""

from __future__ import annotations

from dataclasses import dataclass


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _parts(text: str) -> tuple[str, ...]:
    return tuple(" ".join(part.split()) for part in text.split("|"))


GIVEN = _words(
    """
    Ada Adrian Agnes Ahmed Alice Amina Andrew Angela Anton Beatrice Bruno Carla Carlos Clara Daniel David Dmitri
    Edith Elena Emma Farid Felix Fiona Frank Grace Greta Hannah Helen Henry Hugo Ingrid Irena Isaac James Joan
    Jonas Joseph Julia Karen Laura Leon Linda Louis Lucia Marcus Maria Martin Miguel Monica Nadia Nora Oscar
    Patrick Paula Peter Rachel Robert Rosa Samuel Sarah Simon Sofia Stephen Susan Teresa Thomas Victor Yusuf
    """
)

FAMILY_ROOTS = _words(
    """
    Ash Bal Bern Brand Cal Carl Dal Ed Fair Fen Gar Green Hal Hart Hol Jans Kal Kell Lam Lind Mar Mel Mor Nor
    Ost Pel Ray Ros Sand Sel Stan Tal Thorn Van Wal Whit Win
    """
)
FAMILY_ENDS = _words(
    """
    berg by dale ell en er ford ham ini ley lund man mann mont ner ova sen ski son stein ton well
    """
)

PLACES = _words(
    """
    Aberdeen Accra Amsterdam Antwerp Athens Auckland Baltimore Bangkok Barcelona Belfast Berlin Bogota Boston
    Bristol Brussels Bucharest Budapest Cairo Calgary Cardiff Chicago Cologne Copenhagen Cork Dakar Dallas
    Denver Detroit Dublin Durban Edinburgh Frankfurt Geneva Genoa Glasgow Gothenburg Hamburg Hanoi Helsinki
    Houston Istanbul Jakarta Johannesburg Karachi Krakow Lagos Leeds Leipzig Lima Lisbon Liverpool London Lyon
    Madrid Manchester Manila Marseille Melbourne Miami Milan Montreal Munich Nairobi Naples Oslo Ottawa Palermo
    Paris Perth Porto Prague Quebec Riga Rome Rotterdam Santiago Seattle Seoul Seville Sofia Stockholm Sydney
    Tallinn Tokyo Toronto Toulouse Turin Valencia Vancouver Vienna Vilnius Warsaw Wellington Zagreb Zurich
    """
)

BODIES = _parts(
    """
        Council|Transport Authority|Chamber of Commerce|University|Police Department|Health
        Board|Airport|Port Authority|Water Company|Savings Bank|Housing Association|Science Museum|Football
        Club|Energy Group|Steel Works|Teachers Union|High Court|Opera|Planning Office|Trade Institute
        """
)

ROLES = _parts(
    """
        the chairman|a spokeswoman|the chief economist|the deputy director|the head of research|a senior
        official|the treasurer|the coach|the chief executive|a lawyer|the union secretary|the safety
        inspector|a board member|the head of planning|the press officer|the medical director
        """
)

SAID = ("said", "told reporters", "announced", "confirmed", "warned", "argued", "told a hearing", "acknowledged")
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)

ADJECTIVES = _words(
    """
    early careful sudden modest costly quiet narrow lasting public private local foreign seasonal unusual steady
    partial joint formal urgent gradual regional technical annual weekly final
    """
)

ADJUNCTS = _parts(
    """
        after months of talks|despite protests from residents|in spite of the bad weather|under a new
        agreement|without giving a date|for the third time in a decade|at a hearing behind closed doors|as
        costs keep rising|to the surprise of most observers|with the support of both parties|because of a
        shortage of staff|before the end of the season|on the advice of outside experts|while an inquiry
        continues|following a complaint|in line with earlier forecasts|over the objections of
        neighbours|ahead of the summer break|by a margin of two votes|according to documents seen on the day
        """
)


@dataclass(frozen=True, slots=True)
class Topic:
    """The subject of a story: what acts, what it does, and to what."""

    name: str
    slug: str
    actors: tuple[str, ...]
    verbs: tuple[str, ...]
    things: tuple[str, ...]


def _topic(name: str, slug: str, actors: str, verbs: str, things: str) -> Topic:
    return Topic(name, slug, _parts(actors), _parts(verbs), _parts(things))


TOPICS = (
    _topic(
        "economy",
        "BANK-RATES",
        """
        the central bank|exporters|small lenders|the finance ministry|car
        makers|investors|shareholders|retailers|the statistics office|a group of banks
        """,
        "cut|raised|postponed|defended|revised|abandoned|doubled|suspended|approved|questioned",
        """
        its interest rate|the forecast for inflation|a loan programme|the budget for infrastructure|dividend
        payments| tariffs on imported steel|a bond issue|the price of diesel|corporate taxes|pension
        contributions
        """,
    ),
    _topic(
        "politics",
        "COALITION-VOTE",
        """
        the coalition|opposition lawmakers|the prime minister|a parliamentary committee|the electoral
        commission|local councillors|the foreign minister|the senate|party members|the cabinet
        """,
        "rejected|backed|amended|delayed|negotiated|criticised|adopted|withdrew|debated|blocked",
        """
        a bill on road tolls|the election law|a treaty on fisheries|the motion of no confidence|plans for a
        referendum| the reform of asylum rules|a ban on donations|sanctions against officials|the defence
        budget|a deal on borders
        """,
    ),
    _topic(
        "sport",
        "CUP-FINAL",
        """
        the home team|the visitors|the champions|the goalkeeper|the relegated side|the young striker|the
        captain|the rowing crew|the tennis federation|the cycling team
        """,
        "won|lost|drew|dominated|dropped|secured|missed|celebrated|protested against|prepared for",
        """
        the semi-final of the cup|the derby|a penalty shoot-out|the league title|the opening match of the
        season|a record transfer|the quarter-final on penalties|the last stage of the tour|the doubles
        final|the training camp
        """,
    ),
    _topic(
        "justice",
        "COURT-FRAUD",
        """
        detectives|the public prosecutor|a jury|the appeal court|the defendant|customs officers|the
        judge|witnesses|the fraud squad|police divers
        """,
        "examined|dismissed|uncovered|seized|described|disputed|reopened|searched|heard|confirmed",
        """
        a case of insurance fraud|the theft of paintings|charges of bribery|a smuggling ring|the murder
        trial|forged bank documents|an arson attack|a warehouse full of cocaine|the robbery of a
        jeweller|evidence of money laundering
        """,
    ),
    _topic(
        "disaster",
        "FLOOD-RESCUE",
        """
        rescue workers|firefighters|the coastguard|engineers|volunteers|the weather service|the army|relief
        agencies| villagers|hospital staff
        """,
        "reached|evacuated|repaired|searched|reinforced|cleared|closed|flooded|watched|rebuilt",
        """
        a village cut off by floods|the wreck of a ferry|a burning refinery|houses damaged by the
        earthquake|the dam above the valley|a motorway blocked by a landslide|the shelter for storm
        victims|a collapsed bridge|a forest fire|the derailed train
        """,
    ),
    _topic(
        "science",
        "VACCINE-TRIAL",
        """
        researchers|a team of astronomers|the vaccine maker|marine biologists|doctors|the space
        agency|chemists|public health officials|the climate institute|geneticists
        """,
        "tested|published|measured|discovered|discussed|compared|funded|reviewed|presented|halted",
        """
        a vaccine against malaria|the results of a clinical trial|the retreat of glaciers|a telescope in
        orbit|samples from the sea bed|antibiotics for children|a battery without lithium|the genome of
        wheat|a study of sleep|emissions of methane
        """,
    ),
)
