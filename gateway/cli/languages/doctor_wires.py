"""The doctor on meters, contactors and backends."""

from gateway.cli.language import Table

TABLE: Table = {
    "no meter is configured": ("ingen mätare är konfigurerad", "kein Zähler ist konfiguriert"),
    "its counter is not read": ("dess räkneverk läses inte", "sein Zählwerk wird nicht gelesen"),
    "see ocpi-gateway bus stats for the line, and the display for the value": (
        "se ocpi-gateway bus stats för linjen, och displayen för värdet",
        "ocpi-gateway bus stats für die Leitung ansehen, das Display für den Wert",
    ),
    "its errors have a pattern": ("dess fel har ett mönster", "seine Fehler haben ein Muster"),
    "correct the model's file": ("rätta modellens fil", "die Datei des Modells berichtigen"),
    "did not answer everything within {} s": (
        "svarade inte på allt inom {0} s",
        "antwortete nicht auf alles innerhalb von {0} s",
    ),
    "says that its counter has no value": (
        "säger att räkneverket saknar värde",
        "sagt, sein Zählwerk habe keinen Wert",
    ),
    "see its display; it may be starting, or defective": (
        "se displayen; den kan vara under start, eller trasig",
        "sein Display ansehen; er startet vielleicht oder ist defekt",
    ),
    "{}: no mains has that {}": ("{0}: inget elnät har sådan {1}", "{0}: kein Netz hat dieses {1}"),
    "check `model` against the type plate": (
        "jämför `model` med märkskylten",
        "`model` mit dem Typenschild vergleichen",
    ),
    "the daemon switches them": ("tjänsten styr dem", "der Dienst schaltet sie"),
    "when nobody charges, run systemctl stop ocpi-gateway, then ocpi-gateway doctor --only contactor, then systemctl start ocpi-gateway": (
        "när ingen laddar: kör systemctl stop ocpi-gateway, sedan ocpi-gateway doctor --only contactor, sedan systemctl start ocpi-gateway",
        "wenn niemand lädt: systemctl stop ocpi-gateway ausführen, dann ocpi-gateway doctor --only contactor, dann systemctl start ocpi-gateway",
    ),
    "{} has a session that is not over": (
        "{0} har en session som inte är slut",
        "{0} hat eine Session, die nicht zu Ende ist",
    ),
    "end it first: start the daemon, tap the card": (
        "avsluta den först: starta tjänsten, visa kortet",
        "zuerst beenden: den Dienst starten, die Karte zeigen",
    ),
    "the contactor of EVSE {} closes for a moment: its socket is live then": (
        "kontaktorn för EVSE {0} sluter ett ögonblick: uttaget är då spänningssatt",
        "das Schütz der EVSE {0} schließt kurz: ihre Dose steht dann unter Spannung",
    ),
    "test the contactor of EVSE {}, with nothing plugged in?": (
        "prova kontaktorn för EVSE {0}, utan något anslutet?",
        "das Schütz der EVSE {0} prüfen, ohne dass etwas steckt?",
    ),
    "a vehicle is plugged in": ("ett fordon är anslutet", "ein Fahrzeug ist eingesteckt"),
    "unplug it and run the doctor again": (
        "koppla ur det och kör doctor igen",
        "ausstecken und doctor erneut ausführen",
    ),
    "it is closed though nobody charges": (
        "den är sluten fast ingen laddar",
        "es ist geschlossen, obwohl niemand lädt",
    ),
    "see whether it is welded or bridged, and who closed it": (
        "se om den är fastbränd eller byglad, och vem som slöt den",
        "nachsehen, ob es verschweißt oder gebrückt ist und wer es schloss",
    ),
    "its controller reports: {}": ("dess styrning rapporterar: {0}", "seine Steuerung meldet: {0}"),
    "mend that first": ("åtgärda det först", "das zuerst beheben"),
    "did not close within {} s": ("slöt inte inom {0} s", "schloss nicht innerhalb von {0} s"),
    "check the relay, its coil and its supply": (
        "kontrollera reläet, dess spole och matning",
        "Relais, Spule und Versorgung prüfen",
    ),
    "did not open within {} s": ("öppnade inte inom {0} s", "öffnete nicht innerhalb von {0} s"),
    "switch the EVSE off at its breaker; the contactor may be welded": (
        "bryt EVSE:n med säkringen; kontaktorn kan vara fastbränd",
        "die EVSE am Automaten abschalten; das Schütz kann verschweißt sein",
    ),
    "the controller takes a release and takes it back; the contactor waits for a vehicle": (
        "styrningen tar en frigivning och tar tillbaka den; kontaktorn väntar på ett fordon",
        "die Steuerung nimmt eine Freigabe an und zurück; das Schütz wartet auf ein Fahrzeug",
    ),
    "the relay closed and opened; listen whether the contactor did too": (
        "reläet slöt och öppnade; lyssna om kontaktorn också gjorde det",
        "das Relais schloss und öffnete; hören, ob das Schütz es auch tat",
    ),
    "no backend is configured; bills stay here": (
        "ingen mottagare är konfigurerad; räkningarna stannar här",
        "kein Backend ist konfiguriert; Rechnungen bleiben hier",
    ),
    "the line to {} is not encrypted": (
        "förbindelsen till {0} är okrypterad",
        "die Verbindung zu {0} ist unverschlüsselt",
    ),
    "use TLS, unless it never leaves the cabinet": (
        "använd TLS, om den inte stannar i skåpet",
        "TLS verwenden, außer sie verlässt nie den Schrank",
    ),
    "the chain of {}, {} certificates, ends in {} days": (
        "kedjan från {0}, {1} certifikat, går ut om {2} dagar",
        "die Kette von {0}, {1} Zertifikate, endet in {2} Tagen",
    ),
    "the chain of {}, {} certificates, has ended {} days ago": (
        "kedjan från {0}, {1} certifikat, gick ut för {2} dagar sedan",
        "die Kette von {0}, {1} Zertifikate, endete vor {2} Tagen",
    ),
    "our certificate {} ends in {} days": (
        "vårt certifikat {0} går ut om {1} dagar",
        "unser Zertifikat {0} endet in {1} Tagen",
    ),
    "our certificate {} has ended {} days ago": (
        "vårt certifikat {0} gick ut för {1} dagar sedan",
        "unser Zertifikat {0} endete vor {1} Tagen",
    ),
    "our certificate {} cannot be read: {}": (
        "vårt certifikat {0} kan inte läsas: {1}",
        "unser Zertifikat {0} ist nicht lesbar: {1}",
    ),
    "put a PEM certificate there": ("lägg ett PEM-certifikat där", "ein PEM-Zertifikat dort ablegen"),
    "have it renewed; nothing is delivered after its end": (
        "låt förnya det; inget levereras efter dess slut",
        "erneuern lassen; nach seinem Ende wird nichts geliefert",
    ),
    "connected, {} objects to be sent": ("ansluten, {0} objekt att skicka", "verbunden, {0} Objekte zu senden"),
    "is not connected yet; look again in a minute": (
        "är inte ansluten ännu; titta igen om en minut",
        "ist noch nicht verbunden; in einer Minute erneut ansehen",
    ),
    "whether it lets us in shows only with the daemon": (
        "om den släpper in oss visar sig först med tjänsten",
        "ob er uns hereinlässt, zeigt sich erst mit dem Dienst",
    ),
    "takes our token, and speaks OCPI 2.2.1": (
        "tar vårt token, och talar OCPI 2.2.1",
        "nimmt unser Token an und spricht OCPI 2.2.1",
    ),
    "did not answer within {} s": ("svarade inte inom {0} s", "antwortete nicht innerhalb von {0} s"),
    "check the line, any firewall and the backend": (
        "kontrollera linjen, brandväggar och mottagaren",
        "Leitung, Firewalls und Backend prüfen",
    ),
}
