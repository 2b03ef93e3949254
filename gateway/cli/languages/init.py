"""What init asks and tells."""

from gateway.cli.language import Table

TABLE: Table = {
    "searching {}; Ctrl-C goes on with what was found": (
        "söker på {0}; Ctrl-C fortsätter med det som hittats",
        "sucht an {0}; Strg-C macht mit dem Gefundenen weiter",
    ),
    "{}, unit {}; {} found": ("{0:say}, adress {1}; {2} hittade", "{0:say}, Adresse {1}; {2} gefunden"),
    "cannot search {}: {}": ("kan inte söka på {0}: {1:say}", "kann an {0} nicht suchen: {1:say}"),
    "there is no USB serial adapter; plug it in, or name a port or host with --port": (
        "det finns ingen USB-serieadapter; anslut den, eller ange en port eller värd med --port",
        "es gibt keinen USB-Seriell-Adapter; einstecken, oder Schnittstelle oder Host mit --port nennen",
    ),
    "card readers were not looked for: {}": (
        "kortläsare söktes inte: {0:say}",
        "Kartenleser wurden nicht gesucht: {0:say}",
    ),
    "no meter with a controller was found, so there is no EVSE to configure; check the wiring with bus scan": (
        "ingen mätare med styrning hittades, så det finns ingen EVSE att konfigurera; kontrollera kablaget med bus scan",
        "kein Zähler mit Steuerung wurde gefunden, also gibt es keine EVSE; Verdrahtung mit bus scan prüfen",
    ),
    "does each meter count behind its controller?": (
        "räknar varje mätare bakom sin styrning?",
        "zählt jeder Zähler hinter seiner Steuerung?",
    ),
    "which EVSE is wrong": ("vilken EVSE är fel", "welche EVSE ist falsch"),
    "its controller": ("dess styrning", "ihre Steuerung"),
    "known are {}": ("kända är {0}", "bekannt sind {0}"),
    "wrote {}": ("skrev {0}", "{0} geschrieben"),
    "secrets stand in {}/credentials, for root alone": (
        "hemligheter finns i {0}/credentials, bara för root",
        "Geheimnisse stehen in {0}/credentials, nur für root",
    ),
    "next:": ("härnäst:", "als Nächstes:"),
    "put the cards that may charge into tokens.json; gateway.toml(5) says how": (
        "lägg korten som får ladda i tokens.json; gateway.toml(5) säger hur",
        "die Karten, die laden dürfen, in tokens.json eintragen; gateway.toml(5) sagt, wie",
    ),
    "ocpi-gateway doctor checks the site; systemctl start ocpi-gateway starts it": (
        "ocpi-gateway doctor kontrollerar anläggningen; systemctl start ocpi-gateway startar den",
        "ocpi-gateway doctor prüft den Standort; systemctl start ocpi-gateway startet ihn",
    ),
    "country of the operator, two letters (SE)": (
        "operatörens land, två bokstäver (SE)",
        "Land des Betreibers, zwei Buchstaben (DE)",
    ),
    "party id of the operator, three characters (ABC)": (
        "operatörens party id, tre tecken (ABC)",
        "Party-ID des Betreibers, drei Zeichen (ABC)",
    ),
    "currency of the tariffs (SEK)": ("taxornas valuta (SEK)", "Währung der Tarife (EUR)"),
    "time zone of the site (Europe/Stockholm)": (
        "anläggningens tidszon (Europe/Stockholm)",
        "Zeitzone des Standorts (Europe/Berlin)",
    ),
    "id of the location in OCPI; it never changes": (
        "platsens id i OCPI; det ändras aldrig",
        "ID des Standorts in OCPI; sie ändert sich nie",
    ),
    "street and number": ("gata och nummer", "Straße und Nummer"),
    "city": ("ort", "Ort"),
    "country of the site, three letters (SWE)": (
        "platsens land, tre bokstäver (SWE)",
        "Land des Standorts, drei Buchstaben (DEU)",
    ),
    "latitude in degrees (59.33740)": ("latitud i grader (59.33740)", "Breite in Grad (52.51860)"),
    "longitude in degrees (18.06324)": ("longitud i grader (18.06324)", "Länge in Grad (13.37620)"),
    "current of each connector in A": ("varje uttags ström i A", "Strom jedes Anschlusses in A"),
    "phases of each connector, 1 or 3": ("varje uttags faser, 1 eller 3", "Phasen jedes Anschlusses, 1 oder 3"),
    "must be a whole number from 6 to 1000": (
        "måste vara ett heltal från 6 till 1000",
        "muss eine ganze Zahl von 6 bis 1000 sein",
    ),
    "must be 1 or 3": ("måste vara 1 eller 3", "muss 1 oder 3 sein"),
    "send bills to an OCPI peer?": (
        "skicka räkningar till en OCPI-motpart?",
        "Rechnungen an einen OCPI-Partner senden?",
    ),
    "its versions URL": ("dess versions-URL", "seine Versions-URL"),
    "its country and party id, as SE-OPR": (
        "dess land och party id, som SE-OPR",
        "sein Land und seine Party-ID, wie DE-OPR",
    ),
    "its credentials token": ("dess credentials token", "sein Credentials-Token"),
    "send bills to an MQTT broker?": (
        "skicka räkningar till en MQTT-broker?",
        "Rechnungen an einen MQTT-Broker senden?",
    ),
    "its host name": ("dess värdnamn", "sein Hostname"),
    "how we log in there (- for without)": (
        "hur vi loggar in där (- för utan)",
        "unser Benutzername dort (- für ohne)",
    ),
    "its password": ("dess lösenord", "sein Passwort"),
    "nobody is there to be asked: say {}": (
        "ingen finns att fråga: ange {0}",
        "niemand ist da zum Fragen: {0} angeben",
    ),
    "--max-current-a {}: {}": ("--max-current-a {0}: {1:say}", "--max-current-a {0}: {1:say}"),
    "--ocpi-url needs --ocpi-party with the peer's country and party id, as SE-OPR": (
        "--ocpi-url behöver --ocpi-party med motpartens land och party id, som SE-OPR",
        "--ocpi-url braucht --ocpi-party mit Land und Party-ID des Partners, wie DE-OPR",
    ),
    "--ocpi-url needs --ocpi-token-file with the token that the peer gave out": (
        "--ocpi-url behöver --ocpi-token-file med det token som motparten gav",
        "--ocpi-url braucht --ocpi-token-file mit dem Token des Partners",
    ),
    "{} cannot be read as text; check {}": (
        "{0} kan inte läsas som text; kontrollera {1}",
        "{0} ist nicht als Text lesbar; {1} prüfen",
    ),
    "{} is empty; write the secret into it": (
        "{0} är tom; skriv hemligheten i den",
        "{0} ist leer; das Geheimnis hineinschreiben",
    ),
    "unit {} speaks {}: set it to {} before it can share the line": (
        "adress {0} talar {1}: ställ den på {2} innan den kan dela linjen",
        "Adresse {0} spricht {1}: auf {2} stellen, bevor sie die Leitung teilen kann",
    ),
    "{} unit {} is left out: {}": ("{0} adress {1} utelämnas: {2:say}", "{0} Adresse {1} wird weggelassen: {2:say}"),
    "{} unit {}: {}": ("{0:say} adress {1}: {2:say}", "{0:say} Adresse {1}: {2:say}"),
    "meter-{} is {}, {}": ("meter-{0} är {1}, {2:say}", "meter-{0} ist {1}, {2:say}"),
    "or {}: the type plate says which": (
        "eller {0}: märkskylten säger vilken",
        "oder {0}: das Typenschild sagt, welcher",
    ),
    "recognised by its live values only: compare the energy with the display before billing": (
        "igenkänd bara på sina värden: jämför energin med displayen innan den debiterar",
        "nur an seinen Werten erkannt: vor der Abrechnung die Energie mit dem Display vergleichen",
    ),
    "{} is taken to count behind coil {} of {}: compare the wiring": (
        "{0} antas räkna bakom relä {1} på {2}: jämför kablaget",
        "{0} zählt vermutlich hinter Relais {1} von {2}: mit der Verdrahtung vergleichen",
    ),
    "{} counts for no EVSE: no controller is left for it": (
        "{0} räknar för ingen EVSE: ingen styrning finns kvar",
        "{0} zählt für keine EVSE: keine Steuerung ist übrig",
    ),
    "{} switches for no EVSE: no meter is left for it": (
        "{0} styr ingen EVSE: ingen mätare finns kvar",
        "{0} schaltet für keine EVSE: kein Zähler ist übrig",
    ),
    "no card reader was found: nobody can start with a card until one is configured": (
        "ingen kortläsare hittades: ingen kan starta med kort förrän en är konfigurerad",
        "kein Kartenleser wurde gefunden: niemand kann mit einer Karte starten, bis einer konfiguriert ist",
    ),
    "every reader serves every EVSE: a driver plugs in first, so that it is known which one is meant": (
        "varje läsare gäller varje EVSE: föraren ansluter först, så att man vet vilken som menas",
        "jeder Leser gilt für jede EVSE: der Fahrer steckt zuerst ein, damit klar ist, welche gemeint ist",
    ),
    "something answers, but {} of {} replies are spoilt: two devices with this id (switch one off and scan again), another parity, or a bad line": (
        "något svarar, men {0} av {1} svar är störda: två enheter med samma adress (stäng av en och sök igen), annan paritet, eller dålig linje",
        "etwas antwortet, aber {0} von {1} Antworten sind gestört: zwei Geräte mit dieser Adresse (eines abschalten, erneut suchen), andere Parität oder schlechte Leitung",
    ),
    "answers, and is nothing known here": ("svarar, och är inget känt", "antwortet und ist hier unbekannt"),
    "{} is there already and is left as it is; say --force to replace it, it is kept then": (
        "{0} finns redan och lämnas som den är; ange --force för att ersätta den, den sparas då",
        "{0} ist schon da und bleibt; mit --force ersetzen, sie wird dann aufgehoben",
    ),
    "may not write to {}; use sudo, or write elsewhere with --config": (
        "får inte skriva i {0}; använd sudo, eller skriv någon annanstans med --config",
        "darf nicht nach {0} schreiben; sudo benutzen oder mit --config woandershin schreiben",
    ),
    "nothing was written, for check-config would refuse it:": (
        "inget skrevs, för check-config skulle neka det:",
        "nichts wurde geschrieben, denn check-config lehnte es ab:",
    ),
    "cannot write {}: {}": ("kan inte skriva {0}: {1}", "kann {0} nicht schreiben: {1}"),
    "is it your own platform, which gets the bills of all drivers?": (
        "är det er egen plattform, som får alla förares räkningar?",
        "ist es die eigene Plattform, die die Rechnungen aller Fahrer bekommt?",
    ),
}
