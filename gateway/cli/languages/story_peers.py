"""A session's story where peers take part: reservations, orders, answers of a token's owner."""

from gateway.cli.language import Table

TABLE: Table = {
    "CDR {} was taken back: {}": ("CDR {0} togs tillbaka: {1}", "CDR {0} wurde zurückgenommen: {1}"),
    "{} takes its place": ("{0} tar dess plats", "{0} tritt an seine Stelle"),
    "allows it": ("tillåter det", "erlaubt es"),
    "allows it elsewhere only": ("tillåter det bara någon annanstans", "erlaubt es nur anderswo"),
    "another one took its place": ("en annan tog dess plats", "eine andere trat an ihre Stelle"),
    "card {} at {}; its owner is asked": (
        "kort {0} vid {1}; dess ägare tillfrågas",
        "Karte {0} an {1}; ihr Eigentümer wird gefragt",
    ),
    "could not be asked": ("kunde inte tillfrågas", "konnte nicht gefragt werden"),
    "did not answer in time": ("svarade inte i tid", "antwortete nicht rechtzeitig"),
    "does not allow it": ("tillåter det inte", "erlaubt es nicht"),
    "does not know it": ("känner inte till det", "kennt es nicht"),
    "has blocked it": ("har spärrat det", "hat es gesperrt"),
    "says it has expired": ("säger att det har gått ut", "sagt, es sei abgelaufen"),
    "says there is no credit": ("säger att täckning saknas", "sagt, es fehle Guthaben"),
    "its provider cancelled it": ("leverantören avbokade den", "der Anbieter sagte sie ab"),
    "its provider says that they are here": ("leverantören säger att de är här", "der Anbieter sagt, sie seien da"),
    "its result {}: {}": ("dess resultat {0:say}: {1}", "sein Ergebnis {0:say}: {1}"),
    "was delivered": ("levererades", "wurde geliefert"),
    "was not delivered": ("levererades inte", "wurde nicht geliefert"),
    "nobody came in time": ("ingen kom i tid", "niemand kam rechtzeitig"),
    "not limited any more": ("inte begränsad längre", "nicht mehr begrenzt"),
    "reserved as {} until {} UTC for {}": (
        "reserverad som {0} till {1} UTC för {2}",
        "reserviert als {0} bis {1} UTC für {2}",
    ),
    "reserved until {} UTC instead": ("reserverad till {0} UTC i stället", "stattdessen reserviert bis {0} UTC"),
    "still reserved, no charge began: {}": (
        "fortfarande reserverad, ingen laddning började: {0:say}",
        "noch reserviert, keine Ladung begann: {0:say}",
    ),
    "the driver prefers {}": ("föraren föredrar {0}", "der Fahrer bevorzugt {0}"),
    "the order comes to {}: {}": ("ordern slutar med {0}: {1:say}", "der Auftrag endet mit {0}: {1:say}"),
    "the order that began it took too long": (
        "ordern som startade den tog för lång tid",
        "der Auftrag, der sie begann, dauerte zu lange",
    ),
    "the owner": ("ägaren", "der Eigentümer"),
    "the reservation is over: {}": ("reservationen är slut: {0:say}", "die Reservierung ist vorbei: {0:say}"),
    "they tapped at {}": ("de visade kortet vid {0}", "sie zeigten die Karte an {0}"),
    "to be limited: {}": ("ska begränsas: {0:say}", "soll begrenzt werden: {0:say}"),
    "to nothing in particular": ("till inget särskilt", "auf nichts Bestimmtes"),
    "whom it is reserved for has come: {}": (
        "den som reservationen gäller har kommit: {0:say}",
        "für wen reserviert ist, der ist gekommen: {0:say}",
    ),
    "{} orders {}: accepted": ("{0} beordrar {1}: godtaget", "{0} ordnet {1} an: angenommen"),
    "{} orders {}: {}, {}": ("{0} beordrar {1}: {2}, {3:say}", "{0} ordnet {1} an: {2}, {3:say}"),
    "{}, CDR waits": ("{0}, CDR väntar", "{0}, CDR wartet"),
}
