"""What the commands on records say: outbox, ledger, replay, verify, and the journal itself."""

from gateway.cli.language import Table

TABLE: Table = {
    "say which object, by its ID: ocpi-gateway outbox --parked shows them": (
        "ange vilket objekt, med dess ID: ocpi-gateway outbox --parked visar dem",
        "sagen, welches Objekt, mit seiner ID: ocpi-gateway outbox --parked zeigt sie",
    ),
    "due": ("väntar", "fällig"),
    "no counter value is on record yet": (
        "inget räkneverksvärde finns antecknat ännu",
        "noch ist kein Zählerstand verzeichnet",
    ),
    "balance": ("går ihop", "stimmt"),
    "do not balance": ("går inte ihop", "stimmt nicht"),
    "OPENING WH": ("INGÅENDE WH", "ANFANG WH"),
    "SESSIONS": ("SESSIONER", "SESSIONS"),
    "UNATTRIBUTED": ("INGENS", "NIEMANDES"),
    "EXCHANGED": ("UTBYTT", "GETAUSCHT"),
    "CLOSING WH": ("UTGÅENDE WH", "ENDE WH"),
    "BOOKS": ("BÖCKER", "BÜCHER"),
    "{} facts give the {} rows that are there": (
        "{0} poster ger de {1} rader som finns",
        "{0} Einträge ergeben die {1} Zeilen, die da sind",
    ),
    "{} of {} rows are not what the {} facts say; keep a copy of the journal and report this": (
        "{0} av {1} rader är inte vad de {2} posterna säger; behåll en kopia av journalen och rapportera detta",
        "{0} von {1} Zeilen sind nicht, was die {2} Einträge sagen; eine Kopie des Journals behalten und dies melden",
    ),
    "{} facts are as they were written, each following the one before": (
        "{0} poster är som de skrevs, var och en följer den förra",
        "{0} Einträge sind, wie sie geschrieben wurden, jeder folgt dem vorigen",
    ),
    "the {} facts before it are as they were written; keep a copy of the journal and find out who changed it": (
        "de {0} posterna före den är som de skrevs; behåll en kopia av journalen och ta reda på vem som ändrade den",
        "die {0} Einträge davor sind, wie sie geschrieben wurden; eine Kopie des Journals behalten und herausfinden, wer es änderte",
    ),
    "fact {} ({} at {}) was edited: it is not what was written": (
        "post {0} ({1} vid {2}) har ändrats: den är inte vad som skrevs",
        "Eintrag {0} ({1} um {2}) wurde geändert: er ist nicht, was geschrieben wurde",
    ),
    "fact {} does not follow the fact {} that is there: one of the two was put in": (
        "post {0} följer inte posten {1} som finns: en av de två har lagts in",
        "Eintrag {0} folgt nicht auf den vorhandenen {1}: einer der beiden wurde eingefügt",
    ),
    "fact {} is not there any more: it is known to have been written": (
        "post {0} finns inte längre: man vet att den skrevs",
        "Eintrag {0} ist nicht mehr da: man weiß, dass er geschrieben wurde",
    ),
    "fact {} is not there any more": ("post {0} finns inte längre", "Eintrag {0} ist nicht mehr da"),
    "facts {} to {} are not there any more: they are known to have been written": (
        "posterna {0} till {1} finns inte längre: man vet att de skrevs",
        "die Einträge {0} bis {1} sind nicht mehr da: man weiß, dass sie geschrieben wurden",
    ),
    "facts {} to {} are not there any more": (
        "posterna {0} till {1} finns inte längre",
        "die Einträge {0} bis {1} sind nicht mehr da",
    ),
    "fact {} is what was written as fact {}: they were put into another order": (
        "post {0} är vad som skrevs som post {1}: de har lagts i annan ordning",
        "Eintrag {0} ist, was als Eintrag {1} geschrieben wurde: die Reihenfolge wurde geändert",
    ),
    "fact {} was sealed {} when that was noted, now {}": (
        "post {0} hade förseglingen {1} när det noterades, nu {2}",
        "Eintrag {0} war mit {1} versiegelt, als das notiert wurde, jetzt mit {2}",
    ),
    "what comes after fact {} cannot be read: {}": (
        "det som kommer efter post {0} kan inte läsas: {1}",
        "was nach Eintrag {0} kommt, ist nicht lesbar: {1}",
    ),
    "WHAT ELSE": ("ÖVRIGT", "SONSTIGES"),
    "meter exchanges: {}": ("mätarbyten: {0}", "Zählerwechsel: {0}"),
    "new baselines: {}": ("nya utgångsvärden: {0}", "neue Ausgangswerte: {0}"),
    "begun at 0 again: {}, the counter shows {} Wh": (
        "började om på 0: {0}, räkneverket visar {1} Wh",
        "wieder bei 0 begonnen: {0}, das Zählwerk zeigt {1} Wh",
    ),
    "{} of nobody's to look into": (
        "{0} på ingens konto att undersöka",
        "{0} auf niemandes Konto, denen nachzugehen ist",
    ),
    "keep a copy of the journal and find out who changed it": (
        "behåll en kopia av journalen och ta reda på vem som ändrade den",
        "eine Kopie des Journals behalten und herausfinden, wer es änderte",
    ),
    "signed roots that fit: {}, the newest of {} covers facts 1 to {}": (
        "signerade rötter som stämmer: {0}, den nyaste av {1} täcker posterna 1 till {2}",
        "passende signierte Wurzeln: {0}, die neueste vom {1} deckt die Einträge 1 bis {2}",
    ),
    "there is no device key in {} yet: start the daemon once": (
        "det finns ingen enhetsnyckel i {0} ännu: starta tjänsten en gång",
        "es gibt noch keinen Geräteschlüssel in {0}: den Dienst einmal starten",
    ),
}
