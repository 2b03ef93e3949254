"""What check-config finds between the parts of a configuration, and in its files."""

from gateway.cli.language import Table

TABLE: Table = {
    "{} errors; not usable": ("{0} fel; går inte att använda", "{0} Fehler; nicht benutzbar"),
    "{} errors, {} warnings; not usable": (
        "{0} fel, {1} varningar; går inte att använda",
        "{0} Fehler, {1} Warnungen; nicht benutzbar",
    ),
    "{} errors, 1 warning; not usable": (
        "{0} fel, 1 varning; går inte att använda",
        "{0} Fehler, 1 Warnung; nicht benutzbar",
    ),
    "1 error; not usable": ("1 fel; går inte att använda", "1 Fehler; nicht benutzbar"),
    "1 error, {} warnings; not usable": (
        "1 fel, {0} varningar; går inte att använda",
        "1 Fehler, {0} Warnungen; nicht benutzbar",
    ),
    "1 error, 1 warning; not usable": (
        "1 fel, 1 varning; går inte att använda",
        "1 Fehler, 1 Warnung; nicht benutzbar",
    ),
    "ok": ("ok", "ok"),
    "ok, 1 warning": ("ok, 1 varning", "ok, 1 Warnung"),
    "ok, {} warnings": ("ok, {0} varningar", "ok, {0} Warnungen"),
    "everybody on this machine can read it; run chmod o= {}": (
        "alla på maskinen kan läsa den; kör chmod o= {0}",
        "jeder auf dieser Maschine kann sie lesen; chmod o= {0} ausführen",
    ),
    'has no effect on kind "{}"; remove it': (
        'har ingen verkan för kind "{0}"; ta bort den',
        'wirkt nicht bei kind "{0}"; entfernen',
    ),
    "is empty; an EVSE needs at least one connector": (
        "är tom; en EVSE behöver minst ett uttag",
        "ist leer; eine EVSE braucht mindestens einen Anschluss",
    ),
    "is empty; nobody can start this EVSE with a card": (
        "är tom; ingen kan starta denna EVSE med kort",
        "ist leer; niemand kann diese EVSE mit einer Karte starten",
    ),
    "is no OCPI ConnectorType; {}": (
        "är ingen ConnectorType i OCPI; {0:say}",
        "ist kein ConnectorType von OCPI; {0:say}",
    ),
    "is no module that takes pushes; {}": (
        "är ingen modul som tar emot; {0:say}",
        "ist kein Modul, das Sendungen annimmt; {0:say}",
    ),
    "is used more than once; make each one unique": (
        "används mer än en gång; gör varje unikt",
        "kommt mehrfach vor; jedes eindeutig machen",
    ),
    "lets tokens travel unencrypted; use https://": (
        "låter token gå okrypterat; använd https://",
        "lässt Token unverschlüsselt reisen; https:// verwenden",
    ),
    "may be another adapter after a restart; use {}": (
        "kan vara en annan adapter efter omstart; använd {0:say}",
        "kann nach einem Neustart ein anderer Adapter sein; {0:say} verwenden",
    ),
    "{} is read instead of the model that ships under this name; rename it unless that is meant": (
        "{0} läses i stället för modellen som medföljer under detta namn; byt namn på filen om det inte är avsikten",
        "{0} wird statt des mitgelieferten Modells dieses Namens gelesen; umbenennen, falls das nicht gewollt ist",
    ),
    "a name below {}": ("ett namn under {0}", "einen Namen unter {0}"),
    'missing; kind "line" needs device = "/dev/…"': (
        'saknas; kind "line" behöver device = "/dev/…"',
        'fehlt; kind "line" braucht device = "/dev/…"',
    ),
    'missing; kind "{}" needs {} = {}': ('saknas; kind "{0}" behöver {1} = {2}', 'fehlt; kind "{0}" braucht {1} = {2}'),
    "missing; password_file needs a username": (
        "saknas; password_file behöver ett username",
        "fehlt; password_file braucht ein username",
    ),
    "missing; {} needs its {}": ("saknas; {0} behöver sin {1}", "fehlt; zu {0} gehört {1}"),
    "must have neither ? nor #": ("får varken ha ? eller #", "darf weder ? noch # enthalten"),
    "no EVSE uses this reader; name it in the readers of an EVSE": (
        "ingen EVSE använder läsaren; nämn den i readers för en EVSE",
        "keine EVSE benutzt diesen Leser; in readers einer EVSE nennen",
    ),
    "no such table [{}.…]; {}": ("det finns ingen tabell [{0}.…]; {1:say}", "es gibt keine Tabelle [{0}.…]; {1:say}"),
    "not in tariffs_file: until a backend has sent it over MQTT charging is free here": (
        "finns inte i tariffs_file: tills en backend har skickat den över MQTT är laddning gratis här",
        "steht nicht in tariffs_file: bis ein Backend ihn über MQTT geschickt hat, ist Laden hier kostenlos",
    ),
    "no such tariff in tariffs_file; {}": (
        "ingen sådan taxa i tariffs_file; {0:say}",
        "kein solcher Tarif in tariffs_file; {0:say}",
    ),
    "peers are registered only where there is [ocpi_server]; add that section": (
        "motparter registreras bara där [ocpi_server] finns; lägg till avsnittet",
        "Partner werden nur mit [ocpi_server] registriert; diesen Abschnitt hinzufügen",
    ),
    "sends the token unencrypted; use https://": (
        "sänder token okrypterat; använd https://",
        "sendet das Token unverschlüsselt; https:// verwenden",
    ),
    "this file is empty": ("filen är tom", "diese Datei ist leer"),
    "this file is empty; write the secret into it": (
        "filen är tom; skriv hemligheten i den",
        "diese Datei ist leer; das Geheimnis hineinschreiben",
    ),
    "this tariff is in {}, the site in {}; use one currency": (
        "taxan är i {0}, anläggningen i {1}; använd en valuta",
        "dieser Tarif ist in {0}, der Standort in {1}; eine Währung verwenden",
    ),
    "unknown meter model; {}": ("okänd mätarmodell; {0:say}", "unbekanntes Zählermodell; {0:say}"),
    "{} has the same coil of this relay board; give each its own": (
        "{0} har samma relä på kortet; ge var och en sitt eget",
        "{0} hat dasselbe Relais der Karte; jedem ein eigenes geben",
    ),
    "{} has the same one; put all devices on one bus": (
        "{0} har samma; lägg alla enheter på en buss",
        "{0} hat denselben; alle Geräte an einen Bus legen",
    ),
    "{} has the same unit on bus {}; give each device its own": (
        "{0} har samma adress på buss {1}; ge varje enhet sin egen",
        "{0} hat dieselbe Adresse an Bus {1}; jedem Gerät eine eigene geben",
    ),
    "{} has the same {}; give each EVSE its own": (
        "{0} har samma {1}; ge varje EVSE sin egen",
        "{0} hat denselben Wert für {1}; jeder EVSE einen eigenen geben",
    ),
    "cannot be read: {}": ("kan inte läsas: {0}", "nicht lesbar: {0}"),
    "is a pipe or a device, which may never end; put a file there": (
        "är ett rör eller en enhet, som kanske aldrig tar slut; lägg en fil där",
        "ist eine Pipe oder ein Gerät, das vielleicht nie endet; eine Datei dorthin legen",
    ),
    "is not TOML: a number in it is too long to be read": (
        "är inte TOML: ett tal i den är för långt för att läsas",
        "ist kein TOML: eine Zahl darin ist zu lang, um gelesen zu werden",
    ),
    "is not TOML: it is nested too deeply": (
        "är inte TOML: det är nästlat för djupt",
        "ist kein TOML: es ist zu tief verschachtelt",
    ),
    "is not TOML: {}": ("är inte TOML: {0}", "ist kein TOML: {0}"),
    "is not UTF-8 text; save the file as UTF-8": (
        "är inte UTF-8-text; spara filen som UTF-8",
        "ist kein UTF-8-Text; die Datei als UTF-8 speichern",
    ),
    "may not be read by this user; run chgrp ocpi-gateway and chmod g+r on it": (
        "får inte läsas av denna användare; kör chgrp ocpi-gateway och chmod g+r på den",
        "darf von diesem Benutzer nicht gelesen werden; chgrp ocpi-gateway und chmod g+r darauf ausführen",
    ),
    "no such file; create it or correct the name": (
        "filen finns inte; skapa den eller rätta namnet",
        "keine solche Datei; anlegen oder den Namen berichtigen",
    ),
    "root's alone, and the service gets it when it starts: systemctl restart ocpi-gateway": (
        "bara för root, och tjänsten får den när den startar: systemctl restart ocpi-gateway",
        "nur für root, und der Dienst bekommt sie beim Start: systemctl restart ocpi-gateway",
    ),
    'did you mean "{}"?': ('menade du "{0}"?', 'ist "{0}" gemeint?'),
    "known {}: {}": ("kända {0:say}: {1}", "bekannte {0:say}: {1}"),
    "there are no {}": ("det finns inga {0:say}", "es gibt keine {0:say}"),
    "buses": ("bussar", "Busse"),
    "meters": ("mätare", "Zähler"),
    "controllers": ("styrningar", "Steuerungen"),
    "readers": ("läsare", "Leser"),
    "models": ("modeller", "Modelle"),
    "tariffs": ("taxor", "Tarife"),
    "modules": ("moduler", "Module"),
    "types": ("typer", "Typen"),
    "words": ("ord", "Wörter"),
    "keys here": ("nycklar här", "Schlüssel hier"),
    "time zones": ("tidszoner", "Zeitzonen"),
    "{}; correct the file": ("{0}; rätta filen", "{0}; die Datei berichtigen"),
    "missing, so only Sessions and CDRs of {}*{}'s own drivers go there": (
        "saknas, så bara sessioner och CDR:er för {0}*{1}:s egna förare går dit",
        "fehlt, also gehen nur Sessions und CDRs der eigenen Fahrer von {0}*{1} dorthin",
    ),
    'add drivers = "all" if it is your own platform, else drivers = "own"': (
        'lägg till drivers = "all" om det är er egen plattform, annars drivers = "own"',
        'drivers = "all" hinzufügen, wenn es die eigene Plattform ist, sonst drivers = "own"',
    ),
    "has expired, {} UTC: charging is free here; give it a later end_date_time": (
        "har gått ut, {0} UTC: här är laddningen gratis; ge den en senare end_date_time",
        "ist abgelaufen, {0} UTC: hier ist das Laden umsonst; ein späteres end_date_time eintragen",
    ),
    "is not valid before {} UTC: until then charging is free here": (
        "gäller inte före {0} UTC: till dess är laddningen gratis här",
        "gilt nicht vor {0} UTC: bis dahin ist das Laden hier umsonst",
    ),
}
