"""The story of a session."""

from gateway.cli.language import Table

TABLE: Table = {
    "session {}": ("session {0}", "Session {0}"),
    "EVSE {}, card {} ({}), {}": ("EVSE {0}, kort {1} ({2}), {3:say}", "EVSE {0}, Karte {1} ({2}), {3:say}"),
    "{} to {} ({}), {}": ("{0} till {1} ({2}), {3}", "{0} bis {1} ({2}), {3}"),
    "? by a clock that was not synchronised; durations are right all the same": (
        "? enligt en klocka som inte var synkroniserad; tidslängderna stämmer ändå",
        "? nach einer nicht synchronisierten Uhr; Zeitspannen stimmen trotzdem",
    ),
    "no tariff: this session has no price": (
        "ingen taxa: sessionen har inget pris",
        "kein Tarif: diese Session hat keinen Preis",
    ),
    "total by tariff {}: {} without VAT, {} with VAT": (
        "summa enligt taxa {0}: {1} utan moms, {2} med moms",
        "Summe nach Tarif {0}: {1} ohne MwSt., {2} mit MwSt.",
    ),
    "total by tariff {}: {} without VAT": (
        "summa enligt taxa {0}: {1} utan moms",
        "Summe nach Tarif {0}: {1} ohne MwSt.",
    ),
    "… {} more like this; see --all": ("… {0} till av samma slag; se --all", "… {0} weitere dieser Art; siehe --all"),
    "gateway {} started": ("gateway {0} startade", "Gateway {0} gestartet"),
    "the journal was repaired up to fact {}; the damaged one is kept at {}": (
        "journalen reparerades till och med post {0}; den skadade finns kvar i {1}",
        "das Journal wurde bis Eintrag {0} repariert; das beschädigte liegt unter {1}",
    ),
    "a new configuration was adopted": ("en ny konfiguration togs i bruk", "eine neue Konfiguration gilt"),
    "card {} at {} refused: {} ({})": (
        "kort {0} vid {1} nekat: {2:say} ({3})",
        "Karte {0} an {1} abgelehnt: {2:say} ({3})",
    ),
    "card {} at {} refused: {}": ("kort {0} vid {1} nekat: {2:say}", "Karte {0} an {1} abgelehnt: {2:say}"),
    "card {} at {}": ("kort {0} vid {1}", "Karte {0} an {1}"),
    "allowed: valid token of {}, group {}, by {}": (
        "tillåten: giltigt kort för {0}, grupp {1}, enligt {2:say}",
        "erlaubt: gültiges Token von {0}, Gruppe {1}, durch {2:say}",
    ),
    "allowed: valid token of {}, by {}": (
        "tillåten: giltigt kort för {0}, enligt {1:say}",
        "erlaubt: gültiges Token von {0}, durch {1:say}",
    ),
    "whitelist": ("lista", "Liste"),
    "auth request": ("fråga till ägaren", "Anfrage beim Eigentümer"),
    "command": ("kommando", "Befehl"),
    "cancelled: {}": ("avbruten: {0:say}", "abgebrochen: {0:say}"),
    "start reading {}": ("startvärde {0:num}", "Anfangsstand {0:num}"),
    "gateway is back after being down {}; the session goes on": (
        "gateway är tillbaka efter att ha legat nere {0:say}; sessionen fortsätter",
        "Gateway ist wieder da, war aus {0:say}; die Session geht weiter",
    ),
    "for an unknown time": ("okänd tid", "unbekannt lange"),
    "for {} s": ("i {0} s", "{0} s lang"),
    "contactor read back closed": ("kontaktorn lästes tillbaka som sluten", "Schütz als geschlossen zurückgelesen"),
    "contactor read back open": ("kontaktorn lästes tillbaka som öppen", "Schütz als offen zurückgelesen"),
    "{} kWh at {} W": ("{0:num} kWh vid {1} W", "{0:num} kWh bei {1} W"),
    "{} kWh": ("{0:num} kWh", "{0:num} kWh"),
    "vehicle stopped taking energy": ("fordonet slutade ta energi", "Fahrzeug nimmt keine Energie mehr"),
    "vehicle takes energy again": ("fordonet tar energi igen", "Fahrzeug nimmt wieder Energie"),
    "to be ended: {}": ("ska avslutas: {0:say}", "soll enden: {0:say}"),
    "that was decided before the daemon was started anew, and no disk took it; time is billed up to then": (
        "det bestämdes innan tjänsten startades om, och ingen disk tog emot det; tiden debiteras till dess",
        "das wurde vor dem Neustart des Dienstes entschieden, und kein Datenträger nahm es an; Zeit wird bis dahin berechnet",
    ),
    "final reading {}, {}": ("slutvärde {0:num}, {1:say}", "Endstand {0:num}, {1:say}"),
    "after the contactor was open": ("efter att kontaktorn var öppen", "nachdem das Schütz offen war"),
    "as last known: the contactor was not seen open": (
        "senast kända: kontaktorn sågs inte öppen",
        "wie zuletzt bekannt: das Schütz wurde nicht offen gesehen",
    ),
    "{} without a session": ("{0:num} utan session", "{0:num} ohne Session"),
    "meter exchanged: the old one was taken out at {} Wh, the new one began at {} Wh": (
        "mätaren byttes: den gamla togs ut vid {0} Wh, den nya började vid {1} Wh",
        "Zähler getauscht: der alte endete bei {0} Wh, der neue begann bei {1} Wh",
    ),
    "reading not believed: the counter {} ({} Wh)": (
        "avläsningen trodde vi inte på: räkneverket {0:say} ({1} Wh)",
        "Zählerstand nicht geglaubt: das Zählwerk {0:say} ({1} Wh)",
    ),
    "reading not believed: the counter {}": (
        "avläsningen trodde vi inte på: räkneverket {0:say}",
        "Zählerstand nicht geglaubt: das Zählwerk {0:say}",
    ),
    "jumped further than the connector can deliver": (
        "hoppade längre än uttaget kan leverera",
        "sprang weiter, als der Anschluss liefern kann",
    ),
    "ran back": ("gick bakåt", "lief zurück"),
    "said that it has no value": ("sade att det inte har något värde", "meldete, keinen Wert zu haben"),
    "out of order: {}: {}": ("ur drift: {0}: {1:say}", "außer Betrieb: {0}: {1:say}"),
    "mended: {}": ("åtgärdat: {0}", "behoben: {0}"),
    "{} accepted the {}: {}": ("{0} tog emot {1:say}: {2}", "{0} hat {1:say} angenommen: {2}"),
    "{} refused the {}: {}": ("{0} nekade {1:say}: {2}", "{0} hat {1:say} abgelehnt: {2}"),
    "a technician has the {} sent to {} again": (
        "en tekniker lät skicka {0:say} till {1} igen",
        "ein Techniker lässt {0:say} erneut an {1} senden",
    ),
    "{} is to get the {} again, number {} of its chain": (
        "{0} ska få {1:say} igen, nummer {2} i sin kedja",
        "{0} soll {1:say} erneut erhalten, Nummer {2} der Kette",
    ),
    "the CDR is sealed and says so: start and end never became certain": (
        "CDR:en är förseglad och säger det: start och slut blev aldrig säkra",
        "der CDR ist versiegelt und sagt es: Beginn und Ende wurden nie sicher",
    ),
    "the CDR is sealed: it is certain now when the session was": (
        "CDR:en är förseglad: nu är det säkert när sessionen var",
        "der CDR ist versiegelt: es steht fest, wann die Session war",
    ),
    "the CDR waits: by this clock nobody can say for certain when the session was": (
        "CDR:en väntar: med den här klockan vet ingen säkert när sessionen var",
        "der CDR wartet: nach dieser Uhr weiß niemand sicher, wann die Session war",
    ),
    "the time is known: the clock went {} by {} s": (
        "tiden är känd: klockan gick {0} med {1} s",
        "die Zeit ist bekannt: die Uhr ging {0} um {1} s",
    ),
    "{} Wh are on nobody's account": ("{0} Wh står inte på någons konto", "{0} Wh stehen auf niemandes Konto"),
    "a technician has looked into {} Wh on nobody's account": (
        "en tekniker har undersökt {0} Wh som inte står på någons konto",
        "ein Techniker ist {0} Wh auf niemandes Konto nachgegangen",
    ),
    "the counter reached {} Wh and began at 0 again": (
        "räkneverket nådde {0} Wh och började om på 0",
        "das Zählwerk erreichte {0} Wh und begann wieder bei 0",
    ),
    "{} value signed by the meter ({})": (
        "värde ({0}) signerat av mätaren ({1})",
        "Wert ({0}), vom Zähler signiert ({1})",
    ),
}
