"""What `price` shows of a bill, and what it notes."""

from gateway.cli.language import Table

TABLE: Table = {
    "OCPI {}, {}, times in {}": ("OCPI {0}, {1}, tider i {2}", "OCPI {0}, {1}, Zeiten in {2}"),
    "PERIOD FROM": ("PERIOD FRÅN", "PERIODE AB"),
    "PRICED BY": ("PRISSATT AV", "PREIS NACH"),
    "ELEMENT": ("ELEMENT", "ELEMENT"),
    "INCL. VAT": ("INKL. MOMS", "MIT MWST"),
    "BEFORE TAX": ("FÖRE SKATT", "VOR STEUERN"),
    "WITH TAX": ("MED SKATT", "MIT STEUERN"),
    "TOTAL": ("SUMMA", "SUMME"),
    "IN THE CDR": ("I CDR:EN", "IM CDR"),
    "no tariff": ("ingen tariff", "kein Tarif"),
    "no element": ("inget element", "kein Element"),
    "the same": ("samma", "gleich"),
    "DIFFERS": ("AVVIKER", "WEICHT AB"),
    "fee": ("avgift", "Gebühr"),
    "parking": ("parkering", "Parken"),
    "reserved": ("reserverad", "reserviert"),
    "min current": ("lägsta ström", "kleinster Strom"),
    "max current": ("högsta ström", "größter Strom"),
    "min power": ("lägsta effekt", "kleinste Leistung"),
    "max power": ("högsta effekt", "größte Leistung"),
    "reservation time": ("reservationstid", "Reservierungszeit"),
    "nothing in it has a price": ("inget i den har ett pris", "nichts darin hat einen Preis"),
    "the tariff's minimum price makes a difference of {}": (
        "tariffens lägsta pris gör en skillnad på {0}",
        "der Mindestpreis des Tarifs macht einen Unterschied von {0}",
    ),
    "the tariff's maximum price makes a difference of {}": (
        "tariffens högsta pris gör en skillnad på {0}",
        "der Höchstpreis des Tarifs macht einen Unterschied von {0}",
    ),
    "note": ("obs", "Hinweis"),
    "the tariff's prices include taxes": (
        "tariffens priser är inklusive skatt",
        "die Preise des Tarifs enthalten Steuern",
    ),
    "the CDR has no tariff: it costs nothing; give one with --tariff": (
        "CDR:en har ingen tariff: den kostar inget; ange en med --tariff",
        "der CDR hat keinen Tarif: er kostet nichts; mit --tariff einen angeben",
    ),
    "no period names a tariff; all are priced with the only one in the CDR": (
        "ingen period nämner en tariff; alla prissätts med den enda i CDR:en",
        "keine Periode nennt einen Tarif; für alle gilt der einzige im CDR",
    ),
    "a period that names no tariff is free, as the specification has it": (
        "en period som inte nämner någon tariff är gratis, enligt specifikationen",
        "eine Periode, die keinen Tarif nennt, ist kostenlos, wie es die Spezifikation sagt",
    ),
    "a period names a tariff that is not in the CDR; it is priced with the only one there": (
        "en period nämner en tariff som inte finns i CDR:en; den prissätts med den enda som finns",
        "eine Periode nennt einen Tarif, der nicht im CDR steht; für sie gilt der einzige dort",
    ),
    "tariff {} is not valid when the charge begins": (
        "tariff {0} gäller inte när laddningen börjar",
        "Tarif {0} gilt nicht, wenn die Ladung beginnt",
    ),
    "the CDR and its tariffs name more than one currency": (
        "CDR:en och dess tariffer nämner mer än en valuta",
        "der CDR und seine Tarife nennen mehr als eine Währung",
    ),
    "this is a credit CDR: its total_cost is negative, its other totals are not": (
        "detta är en kredit-CDR: dess total_cost är negativ, dess andra summor inte",
        "dies ist ein Gutschrift-CDR: sein total_cost ist negativ, seine anderen Summen nicht",
    ),
    "end_date_time lies before the start of the last period; it is passed over": (
        "end_date_time ligger före den sista periodens början; den förbigås",
        "end_date_time liegt vor dem Beginn der letzten Periode; es wird übergangen",
    ),
    "the periods were not in order; they are priced in the order of their starts": (
        "perioderna var inte i ordning; de prissätts i den ordning de börjar",
        "die Perioden waren nicht geordnet; sie gelten in der Reihenfolge ihres Beginns",
    ),
    "the tariff depends on local time, taken to be UTC here; give the location's with --time-zone": (
        "tariffen beror på lokal tid, som här antas vara UTC; ange platsens med --time-zone",
        "der Tarif hängt von der Ortszeit ab, für die hier UTC gilt; die des Standorts mit --time-zone angeben",
    ),
    "the tariff depends on the current, which {} of {} periods do not tell ({}): its elements that ask for it do not apply there": (
        "tariffen beror på strömmen, som {0} av {1} perioder inte anger ({2}): element som frågar efter den gäller inte där",
        "der Tarif hängt vom Strom ab, den {0} von {1} Perioden nicht nennen ({2}): Elemente, die nach ihm fragen, gelten dort nicht",
    ),
    "the tariff depends on the power, which {} of {} periods do not tell ({}): its elements that ask for it do not apply there": (
        "tariffen beror på effekten, som {0} av {1} perioder inte anger ({2}): element som frågar efter den gäller inte där",
        "der Tarif hängt von der Leistung ab, die {0} von {1} Perioden nicht nennen ({2}): Elemente, die nach ihr fragen, gelten dort nicht",
    ),
    "{} is {} kWh, but the periods add up to {} kWh": (
        "{0} är {1:num} kWh, men perioderna blir tillsammans {2:num} kWh",
        "{0} ist {1:num} kWh, aber die Perioden ergeben zusammen {2:num} kWh",
    ),
    "{} is {} h, but the periods add up to {} h": (
        "{0} är {1:num} h, men perioderna blir tillsammans {2:num} h",
        "{0} ist {1:num} h, aber die Perioden ergeben zusammen {2:num} h",
    ),
}
