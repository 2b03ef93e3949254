"""What status and meters say."""

from gateway.cli.language import Table

TABLE: Table = {
    "ocpi-gateway {}, pid {}, {}, clock {}": (
        "ocpi-gateway {0}, pid {1}, {2}, klockan {3:say}",
        "ocpi-gateway {0}, PID {1}, {2}, Uhr {3:say}",
    ),
    "synchronised": ("synkroniserad", "synchronisiert"),
    "informative": ("ej synkroniserad", "nicht synchronisiert"),
    "{} of {} meters answer": ("{0} av {1} mätare svarar", "{0} von {1} Zählern antworten"),
    "storage: the card's life is projected once {} hours were measured": (
        "lagring: kortets livslängd beräknas när {0} timmar har mätts",
        "Speicher: die Lebensdauer der Karte wird berechnet, sobald {0} Stunden gemessen sind",
    ),
    "storage: {} MB/day reach the card, which lives {} years so": (
        "lagring: {0} MB/dygn når kortet, som så lever {1} år",
        "Speicher: {0} MB/Tag erreichen die Karte, die so {1} Jahre lebt",
    ),
    "{}: less than the {} wanted; see what writes to it, or use a larger one": (
        "{0:say}: mindre än de {1} som önskas; se vad som skriver till det, eller ta ett större",
        "{0:say}: weniger als die gewünschten {1}; nachsehen, was darauf schreibt, oder eine größere nehmen",
    ),
    "{}: reserved until {}": ("{0}: reserverad till {1}", "{0}: reserviert bis {1}"),
    "{}: orders of peers without an outcome yet: {}": (
        "{0}: order från peers utan utfall ännu: {1}",
        "{0}: Aufträge von Peers noch ohne Ergebnis: {1}",
    ),
    "last refused: {}: {}": ("senast nekat: {0}: {1:say}", "zuletzt abgelehnt: {0}: {1:say}"),
    "no EVSE": ("ingen EVSE", "keine EVSE"),
    "nothing read yet": ("inget läst ännu", "noch nichts gelesen"),
    "bus {} unit {}": ("buss {0} adress {1}", "Bus {0} Adresse {1}"),
    "{} counter values that a second read did not bear out were dropped": (
        "{0} räkneverksvärden som en andra avläsning inte bekräftade släpptes",
        "{0} Zählerstände, die eine zweite Abfrage nicht bestätigte, wurden verworfen",
    ),
    "reply {}, typically {}; {} good, {} timeouts, {} misfits, {} refused": (
        "svar {0}, oftast {1}; {2} bra, {3} uteblivna, {4} felaktiga, {5} nekade",
        "Antwort {0}, meist {1}; {2} gut, {3} ausgeblieben, {4} unpassend, {5} abgelehnt",
    ),
    "no session yet": ("ingen session ännu", "noch keine Session"),
    "no CDR yet": ("ingen CDR ännu", "noch kein CDR"),
    "nothing is parked": ("inget är parkerat", "nichts ist geparkt"),
    "every backend has everything": ("alla mottagare har allt", "jedes Backend hat alles"),
    "the daemon is not running; this is from {}": (
        "tjänsten är inte igång; detta kommer från {0}",
        "der Dienst läuft nicht; dies stammt aus {0}",
    ),
    "{} left": ("{0} kvar", "noch {0}"),
    "asking the daemon": ("frågar tjänsten", "fragt den Dienst"),
    "{} CDRs wait until it is certain when their sessions were: {}": (
        "{0} CDR:er väntar tills det är säkert när sessionerna var: {1}",
        "{0} CDRs warten, bis feststeht, wann ihre Sessions waren: {1}",
    ),
    "check `timedatectl`": ("kontrollera `timedatectl`", "`timedatectl` prüfen"),
    "its CDR waits until it is certain when that was": (
        "dess CDR väntar tills det är säkert när det var",
        "ihr CDR wartet, bis feststeht, wann das war",
    ),
    "{}: {} are on nobody's account": ("{0}: {1} står inte på någons konto", "{0}: {1} stehen auf niemandes Konto"),
    "see ocpi-gateway ledger, then ocpi-gateway faults clear {}": (
        "se ocpi-gateway ledger, sedan ocpi-gateway faults clear {0}",
        "siehe ocpi-gateway ledger, danach ocpi-gateway faults clear {0}",
    ),
}
