"""What check-config finds in single values."""

from gateway.cli.language import Table

TABLE: Table = {
    "a name is up to 36 letters, digits, - and _; choose another name": (
        "ett namn har upp till 36 bokstäver, siffror, - och _; välj ett annat",
        "ein Name hat bis zu 36 Buchstaben, Ziffern, - und _; einen anderen wählen",
    ),
    "missing; add a table [[{}]]": ("saknas; lägg till en tabell [[{0}]]", "fehlt; eine Tabelle [[{0}]] hinzufügen"),
    "missing; add a table [{}]": ("saknas; lägg till en tabell [{0}]", "fehlt; eine Tabelle [{0}] hinzufügen"),
    "missing; add {} = {}": ("saknas; lägg till {0} = {1}", "fehlt; {0} = {1} hinzufügen"),
    'missing; add kind = "ocpi" or "mqtt"': (
        'saknas; lägg till kind = "ocpi" eller "mqtt"',
        'fehlt; kind = "ocpi" oder "mqtt" hinzufügen',
    ),
    "missing; describe each EVSE in a table [[evses]]": (
        "saknas; beskriv varje EVSE i en tabell [[evses]]",
        "fehlt; jede EVSE in einer Tabelle [[evses]] beschreiben",
    ),
    'must be a list of names, such as ["front"]': (
        'måste vara en lista med namn, som ["front"]',
        'muss eine Liste von Namen sein, wie ["front"]',
    ),
    "must be a list of tables, written as [[{}]]": (
        "måste vara en lista av tabeller, skriven [[{0}]]",
        "muss eine Liste von Tabellen sein, geschrieben [[{0}]]",
    ),
    "must be a table, written as [{}.NAME]": (
        "måste vara en tabell, skriven [{0}.NAMN]",
        "muss eine Tabelle sein, geschrieben [{0}.NAME]",
    ),
    "must be a table, written as [{}]": (
        "måste vara en tabell, skriven [{0}]",
        "muss eine Tabelle sein, geschrieben [{0}]",
    ),
    "must hold tables, written as [{}.NAME]": (
        "måste innehålla tabeller, skrivna [{0}.NAMN]",
        "muss Tabellen enthalten, geschrieben [{0}.NAME]",
    ),
    "must be one of {}": ("måste vara ett av {0}", "muss eines sein von {0}"),
    "must be a file name in quotes": (
        "måste vara ett filnamn inom citattecken",
        "muss ein Dateiname in Anführungszeichen sein",
    ),
    "must be a number, without quotes": (
        "måste vara ett tal, utan citattecken",
        "muss eine Zahl ohne Anführungszeichen sein",
    ),
    "must be a whole number, without quotes": (
        "måste vara ett heltal, utan citattecken",
        "muss eine ganze Zahl ohne Anführungszeichen sein",
    ),
    "must be text in quotes": ("måste vara text inom citattecken", "muss Text in Anführungszeichen sein"),
    "must be true or false": ("måste vara true eller false", "muss true oder false sein"),
    "unknown key; {}": ("okänd nyckel; {0:say}", "unbekannter Schlüssel; {0:say}"),
    "unknown key": ("okänd nyckel", "unbekannter Schlüssel"),
    "unknown word; {}": ("okänt ord; {0:say}", "unbekanntes Wort; {0:say}"),
    "unknown word": ("okänt ord", "unbekanntes Wort"),
    'a location\'s country has three letters; use "{}"': (
        'en plats land har tre bokstäver; använd "{0}"',
        'das Land eines Standorts hat drei Buchstaben; "{0}" verwenden',
    ),
    'a party\'s country has two letters; use "{}"': (
        'en parts land har två bokstäver; använd "{0}"',
        'das Land einer Partei hat zwei Buchstaben; "{0}" verwenden',
    ),
    'is no ISO 3166 alpha-2 country code, such as "SE"': (
        'är ingen landskod enligt ISO 3166 alpha-2, som "SE"',
        'ist kein Ländercode nach ISO 3166 alpha-2, wie "SE"',
    ),
    'is no ISO 3166 alpha-3 country code, such as "SWE"': (
        'är ingen landskod enligt ISO 3166 alpha-3, som "SWE"',
        'ist kein Ländercode nach ISO 3166 alpha-3, wie "SWE"',
    ),
}
