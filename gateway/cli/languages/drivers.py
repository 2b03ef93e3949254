"""What drivers say less often, clause by clause."""

from gateway.cli.language import Table

TABLE: Table = {
    "pcscd answers with {} ({})": ("pcscd svarar med {0} ({1})", "pcscd antwortet mit {0} ({1})"),
    "restart it": ("starta om den", "neu starten"),
    "another process holds it": ("en annan process håller den", "ein anderer Prozess hält ihn"),
    "stop that one": ("stoppa den", "diesen stoppen"),
    "check the cable and `device` in the configuration": (
        "kontrollera kabeln och `device` i konfigurationen",
        "das Kabel und `device` in der Konfiguration prüfen",
    ),
    "let the service user read it (group dialout for serial devices)": (
        "låt tjänstens användare läsa den (gruppen dialout för serieenheter)",
        "den Dienstbenutzer lesen lassen (Gruppe dialout bei seriellen Geräten)",
    ),
    "neither a character device nor a Unix socket": (
        "varken en teckenenhet eller en Unix-socket",
        "weder ein Zeichengerät noch ein Unix-Socket",
    ),
    "nobody serves this socket": ("ingen betjänar socketen", "niemand bedient diesen Socket"),
    "start the program that does": ("starta programmet som gör det", "das Programm starten, das es tut"),
    "the reader sent a line that is no hex number": (
        "läsaren sände en rad som inte är ett hextal",
        "der Leser sandte eine Zeile, die keine Hexzahl ist",
    ),
    "hold the card to it again, and if that does not help check the reader's output format and line speed": (
        "håll kortet mot den igen, och om det inte hjälper, kontrollera läsarens format och hastighet",
        "die Karte erneut hinhalten, und wenn das nicht hilft, Ausgabeformat und Geschwindigkeit des Lesers prüfen",
    ),
    "{} closed the line": ("{0} stängde linjen", "{0} schloss die Leitung"),
    "plug the reader in again or restart what serves it": (
        "anslut läsaren igen eller starta om det som betjänar den",
        "den Leser neu einstecken oder neu starten, was ihn bedient",
    ),
    "{} did not accept a connection within {} s": (
        "{0} tog inte emot en förbindelse inom {1} s",
        "{0} nahm innerhalb von {1} s keine Verbindung an",
    ),
    "restart what serves it": ("starta om det som betjänar den", "neu starten, was ihn bedient"),
    "the card shows a blank number (all FF)": (
        "kortet visar ett tomt nummer (bara FF)",
        "die Karte zeigt eine leere Nummer (nur FF)",
    ),
    "hold it to the reader again, or use another card": (
        "håll det mot läsaren igen, eller ta ett annat kort",
        "sie erneut an den Leser halten oder eine andere Karte nehmen",
    ),
    "the card shows a number of {} bytes where 4, 7 or 10 are possible": (
        "kortet visar ett nummer på {0} byte där 4, 7 eller 10 är möjliga",
        "die Karte zeigt eine Nummer von {0} Bytes, wo 4, 7 oder 10 möglich sind",
    ),
    "use another card, and if no card works change the reader": (
        "ta ett annat kort, och byt läsare om inget kort fungerar",
        "eine andere Karte nehmen, und wenn keine geht, den Leser wechseln",
    ),
    "the card shows an empty number": ("kortet visar ett tomt nummer", "die Karte zeigt eine leere Nummer"),
    "the reader passed on a cascade tag (88) in place of the card's number": (
        "läsaren skickade en kaskadmarkör (88) i stället för kortets nummer",
        "der Leser gab ein Cascade-Tag (88) statt der Kartennummer weiter",
    ),
    "update the reader's firmware or change the reader": (
        "uppdatera läsarens programvara eller byt läsare",
        "die Firmware des Lesers erneuern oder den Leser wechseln",
    ),
    "cannot be set up as a serial port ({})": (
        "kan inte ställas in som serieport ({0})",
        "lässt sich nicht als serielle Schnittstelle einrichten ({0})",
    ),
    "correct `device`, `baud` and `parity`": (
        "rätta `device`, `baud` och `parity`",
        "`device`, `baud` und `parity` berichtigen",
    ),
    "the port does not work": ("porten fungerar inte", "die Schnittstelle funktioniert nicht"),
    "it is tried again, check the adapter and its cable": (
        "nytt försök görs, kontrollera adaptern och dess kabel",
        "es wird erneut versucht, Adapter und Kabel prüfen",
    ),
    "the port takes no more bytes": ("porten tar inte emot fler byte", "die Schnittstelle nimmt keine Bytes mehr an"),
    "it is opened anew, check the adapter and its flow control": (
        "den öppnas på nytt, kontrollera adaptern och dess flödeskontroll",
        "sie wird neu geöffnet, Adapter und Flusskontrolle prüfen",
    ),
    "the port vanished ({})": ("porten försvann ({0:say})", "die Schnittstelle verschwand ({0:say})"),
    "it is opened again by its path, check the adapter and its cable": (
        "den öppnas igen med sin sökväg, kontrollera adaptern och dess kabel",
        "sie wird über ihren Pfad neu geöffnet, Adapter und Kabel prüfen",
    ),
    "this is a directory, not a serial port": (
        "detta är en mapp, inte en serieport",
        "dies ist ein Ordner, keine Schnittstelle",
    ),
    "correct `device`": ("rätta `device`", "`device` berichtigen"),
    "cannot connect ({})": ("kan inte ansluta ({0:say})", "keine Verbindung ({0:say})"),
    "check `host` and `port`": ("kontrollera `host` och `port`", "`host` und `port` prüfen"),
    "check `host` and this machine's network": (
        "kontrollera `host` och maskinens nät",
        "`host` und das Netz dieser Maschine prüfen",
    ),
    "the connection was closed by the other side": (
        "förbindelsen stängdes av andra sidan",
        "die Verbindung wurde von der Gegenseite geschlossen",
    ),
    "it is made again": ("den görs om", "sie wird neu aufgebaut"),
    "the connection was lost ({})": ("förbindelsen förlorades ({0:say})", "die Verbindung ging verloren ({0:say})"),
    "it is made again, check the device's power": (
        "den görs om, kontrollera enhetens matning",
        "sie wird neu aufgebaut, die Versorgung des Geräts prüfen",
    ),
    "the other side takes no more bytes": (
        "andra sidan tar inte emot fler byte",
        "die Gegenseite nimmt keine Bytes mehr an",
    ),
    "the connection is made again": ("förbindelsen görs om", "die Verbindung wird neu aufgebaut"),
    "this machine's rules forbid the connection": (
        "maskinens regler förbjuder förbindelsen",
        "die Regeln dieser Maschine verbieten die Verbindung",
    ),
    "check its firewall": ("kontrollera dess brandvägg", "ihre Firewall prüfen"),
    "not asked, for earlier replies may still be under way": (
        "inte frågad, tidigare svar kan fortfarande vara på väg",
        "nicht gefragt, frühere Antworten können noch unterwegs sein",
    ),
    "{}, so it is left alone for a while": (
        "{0:say}, därför lämnas den i fred en stund",
        "{0:say}, deshalb wird es eine Weile in Ruhe gelassen",
    ),
    "if it recurs, raise `timeout_s`": ("om det upprepas, höj `timeout_s`", "bei Wiederholung `timeout_s` erhöhen"),
    "look for a second master or a babbling device": (
        "leta efter en andra master eller en enhet som sänder oavbrutet",
        "nach einem zweiten Master oder einem ununterbrochen sendenden Gerät suchen",
    ),
    "the line does not fall silent": ("linjen tystnar inte", "die Leitung wird nicht still"),
    "{}: the line does not fall silent": ("{0:say}: linjen tystnar inte", "{0:say}: die Leitung wird nicht still"),
    "it is busy": ("den är upptagen", "es ist beschäftigt"),
    "if it stays so, switch it off and on": (
        "om det förblir så, slå av och på den",
        "wenn es so bleibt, aus- und einschalten",
    ),
    "it has accepted the request but needs longer": (
        "den har tagit emot frågan men behöver längre tid",
        "es hat die Anfrage angenommen, braucht aber länger",
    ),
    "the gateway got no reply from it": (
        "gatewayen fick inget svar från den",
        "das Gateway bekam keine Antwort von ihm",
    ),
    "check its wiring, address and baud rate": (
        "kontrollera kablage, adress och baudtal",
        "Verdrahtung, Adresse und Baudrate prüfen",
    ),
    "the gateway has no path to it": ("gatewayen har ingen väg till den", "das Gateway hat keinen Weg zu ihm"),
    "check the gateway's serial settings": (
        "kontrollera gatewayens serieinställningar",
        "die seriellen Einstellungen des Gateways prüfen",
    ),
    "{}: refuses function {} with exception {} ({})": (
        "{0:say}: nekar funktion {1} med undantag {2} ({3:say})",
        "{0:say}: verweigert Funktion {1} mit Ausnahme {2} ({3:say})",
    ),
    "check that the device is an EVSE-DIN": (
        "kontrollera att enheten är en EVSE-DIN",
        "prüfen, ob das Gerät ein EVSE-DIN ist",
    ),
    "hung up": ("frånkopplad", "getrennt"),
    "closed by the other side": ("stängd av andra sidan", "von der Gegenseite geschlossen"),
    "no address": ("ingen adress", "keine Adresse"),
    "{}: the reply broke off after {} bytes": (
        "{0:say}: svaret bröts efter {1} byte",
        "{0:say}: die Antwort brach nach {1} Bytes ab",
    ),
    "{}: an exception came that an earlier question may have caused": (
        "{0:say}: ett undantag kom som en tidigare fråga kan ha orsakat",
        "{0:say}: es kam eine Ausnahme, die eine frühere Frage verursacht haben kann",
    ),
}
