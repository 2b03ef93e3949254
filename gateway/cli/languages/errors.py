"""What stops a command, each with its remedy."""

from gateway.cli.language import Table

TABLE: Table = {
    "no answer; nothing was written": ("inget svar; inget skrevs", "keine Antwort; nichts wurde geschrieben"),
    "an answer is needed": ("ett svar behövs", "eine Antwort wird gebraucht"),
    "y/N": ("j/N", "j/N"),
    "cannot talk to {}: {}; see journalctl -u ocpi-gateway": (
        "kan inte tala med {0}: {1}; se journalctl -u ocpi-gateway",
        "kein Gespräch mit {0}: {1}; siehe journalctl -u ocpi-gateway",
    ),
    "may not open {}; use sudo, or join the group ocpi-gateway": (
        "får inte öppna {0}; använd sudo, eller gå med i gruppen ocpi-gateway",
        "darf {0} nicht öffnen; sudo benutzen oder der Gruppe ocpi-gateway beitreten",
    ),
    "the answer is no HTTP": ("svaret är inte HTTP", "die Antwort ist kein HTTP"),
    "the daemon answered with status {}; see journalctl -u ocpi-gateway": (
        "tjänsten svarade med status {0}; se journalctl -u ocpi-gateway",
        "der Dienst antwortete mit Status {0}; siehe journalctl -u ocpi-gateway",
    ),
    "the daemon did not answer within {} s; see journalctl -u ocpi-gateway": (
        "tjänsten svarade inte inom {0} s; se journalctl -u ocpi-gateway",
        "der Dienst antwortete nicht innerhalb von {0} s; siehe journalctl -u ocpi-gateway",
    ),
    "the daemon is not running: nobody answers at {}; run systemctl start ocpi-gateway": (
        "tjänsten är inte igång: ingen svarar på {0}; kör systemctl start ocpi-gateway",
        "der Dienst läuft nicht: niemand antwortet an {0}; systemctl start ocpi-gateway ausführen",
    ),
    "the running daemon is of another version than this command; run systemctl restart ocpi-gateway": (
        "tjänsten som kör har en annan version än detta kommando; kör systemctl restart ocpi-gateway",
        "der laufende Dienst hat eine andere Version als dieser Befehl; systemctl restart ocpi-gateway ausführen",
    ),
    "{}; see --config": ("{0:say}; se --config", "{0:say}; siehe --config"),
    "{} is no regular file and is not replaced; choose another FILE": (
        "{0} är ingen vanlig fil och ersätts inte; välj en annan fil",
        "{0} ist keine gewöhnliche Datei und wird nicht ersetzt; eine andere Datei wählen",
    ),
    "cannot write {}: {}; choose another FILE": (
        "kan inte skriva {0}: {1}; välj en annan fil",
        "kann {0} nicht schreiben: {1}; eine andere Datei wählen",
    ),
    "{} holds {} files; {} secrets and card uids were taken out": (
        "{0} innehåller {1} filer; {2} hemligheter och kort-uid togs bort",
        "{0} enthält {1} Dateien; {2} Geheimnisse und Karten-UIDs wurden entfernt",
    ),
    "packing": ("packar", "packt"),
    "see journalctl -u ocpi-gateway": ("se journalctl -u ocpi-gateway", "siehe journalctl -u ocpi-gateway"),
    "EVSE {} has a session; end it first, its bill needs the old meter": (
        "EVSE {0} har en session; avsluta den först, räkningen behöver den gamla mätaren",
        "EVSE {0} hat eine Session; sie zuerst beenden, ihre Rechnung braucht den alten Zähler",
    ),
    "EVSE {}: faults cleared; ocpi-gateway status shows whether they return": (
        "EVSE {0}: felen är kvitterade; ocpi-gateway status visar om de återkommer",
        "EVSE {0}: Störungen quittiert; ocpi-gateway status zeigt, ob sie wiederkommen",
    ),
    "EVSE {}: from {} Wh on the old meter to {} Wh on the new one": (
        "EVSE {0}: från {1} Wh på den gamla mätaren till {2} Wh på den nya",
        "EVSE {0}: von {1} Wh am alten Zähler auf {2} Wh am neuen",
    ),
    "EVSE {}: there is no fault": ("EVSE {0}: det finns inget fel", "EVSE {0}: es gibt keine Störung"),
    "there is no EVSE {}; known EVSEs: {}": (
        "det finns ingen EVSE {0}; kända: {1}",
        "es gibt keine EVSE {0}; bekannt sind: {1}",
    ),
    "nothing of {} is parked; ocpi-gateway outbox --parked shows what is": (
        "inget av {0} är parkerat; ocpi-gateway outbox --parked visar vad som är det",
        "nichts von {0} ist geparkt; ocpi-gateway outbox --parked zeigt, was es ist",
    ),
    "old_wh and new_wh are needed, in whole Wh": (
        "old_wh och new_wh behövs, i hela Wh",
        "old_wh und new_wh werden gebraucht, in ganzen Wh",
    ),
    "limit must be a whole number from 1 to {}": (
        "limit måste vara ett heltal från 1 till {0}",
        "limit muss eine ganze Zahl von 1 bis {0} sein",
    ),
    "{}: {} will be sent again": ("{0}: {1} skickas igen", "{0}: {1} wird erneut gesendet"),
    "another process holds it locked; end that process": (
        "en annan process håller den låst; avsluta den",
        "ein anderer Prozess hält es gesperrt; diesen beenden",
    ),
    "cannot use journal {}: {}": ("kan inte använda journalen {0}: {1:say}", "Journal {0} nicht benutzbar: {1:say}"),
    "cannot use journal {}: {}; check owner and rights": (
        "kan inte använda journalen {0}: {1:say}; kontrollera ägare och rättigheter",
        "Journal {0} nicht benutzbar: {1:say}; Eigentümer und Rechte prüfen",
    ),
    "cannot use journal {}: {}; check owner, rights and space": (
        "kan inte använda journalen {0}: {1:say}; kontrollera ägare, rättigheter och utrymme",
        "Journal {0} nicht benutzbar: {1:say}; Eigentümer, Rechte und Platz prüfen",
    ),
    "out of memory; free memory on this machine": (
        "slut på minne; frigör minne på maskinen",
        "kein Speicher mehr; Speicher auf dieser Maschine freigeben",
    ),
    "permission denied; check the owner of the file and its directory": (
        "åtkomst nekad; kontrollera filens och mappens ägare",
        "Zugriff verweigert; Eigentümer von Datei und Ordner prüfen",
    ),
    "refused by the schema: {}": ("nekat av schemat: {0}", "vom Schema abgelehnt: {0}"),
    "the disk is full; free space on its file system": (
        "disken är full; frigör utrymme i filsystemet",
        "die Platte ist voll; Platz im Dateisystem schaffen",
    ),
    "the disk reports an input/output error; check free space, then dmesg and the SD card": (
        "disken rapporterar ett in/ut-fel; kontrollera ledigt utrymme, sedan dmesg och SD-kortet",
        "die Platte meldet einen Ein-/Ausgabefehler; freien Platz prüfen, dann dmesg und SD-Karte",
    ),
    "the file cannot be opened; check that its directory exists and belongs to this user": (
        "filen kan inte öppnas; kontrollera att mappen finns och tillhör denna användare",
        "die Datei lässt sich nicht öffnen; prüfen, ob der Ordner existiert und diesem Benutzer gehört",
    ),
    "the file or its file system is read-only; remount it writable and check the owner": (
        "filen eller filsystemet är skrivskyddat; montera om skrivbart och kontrollera ägaren",
        "Datei oder Dateisystem ist schreibgeschützt; schreibbar einhängen und Eigentümer prüfen",
    ),
    "a text in it is not UTF-8": ("en text i den är inte UTF-8", "ein Text darin ist nicht UTF-8"),
    "{} is damaged ({}); stop the daemon and start it again to have it set aside": (
        "{0} är skadad ({1}); stoppa och starta tjänsten så att den läggs åt sidan",
        "{0} ist beschädigt ({1}); den Dienst neu starten, damit sie beiseitegelegt wird",
    ),
    "nothing was ever written to {}; start the daemon once": (
        "inget har någonsin skrivits till {0}; starta tjänsten en gång",
        "in {0} wurde nie etwas geschrieben; den Dienst einmal starten",
    ),
    "the database file is gone, its write-ahead log is still there": (
        "databasfilen är borta, men dess logg finns kvar",
        "die Datenbankdatei ist weg, ihr Vorab-Log ist noch da",
    ),
    "there is no journal at {}; check state_dir, or start the daemon once": (
        "det finns ingen journal i {0}; kontrollera state_dir, eller starta tjänsten en gång",
        "es gibt kein Journal unter {0}; state_dir prüfen oder den Dienst einmal starten",
    ),
    "{} has schema {}, this version knows {}; install the version that wrote it, or a newer": (
        "{0} har schema {1}, denna version kan {2}; installera versionen som skrev den, eller en nyare",
        "{0} hat Schema {1}, diese Version kennt {2}; die Version installieren, die es schrieb, oder eine neuere",
    ),
    "{} is no file; move it away or choose another state_dir": (
        "{0} är ingen fil; flytta bort den eller välj en annan state_dir",
        "{0} ist keine Datei; wegräumen oder anderes state_dir wählen",
    ),
    "{} is a database of another program; move it away or choose another state_dir": (
        "{0} är ett annat programs databas; flytta bort den eller välj en annan state_dir",
        "{0} ist die Datenbank eines anderen Programms; wegräumen oder anderes state_dir wählen",
    ),
    "{} is written by another process; stop the running daemon first": (
        "{0} skrivs av en annan process; stoppa tjänsten först",
        "{0} wird von einem anderen Prozess geschrieben; zuerst den Dienst stoppen",
    ),
    "{} has a control character; leave it away": (
        "{0} innehåller ett styrtecken; ta bort det",
        "{0} enthält ein Steuerzeichen; weglassen",
    ),
    "{} is no UTF-8 text; check the terminal's encoding": (
        "{0} är ingen UTF-8-text; kontrollera terminalens kodning",
        "{0} ist kein UTF-8-Text; die Kodierung des Terminals prüfen",
    ),
    "this is a bug: {}: {} at {}; report it with ocpi-gateway doctor --support-bundle FILE": (
        "detta är ett programfel: {0}: {1} vid {2}; rapportera det med ocpi-gateway doctor --support-bundle FILE",
        "dies ist ein Programmfehler: {0}: {1} bei {2}; mit ocpi-gateway doctor --support-bundle FILE melden",
    ),
    "replaying": ("spelar upp", "spielt nach"),
    "verifying": ("verifierar", "prüft"),
    "an id that is empty names nothing; give it whole": (
        "ett tomt id betecknar ingenting; ange hela",
        "eine leere ID bezeichnet nichts; sie ganz angeben",
    ),
    "cannot write the output: {}; check where it goes": (
        "kan inte skriva ut: {0}; kontrollera vart det går",
        "Ausgabe nicht schreibbar: {0}; prüfen, wohin sie geht",
    ),
    "cannot use {}: {}; check the name, its rights and the disk": (
        "kan inte använda {0}: {1}; kontrollera namnet, rättigheterna och disken",
        "{0} nicht benutzbar: {1}; Name, Rechte und Platte prüfen",
    ),
    "the old meter of EVSE {} had reached {} Wh already; look at its display again": (
        "den gamla mätaren på EVSE {0} hade redan nått {1} Wh; titta på dess display igen",
        "der alte Zähler von EVSE {0} stand schon bei {1} Wh; noch einmal auf seine Anzeige sehen",
    ),
}
