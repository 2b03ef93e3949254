"""The doctor's own words, on configuration, daemon and clock."""

from gateway.cli.language import Table

TABLE: Table = {
    "failing: {} of {} findings, to be looked at: {}": (
        "fel: {0} av {1} fynd, bör ses över: {2}",
        "Fehler: {0} von {1} Befunden, anzusehen: {2}",
    ),
    "nothing fails, to be looked at: {}": ("inget är fel, bör ses över: {0}", "kein Fehler, anzusehen: {0}"),
    "all is well": ("allt är bra", "alles in Ordnung"),
    "could not be looked at: {}": ("kunde inte undersökas: {0}", "konnte nicht untersucht werden: {0}"),
    "run the doctor with sudo": ("kör doctor med sudo", "doctor mit sudo ausführen"),
    "run ocpi-gateway doctor --only {}": (
        "kör ocpi-gateway doctor --only {0}",
        "ocpi-gateway doctor --only {0} ausführen",
    ),
    "something hangs: see dmesg, then restart it": (
        "något hänger: se dmesg, starta sedan om det",
        "etwas hängt: dmesg ansehen, dann neu starten",
    ),
    "took longer than {} s": ("tog längre än {0} s", "dauerte länger als {0} s"),
    "was not begun: the checks before it took too long": (
        "påbörjades inte: kontrollerna före tog för lång tid",
        "nicht begonnen: die Prüfungen davor dauerten zu lange",
    ),
    "the configuration and the files that it names": (
        "konfigurationen och filerna den nämner",
        "die Konfiguration und ihre Dateien",
    ),
    "whether the daemon runs and answers": ("om tjänsten kör och svarar", "ob der Dienst läuft und antwortet"),
    "the clock and who keeps it right": ("klockan och vem som ställer den", "die Uhr und wer sie stellt"),
    "the supply of a Raspberry Pi": ("Raspberry Pi:ns matning", "die Versorgung eines Raspberry Pi"),
    "space where the journal lies": ("utrymme där journalen ligger", "Platz, wo das Journal liegt"),
    "how worn the flash below it is": ("hur slitet flashminnet är", "wie abgenutzt der Flash ist"),
    "serial ports: there, permitted, stable names": (
        "serieportar: finns, tillåtna, fasta namn",
        "serielle Schnittstellen: da, erlaubt, feste Namen",
    ),
    "how long USB adapters hold bytes back": (
        "hur länge USB-adaptrar håller tillbaka byte",
        "wie lange USB-Adapter Bytes zurückhalten",
    ),
    "pcscd, and the service's right to use it": (
        "pcscd, och tjänstens rätt att använda den",
        "pcscd und das Recht des Dienstes darauf",
    ),
    "card readers": ("kortläsare", "Kartenleser"),
    "a test tap, where there is somebody to ask": (
        "ett provkort, om någon kan tillfrågas",
        "eine Probekarte, wo jemand zu fragen ist",
    ),
    "each meter's answers, and whether they can be true": (
        "varje mätares svar, och om de kan stämma",
        "die Antworten jedes Zählers, und ob sie stimmen können",
    ),
    "a contactor test, asked for one by one": (
        "kontaktorprov, ett i taget efter fråga",
        "Schützprobe, einzeln erfragt",
    ),
    "brokers and peers: reachable, TLS chain, expiry": (
        "mottagare: nåbara, TLS-kedja, giltighet",
        "Broker und Partner: erreichbar, TLS-Kette, Ablauf",
    ),
    "the journal's chain of facts": ("journalens kedja av poster", "die Kette der Einträge im Journal"),
    "what backends refused": ("vad mottagare nekat", "was Backends abgelehnt haben"),
    "the configuration can be used": ("konfigurationen går att använda", "die Konfiguration ist benutzbar"),
    "the configuration cannot be used": (
        "konfigurationen går inte att använda",
        "die Konfiguration ist nicht benutzbar",
    ),
    "correct it in the configuration": ("rätta det i konfigurationen", "in der Konfiguration berichtigen"),
    "the configuration does not say where to find the daemon": (
        "konfigurationen säger inte var tjänsten finns",
        "die Konfiguration sagt nicht, wo der Dienst zu finden ist",
    ),
    "the configuration does not say where the journal lies": (
        "konfigurationen säger inte var journalen ligger",
        "die Konfiguration sagt nicht, wo das Journal liegt",
    ),
    "nobody answers at {}; devices are asked directly": (
        "ingen svarar på {0}; enheterna frågas direkt",
        "niemand antwortet an {0}; Geräte werden direkt gefragt",
    ),
    "run systemctl start ocpi-gateway, then journalctl -u ocpi-gateway if it ends": (
        "kör systemctl start ocpi-gateway, och journalctl -u ocpi-gateway om den slutar",
        "systemctl start ocpi-gateway ausführen, dann journalctl -u ocpi-gateway, falls er endet",
    ),
    "version {} answers, pid {}": ("version {0} svarar, pid {1}", "Version {0} antwortet, PID {1}"),
    "version {} is installed, but {} runs": (
        "version {0} är installerad, men {1} kör",
        "Version {0} ist installiert, aber {1} läuft",
    ),
    "run systemctl restart ocpi-gateway": (
        "kör systemctl restart ocpi-gateway",
        "systemctl restart ocpi-gateway ausführen",
    ),
    "run systemctl start ocpi-gateway": ("kör systemctl start ocpi-gateway", "systemctl start ocpi-gateway ausführen"),
    "out of order, {}: {}": ("ur drift, {0}: {1:say}", "außer Betrieb, {0}: {1:say}"),
    "mend it, and the fault is over by itself": (
        "åtgärda det, så upphör felet av sig självt",
        "beheben, dann endet die Störung von selbst",
    ),
    "mend it, then run ocpi-gateway faults clear {}": (
        "åtgärda, kör sedan ocpi-gateway faults clear {0}",
        "beheben, dann ocpi-gateway faults clear {0} ausführen",
    ),
    "its devices were not seen since the start": (
        "dess enheter har inte setts sedan starten",
        "ihre Geräte wurden seit dem Start nicht gesehen",
    ),
    "see the meters below": ("se mätarna nedan", "siehe die Zähler unten"),
    "the clock is synchronised": ("klockan är synkroniserad", "die Uhr ist synchronisiert"),
    "the clock says {}, which is long past": (
        "klockan visar {0}, vilket är länge sedan",
        "die Uhr zeigt {0}, das ist lange vorbei",
    ),
    "nobody keeps the clock right; times on bills are marked as informative": (
        "ingen ställer klockan; tider på räkningar märks som ungefärliga",
        "niemand stellt die Uhr; Zeiten auf Rechnungen gelten als unverbindlich",
    ),
    "run timedatectl set-ntp true, let port 123/udp out, and see timedatectl timesync-status": (
        "kör timedatectl set-ntp true, släpp ut port 123/udp, och se timedatectl timesync-status",
        "timedatectl set-ntp true ausführen, Port 123/udp hinauslassen, timedatectl timesync-status ansehen",
    ),
    "the kernel does not say whether the clock is right": (
        "kärnan säger inte om klockan går rätt",
        "der Kernel sagt nicht, ob die Uhr stimmt",
    ),
    "there is no battery-backed clock: after a power cut the time is wrong until the network is there": (
        "det finns ingen batteriklocka: efter strömavbrott är tiden fel tills nätet är uppe",
        "es gibt keine Batterieuhr: nach einem Stromausfall ist die Zeit falsch, bis das Netz da ist",
    ),
    "where the network comes up late, fit an RTC module": (
        "sätt i en RTC-modul där nätet kommer sent",
        "wo das Netz spät kommt, ein RTC-Modul einbauen",
    ),
}
