"""What is said of CDRs that a backend has, is sent again, or that are taken back."""

from gateway.cli.language import Table

TABLE: Table = {
    "NUMBER": ("NUMMER", "NUMMER"),
    "DIGEST": ("KONTROLLSUMMA", "PRÜFSUMME"),
    "delivered": ("levererad", "geliefert"),
    "{} CDR": ("{0} CDR", "{0} CDR"),
    "{} CDRs": ("{0} CDR:er", "{0} CDRs"),
    "{} of which backend? say its name in the configuration": (
        "{0}: för vilken mottagare? ange dess namn i konfigurationen",
        "{0}: für welches Backend? seinen Namen in der Konfiguration angeben",
    ),
    "{} was owed {} in all": (
        "{0} har haft {1:say} att få sammanlagt",
        "{0} stand insgesamt zu: {1:say}",
    ),
    "go on with --from {}": ("fortsätt med --from {0}", "weiter mit --from {0}"),
    "say which, by number: ocpi-gateway cdrs inventory BACKEND shows them": (
        "ange vilka, med nummer: ocpi-gateway cdrs inventory BACKEND visar dem",
        "angeben, welche, mit Nummer: ocpi-gateway cdrs inventory BACKEND zeigt sie",
    ),
    "{} will be sent to {} again, byte for byte": (
        "{0:say} skickas till {1} igen, byte för byte",
        "es wird erneut an {1} gesendet, Byte für Byte: {0:say}",
    ),
    "not in its inventory: {}": ("inte i dess förteckning: {0}", "nicht in seinem Verzeichnis: {0}"),
    "{} is no number and no range: write 17 or 17-20": (
        "{0} är varken ett nummer eller ett intervall: skriv 17 eller 17-20",
        "{0} ist weder Nummer noch Bereich: 17 oder 17-20 schreiben",
    ),
    "{} is too much at once: take at most {}": (
        "{0} är för mycket på en gång: ta högst {1}",
        "{0} ist zu viel auf einmal: höchstens {1} nehmen",
    ),
    "no backend {} is configured; there are: {}": (
        "ingen mottagare {0} är konfigurerad; det finns: {1:say}",
        "kein Backend {0} ist konfiguriert; es gibt: {1:say}",
    ),
    "what is to be replaced by what? give --tariff ID, --energy-wh N, or both": (
        "vad ska ersättas med vad? ange --tariff ID, --energy-wh N, eller båda",
        "was soll wodurch ersetzt werden? --tariff ID, --energy-wh N oder beides angeben",
    ),
    "--tariff and --energy-wh say what a new CDR has; add --replace": (
        "--tariff och --energy-wh säger vad en ny CDR har; lägg till --replace",
        "--tariff und --energy-wh sagen, was ein neuer CDR hat; --replace ergänzen",
    ),
    "there is no CDR {}; run ocpi-gateway cdrs to see them": (
        "det finns ingen CDR {0}; ocpi-gateway cdrs visar dem",
        "es gibt keinen CDR {0}; ocpi-gateway cdrs zeigt sie",
    ),
    "{} is being credited already": ("{0} krediteras redan", "{0} wird schon gutgeschrieben"),
    "{} is credited already, by {}: {}": (
        "{0} är redan krediterad, med {1}: {2}",
        "{0} ist schon gutgeschrieben, durch {1}: {2}",
    ),
    "{} is a credit CDR; it takes {} back and cannot be taken back": (
        "{0} är en kredit-CDR; den tar tillbaka {1} och kan inte själv tas tillbaka",
        "{0} ist ein Gutschrift-CDR; er nimmt {1} zurück und kann nicht zurückgenommen werden",
    ),
    "{} is a credit CDR; send a new CDR instead of taking the credit back": (
        "{0} är en kredit-CDR; skicka en ny CDR i stället för att ta tillbaka krediteringen",
        "{0} ist ein Gutschrift-CDR; einen neuen CDR senden, statt die Gutschrift zurückzunehmen",
    ),
    "{} is credited by {}": ("{0} krediteras med {1}", "{0} wird durch {1} gutgeschrieben"),
    "{} is credited by {} and replaced by {}": (
        "{0} krediteras med {1} och ersätts med {2}",
        "{0} wird durch {1} gutgeschrieben und durch {2} ersetzt",
    ),
    "a replacement needs another tariff, other energy, or both: --tariff ID, --energy-wh N": (
        "en ersättning kräver en annan tariff, annan energi, eller båda: --tariff ID, --energy-wh N",
        "ein Ersatz braucht einen anderen Tarif, andere Energie oder beides: --tariff ID, --energy-wh N",
    ),
    "{} Wh cannot have been charged; give 0 to {}": (
        "{0} Wh kan inte ha laddats; ange 0 till {1}",
        "{0} Wh können nicht geladen worden sein; 0 bis {1} angeben",
    ),
    "there is no tariff {} in tariffs_file; there are: {}": (
        "det finns ingen tariff {0} i tariffs_file; det finns: {1:say}",
        "es gibt keinen Tarif {0} in tariffs_file; es gibt: {1:say}",
    ),
    "is not set": ("är inte satt", "ist nicht gesetzt"),
    "ocpi-gateway check-config tells all of it": (
        "ocpi-gateway check-config säger allt",
        "ocpi-gateway check-config sagt alles",
    ),
    "no energy was counted: the EVSE was reserved, and nobody came": (
        "ingen energi räknades: EVSE:n var reserverad, och ingen kom",
        "es wurde keine Energie gezählt: die EVSE war reserviert, und niemand kam",
    ),
    "is empty, give it a value": ("är tom, ange ett värde", "ist leer, einen Wert angeben"),
    "has {} characters, OCPI allows at most {}, shorten it": (
        "har {0} tecken, OCPI tillåter högst {1}, korta av",
        "hat {0} Zeichen, OCPI erlaubt höchstens {1}, kürzen",
    ),
    "has a character outside printable ASCII, remove it": (
        "har ett tecken utanför skrivbar ASCII, ta bort det",
        "hat ein Zeichen außerhalb von druckbarem ASCII, es entfernen",
    ),
    "has a control character, remove it": (
        "har ett styrtecken, ta bort det",
        "hat ein Steuerzeichen, es entfernen",
    ),
}
