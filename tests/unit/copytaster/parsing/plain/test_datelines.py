from __future__ import annotations

# ruff: noqa: RUF001  # texts in many scripts
import pytest

from copytaster.parsing.plain.datelines import Dateline, split_dateline
from copytaster.parsing.plain.months import is_day, iso_day

SENTENCE = "The tram depot closes on Sunday."


@pytest.mark.parametrize(
    ("printed", "line"),
    [
        ("PARIS, Nov 3, 2026 (AFP) - ", "PARIS, Nov 3, 2026"),
        ("Berlin (dpa) - ", "Berlin"),
        ("Hamburg (dpa/lno) - ", "Hamburg"),
        ("Madrid, 3 nov (EFE).- ", "Madrid, 3 nov"),
        ("(ANSA) - ROMA, 03 NOV - ", "ROMA, 03 NOV"),
        ("Lisboa, 03 nov 2026 (Lusa) – ", "Lisboa, 03 nov 2026"),
        ("MOSCOW, November 3. /TASS/. ", "MOSCOW, November 3"),
        ("TOKYO, Nov. 3 (Kyodo) -- ", "TOKYO, Nov. 3"),
        ("BEIJING, Nov. 3 (Xinhua) -- ", "BEIJING, Nov. 3"),
        ("ŁÓDŹ, Poland (AP) — ", "ŁÓDŹ, Poland"),
        ("København /ritzau/ ", "København"),
        ("Oslo (NTB): ", "Oslo"),
        ("Frankfurt (Oder) (dpa/bb) - ", "Frankfurt (Oder)"),
        ("Halle/Saale (dpa/sa) - ", "Halle/Saale"),
        ("Frankfurt/Main (dpa-AFX) - ", "Frankfurt/Main"),
        ("Frankfurt am Main (dpa) - ", "Frankfurt am Main"),
        ("Rio de Janeiro, 3 nov (EFE).- ", "Rio de Janeiro, 3 nov"),
        ("Las Palmas de Gran Canaria, 3 nov (EFE).- ", "Las Palmas de Gran Canaria, 3 nov"),
        ("São Paulo, 03 nov 2026 (Lusa) - ", "São Paulo, 03 nov 2026"),
        ("SYDNEY, Nov 3 AAP - ", "SYDNEY, Nov 3"),
        ("SYDNEY, AAP - ", "SYDNEY"),
        ("Wellington, Nov 3 NZPA - ", "Wellington, Nov 3"),
        ("Praha 3. listopadu (ČTK) - ", "Praha 3. listopadu"),
        ("Bratislava 3. novembra (TASR) - ", "Bratislava 3. novembra"),
        ("Budapest, 2026. november 3., kedd (MTI) - ", "Budapest, 2026. november 3., kedd"),
        ("Warszawa, 3.11.2026 (PAP) - ", "Warszawa, 3.11.2026"),
        ("Warszawa (PAP) - ", "Warszawa"),
        ("ANKARA (AA) - ", "ANKARA"),
        ("İSTANBUL (AA) — ", "İSTANBUL"),
        ("New Delhi, Nov 3 (PTI) ", "New Delhi, Nov 3"),
        ("New Delhi [India], November 3 (ANI): ", "New Delhi [India], November 3"),
        ("SEOUL, Nov. 3 (Yonhap) -- ", "SEOUL, Nov. 3"),
        ("KUALA LUMPUR, Nov 3 (Bernama) -- ", "KUALA LUMPUR, Nov 3"),
        ("Jakarta (ANTARA) - ", "Jakarta"),
        ("МОСКВА, 3 ноя - РИА Новости. ", "МОСКВА, 3 ноя"),
        ("Москва. 3 ноября. INTERFAX.RU - ", "Москва. 3 ноября"),
        ("МОСКВА, 3 ноября (ТАСС) - ", "МОСКВА, 3 ноября"),
        ("МОСКВА, 3 ноября. /ТАСС/. ", "МОСКВА, 3 ноября"),
        ("ZAGREB, 3. studenoga 2026. (Hina) - ", "ZAGREB, 3. studenoga 2026"),
        ("BEOGRAD, 3. novembra (Tanjug) - ", "BEOGRAD, 3. novembra"),
        ("Ljubljana, 03. novembra (STA) - ", "Ljubljana, 03. novembra"),
        ("Скопје, 3 ноември 2026 (МИА) - ", "Скопје, 3 ноември 2026"),
        ("ΑΘΗΝΑ (ΑΠΕ) — ", "ΑΘΗΝΑ"),
        ("Vilnius, lapkričio 3 d. (BNS). ", "Vilnius, lapkričio 3 d"),
        ("RĪGA, 3.nov., LETA. ", "RĪGA, 3.nov."),
        ("București, 3 nov /Agerpres/ - ", "București, 3 nov"),
        ("MADRID, 3 (EUROPA PRESS) ", "MADRID, 3"),
        ("Buenos Aires, 3 de noviembre (Télam).- ", "Buenos Aires, 3 de noviembre"),
        ("Roma, 3 nov. (Adnkronos) - ", "Roma, 3 nov."),
        ("(AGI) - Roma, 3 nov. - ", "Roma, 3 nov."),
        ("(Adnkronos) - ", None),
        ("(Reuters) - ", None),
        ("Nov 3 (Reuters) - ", "Nov 3"),
        ("Nov. 3 (UPI) -- ", "Nov. 3"),
        ("LONDON/PARIS, Nov 3 (Reuters) - ", "LONDON/PARIS, Nov 3"),
        ("PARIS and LONDON, Nov 3 (Reuters) - ", "PARIS and LONDON, Nov 3"),
        ("Paris, 3 nov 2025 (AFP) - ", "Paris, 3 nov 2025"),
        ("PARIS, 3 déc. 2025 (AFP) - ", "PARIS, 3 déc. 2025"),
        ("Paris, 1er nov 2025 (AFP) - ", "Paris, 1er nov 2025"),
        ("Berlin, 3. November (AFP) - ", "Berlin, 3. November"),
        ("MÜNCHEN, 3. November 2025 - ", "MÜNCHEN, 3. November 2025"),
        ("ROMA, 3 NOV - ", "ROMA, 3 NOV"),
        ("Köln (SID) ", "Köln"),
        ("Berlin (epd). ", "Berlin"),
        ("Bern (awp/sda) - ", "Bern"),
        ("BRUSSELS 03/11 (BELGA) = ", "BRUSSELS 03/11"),
        ("DEN HAAG (ANP) - ", "DEN HAAG"),
        ("'S-HERTOGENBOSCH (ANP) - ", "'S-HERTOGENBOSCH"),
        ("'s-Hertogenbosch (ANP) - ", "'s-Hertogenbosch"),
        ("OTTAWA — ", "OTTAWA"),
        ("WASHINGTON, D.C. (AP) — ", "WASHINGTON, D.C."),
        ("ABOARD AIR FORCE ONE (AP) — ", "ABOARD AIR FORCE ONE"),
        ("WEST PALM BEACH, Fla. (AP) — ", "WEST PALM BEACH, Fla."),
        ("St. Gallen (sda) - ", "St. Gallen"),
        ("Washington, Tuesday, Nov. 3 (UPI) -- ", "Washington, Tuesday, Nov. 3"),
        ("Wien (APA) - ", "Wien"),
        ("Helsinki (STT) - ", "Helsinki"),
        ("Brüssel/Berlin (dpa) - ", "Brüssel/Berlin"),
        ("LEICESTER (Quay) - ", "LEICESTER"),
        ("LONDON, Nov. 3 (Quay) - ", "LONDON, Nov. 3"),
        ("Paris, 3 nov 2026 - ", "Paris, 3 nov 2026"),
        ("L'AQUILA (ANSA) - ", "L'AQUILA"),
        ("A CORUÑA, 3 nov (EFE).- ", "A CORUÑA, 3 nov"),
        ("Ciudad de México, 3 nov (EFE).- ", "Ciudad de México, 3 nov"),
        ("Hanoi, November 3 (VNA) – ", "Hanoi, November 3"),
        ("Sofia, November 3 (BTA) - ", "Sofia, November 3"),
        ("София, 3 ноември /БТА/ ", "София, 3 ноември"),
        ("КИЇВ. 3 листопада. УКРІНФОРМ. ", "КИЇВ. 3 листопада"),
        ("NEW YORK, 3 Nov (UPI) -- ", "NEW YORK, 3 Nov"),
        ("UNITED NATIONS, Nov 3 (IPS) - ", "UNITED NATIONS, Nov 3"),
        ("Brasília, 3 de novembro de 2026 (Lusa) - ", "Brasília, 3 de novembro de 2026"),
        ("PORT-AU-PRINCE, Haiti (AP) -- ", "PORT-AU-PRINCE, Haiti"),
        ("CAIRO — ", "CAIRO"),
        ("SAN JOSÉ, 3 nov (Xinhua) -- ", "SAN JOSÉ, 3 nov"),
        ("DÜSSELDORF (dpa-AFX) - ", "DÜSSELDORF"),
        ("ČESKÉ BUDĚJOVICE (ČTK) - ", "ČESKÉ BUDĚJOVICE"),
        ("Wiesbaden (dpa/lhe) - ", "Wiesbaden"),
        ("Kiel/Lübeck (dpa/lno) - ", "Kiel/Lübeck"),
        ("Rotenburg an der Fulda (dpa/lhe) - ", "Rotenburg an der Fulda"),
        ("LOS ANGELES, Nov. 3, 2026 /PRNewswire/ -- ", "LOS ANGELES, Nov. 3, 2026"),
        ("NEW YORK--(BUSINESS WIRE)--", "NEW YORK"),
        ("MINNEAPOLIS, Nov. 03, 2026 (GLOBE NEWSWIRE) -- ", "MINNEAPOLIS, Nov. 03, 2026"),
        ("TORONTO, Nov. 3, 2026 /CNW/ - ", "TORONTO, Nov. 3, 2026"),
        ("JERUSALEM (JTA) — ", "JERUSALEM"),
        ("Genève (ats) - ", "Genève"),
        ("Stockholm (TT) - ", "Stockholm"),
        ("Tallinn, 3. november, BNS - ", "Tallinn, 3. november"),
        ("Atina, 3 Kasım (AA) - ", "Atina, 3 Kasım"),
        ("Tirana, 3 nëntor /ATSH/ - ", "Tirana, 3 nëntor"),
        ("BAKU, November 3, AZERTAC ", "BAKU, November 3"),
        ("Baghdad (INA) - ", "Baghdad"),
        ("Reykjavík, 3. nóvember (AP) - ", "Reykjavík, 3. nóvember"),
        ("Belfast, Nov 3 (PA) - ", "Belfast, Nov 3"),
        ("BUDAPEST, december 4. ", "BUDAPEST, december 4"),
        ("BUDAPEST, 2026. december 4. ", "BUDAPEST, 2026. december 4"),
        ("PÉCS, dec. 4.: ", "PÉCS, dec. 4"),
        ("REYKJAVÍK, 4. desember. ", "REYKJAVÍK, 4. desember"),
        ("BERLIN, 4. Dezember. ", "BERLIN, 4. Dezember"),
        ("WARSZAWA, 4. grudnia. ", "WARSZAWA, 4. grudnia"),
        ("OSIJEK, 4. prosinca 2026. ", "OSIJEK, 4. prosinca 2026"),
        ("BRNO 4. prosince: ", "BRNO 4. prosince"),
        ("KOŠICE 4. decembra. ", "KOŠICE 4. decembra"),
        ("NOVO MESTO, 4. decembra. ", "NOVO MESTO, 4. decembra"),
        ("TARTU, 4. detsember. ", "TARTU, 4. detsember"),
        ("TURKU 4. joulukuuta. ", "TURKU 4. joulukuuta"),
        ("BERGEN, 4. des. ", "BERGEN, 4. des"),
        ("AARHUS, 4. december: ", "AARHUS, 4. december"),
        ("KAUNAS, gruodžio 4 d. ", "KAUNAS, gruodžio 4 d"),
        ("LIEPĀJA, 4. decembris. ", "LIEPĀJA, 4. decembris"),
        ("МОСКВА, 4 декабря. ", "МОСКВА, 4 декабря"),
    ],
)
def test_datelines_of_agencies(printed: str, line: str | None) -> None:
    assert split_dateline(printed + SENTENCE, printed + SENTENCE) == Dateline(line, SENTENCE)


@pytest.mark.parametrize(
    ("printed", "line"), [("新华社广州3月5日电（记者王芳）", "广州3月5日"), ("【パリ時事】", "パリ")]
)
def test_datelines_of_chinese_and_japanese_agencies(printed: str, line: str) -> None:
    assert split_dateline(f"{printed}市政府表示。") == Dateline(line, "市政府表示。")


@pytest.mark.parametrize(
    "prose",
    [
        "NATO - the alliance - said nothing.",
        "BREAKING — Ministers met on Monday.",
        "COVID-19 is back.",
        "Rain - as ever - fell on Monday.",
        "Ministers (all of them) - met on Monday.",
        "MADRID - the city of bears - said no.",
        "The mayor (SPD) - A member since 1999 - said no.",
        "Angela Weber (CDU) - Die Abgeordnete sprach.",
        "IBM - The company said IBM would close.",
        "On Tuesday - November 3 - the union met.",
        "In May 2024 - The union said - nothing.",
        "Smith, 3 - a record - won.",
        "Tuesday, Nov 3 was cold.",
        "The union (UEFA) said it would meet.",
        "A spokesman for the AP - said it.",
        "Mr. Smith (Reuters) said it. The end.",
        "The harbour - Dunmere's largest - was closed on 3 November (AFP) - It said.",
        "Three (3) - That is the number.",
        "He came from Paris, Nov 3 and left.",
        "President Kalo of Astermoor, speaking in Paris (AP photo) said.",
        "Anna Mercer - The harbour master retires.",
        "Union leaders - Ida Mercer and Tom Hale - met.",
        "Q - When does it open?",
        "GENEVA talks — The ministers met.",
        "WHO — The WHO said on Monday.",
        "May 3 - The union met on Monday.",
        "Update 1.8 - The makers have fixed it.",
        "Born on december 4. The day was cold.",
        "In London, December 4. The whole town was there.",
        "NATO, December 4. The ministers met.",
        "December 4. The union met.",
        "Hétfő, december 4. Az unió ülésezett.",
        "PARIS, December 4. 2026 was a good year.",
        "BUDAPEST, december 4. és 5. napja.",
        "HARBOUR MAP, page 4. The quay is closed.",
        "GENEVA, 4. The ministers met.",
    ],
)
def test_prose_is_not_a_dateline(prose: str) -> None:
    assert split_dateline(prose, prose) is None


def test_a_word_in_capitals_that_the_story_repeats_is_not_a_place() -> None:
    first = "KTB — The council met."

    assert split_dateline(first, f"{first}\n\nIt praised KTB again.") is None
    assert split_dateline(first, f"{first}\n\nIt praised Ktb.") == Dateline("KTB", "The council met.")


@pytest.mark.parametrize(
    ("line", "day"),
    [
        ("Lisboa, 03 nov 2026", "2026-11-03"),
        ("Paris, 1er août 2026", "2026-08-01"),
        ("Budapest, 2026. május 9., szombat", "2026-05-09"),
        ("WASHINGTON, Friday, Feb. 6, 2026", "2026-02-06"),
        ("МОСКВА, 9 мая 2026", "2026-05-09"),
        ("Madrid, 3 nov", None),
        ("Zagreb, 3. listopada 2026", None),
        ("PARIS", None),
    ],
)
def test_the_day_of_a_dateline_needs_its_year_and_a_month_with_one_meaning(line: str, day: str | None) -> None:
    assert Dateline(line, SENTENCE).iso_day() == day


@pytest.mark.parametrize("printed", ["3 goals", "3", "40 May", "33.11.", "May"])
def test_other_numbers_and_words_are_not_days(printed: str) -> None:
    assert (is_day(printed), iso_day(printed)) == (False, None)
