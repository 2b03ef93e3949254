"""What `bus` says of lines, searches and frames, and what came in place of a reply."""

from gateway.cli.language import Table

TABLE: Table = {
    "USB latency timer {} ms": ("USB-latenstid {0} ms", "USB-Latenz {0} ms"),
    "Modbus TCP at port {}": ("Modbus TCP på port {0}", "Modbus TCP an Port {0}"),
    "RTU over TCP at port {}": ("RTU över TCP på port {0}", "RTU über TCP an Port {0}"),
    "RTU over TCP": ("RTU över TCP", "RTU über TCP"),
    "Modbus TCP": ("Modbus TCP", "Modbus TCP"),
    "{} baud 8{}{}": ("{0} baud 8{1}{2}", "{0} Baud 8{1}{2}"),
    "the line": ("linjen", "die Leitung"),
    "no device is configured on this bus": (
        "ingen enhet är konfigurerad på denna buss",
        "an diesem Bus ist kein Gerät konfiguriert",
    ),
    "{} of {} cycles were longer than poll_interval_s; the last one took {} ms": (
        "{0} av {1} varv var längre än poll_interval_s; det senaste tog {2} ms",
        "{0} von {1} Umläufen dauerten länger als poll_interval_s; der letzte {2} ms",
    ),
    "stopped; not everything was asked": ("avbrutet; allt frågades inte", "abgebrochen; nicht alles wurde gefragt"),
    "nothing answers; check power, A and B, and termination, then try --units with the id on the display": (
        "inget svarar; kontrollera matning, A och B, och terminering, prova sedan --units med adressen på displayen",
        "nichts antwortet; Versorgung, A und B und Abschluss prüfen, dann --units mit der Adresse auf dem Display versuchen",
    ),
    "To paste into the configuration, with names that the site knows:": (
        "Att klistra in i konfigurationen, med namn som anläggningen känner:",
        "Zum Einfügen in die Konfiguration, mit Namen, die man am Standort kennt:",
    ),
    "there is no bus {}; known buses: {}": (
        "det finns ingen buss {0}; kända: {1:say}",
        "es gibt keinen Bus {0}; bekannt sind: {1:say}",
    ),
    "no bus": ("ingen buss", "keinem Bus"),
    "{} frames of {} in {}": ("{0} telegram från {1:say} i {2}", "{0} Telegramme von {1:say} in {2}"),
    "bus {} is 127.0.1.{} there, the gateway 127.0.0.1": (
        "bussen {0} är 127.0.1.{1} där, gatewayen 127.0.0.1",
        "der Bus {0} ist dort 127.0.1.{1}, das Gateway 127.0.0.1",
    ),
    "{} frames came too fast and are missing; trace one --bus at a time": (
        "{0} telegram kom för snabbt och saknas; följ en --bus i taget",
        "{0} Telegramme kamen zu schnell und fehlen; einen --bus nach dem anderen mitschneiden",
    ),
    "seconds must be a number above 0 and at most {}": (
        "seconds måste vara ett tal över 0 och högst {0}",
        "seconds muss eine Zahl über 0 und höchstens {0} sein",
    ),
    "another process": ("en annan process", "einem anderen Prozess"),
    "{}: no frame is whole in what came: {}": (
        "{0:say}: inget telegram är helt i det som kom: {1}",
        "{0:say}: kein Telegramm ist ganz in dem, was kam: {1}",
    ),
    "unit {} spoke": ("adress {0} svarade", "Adresse {0} sprach"),
    "function {} instead of {}": ("funktion {0} i stället för {1}", "Funktion {0} statt {1}"),
    "{} data bytes instead of {}": ("{0} databyte i stället för {1}", "{0} Datenbytes statt {1}"),
    "MEI type {} instead of {}": ("MEI-typ {0} i stället för {1}", "MEI-Typ {0} statt {1}"),
    "checksum does not match": ("kontrollsumman stämmer inte", "die Prüfsumme stimmt nicht"),
    "{} bytes more than the reply has": ("{0} byte mer än svaret har", "{0} Bytes mehr, als die Antwort hat"),
    "{} bytes where the reply has {}": ("{0} byte där svaret har {1:say}", "{0} Bytes, wo die Antwort {1:say} hat"),
    "more": ("fler", "mehr"),
    "this is not Modbus TCP": ("detta är inte Modbus TCP", "das ist kein Modbus TCP"),
    "correct the bus's `kind` or `port`": (
        "rätta bussens `kind` eller `port`",
        "`kind` oder `port` des Busses berichtigen",
    ),
    "the echo of the write differs": ("ekot av skrivningen avviker", "das Echo des Schreibens weicht ab"),
    "vehicle state is {}, none of 1 to 5": (
        "fordonsläget är {0}, inget av 1 till 5",
        "der Fahrzeugzustand ist {0}, keiner von 1 bis 5",
    ),
    "diode check failed": ("diodprovet misslyckades", "die Diodenprüfung schlug fehl"),
    "ventilation required": ("ventilation krävs", "Belüftung verlangt"),
    "waiting for pilot release": ("väntar på att pilotsignalen frigörs", "wartet auf Freigabe des Pilotsignals"),
    "residual current device (bit 4)": ("jordfelsbrytare (bit 4)", "Fehlerstromschutz (Bit 4)"),
    "residual current device (bit 5)": ("jordfelsbrytare (bit 5)", "Fehlerstromschutz (Bit 5)"),
    "vehicle state 5": ("fordonsläge 5", "Fahrzeugzustand 5"),
    "charging switched off in register 1004": (
        "laddning avstängd i register 1004",
        "Laden in Register 1004 abgeschaltet",
    ),
    "{}: no 'SunS' at {}, so it has no SunSpec map": (
        "{0:say}: inget 'SunS' på {1}, så den har ingen SunSpec-karta",
        "{0:say}: kein 'SunS' an {1}, also hat es keine SunSpec-Tabelle",
    ),
    "{}: its SunSpec map has the blocks {} and no meter ({})": (
        "{0:say}: dess SunSpec-karta har blocken {1:say} och ingen mätare ({2})",
        "{0:say}: seine SunSpec-Tabelle hat die Blöcke {1:say} und keinen Zähler ({2})",
    ),
    "give it another `model` or `unit`": (
        "ge den en annan `model` eller `unit`",
        "ihm ein anderes `model` oder `unit` geben",
    ),
    "{}: its SunSpec block {} at {} is cut short, to {} registers": (
        "{0:say}: dess SunSpec-block {1} på {2} är avkortat, till {3} register",
        "{0:say}: sein SunSpec-Block {1} an {2} ist verkürzt, auf {3} Register",
    ),
    "ask its maker for other firmware": (
        "be tillverkaren om annan programvara",
        "beim Hersteller nach anderer Firmware fragen",
    ),
    "no card reader whose name contains {} (pcscd sees: {})": (
        "ingen kortläsare vars namn innehåller {0} (pcscd ser: {1:say})",
        "kein Kartenleser, dessen Name {0} enthält (pcscd sieht: {1:say})",
    ),
    "none at all": ("ingen alls", "gar keinen"),
    "plug it in, or correct `match` in the configuration": (
        "anslut den, eller rätta `match` i konfigurationen",
        "ihn einstecken oder `match` in der Konfiguration berichtigen",
    ),
    "{} is gone": ("{0} är borta", "{0} ist weg"),
    "plug it in again, or power-cycle its USB port": (
        "anslut den igen, eller bryt USB-portens matning ett ögonblick",
        "ihn neu einstecken oder seinen USB-Port kurz stromlos machen",
    ),
    "not looked for yet": ("inte sökt ännu", "noch nicht gesucht"),
    "the card was taken away before it was read": (
        "kortet togs bort innan det var läst",
        "die Karte wurde weggenommen, bevor sie gelesen war",
    ),
    "hold it to the reader for a second": (
        "håll det mot läsaren en sekund",
        "sie eine Sekunde an den Leser halten",
    ),
    "this card has no number to read (a contact card?)": (
        "detta kort har inget nummer att läsa (ett kontaktkort?)",
        "diese Karte hat keine lesbare Nummer (eine Kontaktkarte?)",
    ),
    "use a contactless charging card": (
        "använd ett kontaktlöst laddkort",
        "eine kontaktlose Ladekarte verwenden",
    ),
    "the card would not show its number": (
        "kortet ville inte visa sitt nummer",
        "die Karte wollte ihre Nummer nicht zeigen",
    ),
    "the card answered {} when asked for its number": (
        "kortet svarade {0} på frågan om sitt nummer",
        "die Karte antwortete {0} auf die Frage nach ihrer Nummer",
    ),
    "use another card": ("ta ett annat kort", "eine andere Karte nehmen"),
}
