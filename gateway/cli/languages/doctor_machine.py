"""The doctor on the machine: supply, disk, flash, journal."""

from gateway.cli.language import Table

TABLE: Table = {
    "this machine does not watch its supply (no Raspberry Pi)": (
        "maskinen övervakar inte sin matning (ingen Raspberry Pi)",
        "diese Maschine überwacht ihre Versorgung nicht (kein Raspberry Pi)",
    ),
    "the supply held its voltage since the start": (
        "matningen har hållit spänningen sedan starten",
        "die Versorgung hielt seit dem Start ihre Spannung",
    ),
    "the supply voltage is too low now": (
        "matningsspänningen är för låg nu",
        "die Versorgungsspannung ist jetzt zu niedrig",
    ),
    "the supply voltage was too low since the start": (
        "matningsspänningen har varit för låg sedan starten",
        "die Versorgungsspannung war seit dem Start zu niedrig",
    ),
    "use a supply of 5.1 V and 3 A or more with a short cable; a browned-out Pi loses its disk": (
        "använd matning på 5,1 V och minst 3 A med kort kabel; en Pi med spänningsfall förlorar sin disk",
        "ein Netzteil mit 5,1 V und mindestens 3 A und kurzem Kabel nehmen; bei Unterspannung verliert ein Pi seine Platte",
    ),
    "the processor is slowed down now": ("processorn är nedklockad nu", "der Prozessor ist jetzt gedrosselt"),
    "the processor was slowed down since the start": (
        "processorn har varit nedklockad sedan starten",
        "der Prozessor war seit dem Start gedrosselt",
    ),
    "the processor is near its heat limit now": (
        "processorn är nära sin värmegräns nu",
        "der Prozessor ist jetzt nahe der Hitzegrenze",
    ),
    "the processor was near its heat limit since the start": (
        "processorn har varit nära sin värmegräns sedan starten",
        "der Prozessor war seit dem Start nahe der Hitzegrenze",
    ),
    "give the controller air, or a heat sink; what is hot now is hotter in summer": (
        "ge styrenheten luft, eller en kylfläns; det som är varmt nu är varmare i sommar",
        "dem Controller Luft oder einen Kühlkörper geben; was jetzt heiß ist, ist im Sommer heißer",
    ),
    "/{} cannot be read": ("/{0} kan inte läsas", "/{0} ist nicht lesbar"),
    "cannot be looked at: {}": ("kan inte undersökas: {0:say}", "kann nicht untersucht werden: {0:say}"),
    "check the disk": ("kontrollera disken", "die Platte prüfen"),
    "unknown error": ("okänt fel", "unbekannter Fehler"),
    "is mounted read-only": ("är monterad skrivskyddad", "ist schreibgeschützt eingehängt"),
    "see dmesg for disk errors; run fsck, then mount it writable": (
        "se dmesg efter diskfel; kör fsck, montera sedan skrivbart",
        "dmesg auf Plattenfehler ansehen; fsck ausführen, dann schreibbar einhängen",
    ),
    "is not there yet": ("finns inte ännu", "ist noch nicht da"),
    "start the daemon once, or correct state_dir": (
        "starta tjänsten en gång, eller rätta state_dir",
        "den Dienst einmal starten oder state_dir berichtigen",
    ),
    "lies in memory ({}) and is gone after a power cut": (
        "ligger i minnet ({0}) och är borta efter strömavbrott",
        "liegt im Arbeitsspeicher ({0}) und ist nach einem Stromausfall weg",
    ),
    "move state_dir to a disk": ("flytta state_dir till en disk", "state_dir auf eine Platte legen"),
    "{} MB of {} MB are free": ("{0} MB av {1} MB är lediga", "{0} MB von {1} MB sind frei"),
    "less than 1 % of the inodes are free": (
        "mindre än 1 % av inoderna är lediga",
        "weniger als 1 % der Inodes sind frei",
    ),
    "remove what is not needed (journalctl --vacuum-size=100M, apt-get clean), or use a larger disk": (
        "ta bort det som inte behövs (journalctl --vacuum-size=100M, apt-get clean), eller använd en större disk",
        "Unnötiges entfernen (journalctl --vacuum-size=100M, apt-get clean) oder eine größere Platte nehmen",
    ),
    "the journal lies on no disk of this machine's own": (
        "journalen ligger inte på någon egen disk",
        "das Journal liegt auf keiner eigenen Platte dieser Maschine",
    ),
    "an SD card does not tell its wear": (
        "ett SD-kort säger inget om sitt slitage",
        "eine SD-Karte verrät ihren Verschleiß nicht",
    ),
    "prefer eMMC or an industrial card; keep a spare": (
        "välj hellre eMMC eller ett industrikort; ha ett i reserv",
        "besser eMMC oder eine Industriekarte; eine in Reserve halten",
    ),
    "this disk does not tell its wear here": (
        "disken säger inget om sitt slitage här",
        "diese Platte verrät ihren Verschleiß hier nicht",
    ),
    "smartctl -a from smartmontools may": (
        "smartctl -a ur smartmontools kan visa det",
        "smartctl -a aus smartmontools vielleicht",
    ),
    "the flash has lived longer than its maker promised": (
        "flashminnet har levt längre än tillverkaren lovat",
        "der Flash lebt länger, als sein Hersteller versprach",
    ),
    "80 % of the spare blocks are used": ("80 % av reservblocken är använda", "80 % der Reserveblöcke sind verbraucht"),
    "90 % of the spare blocks are used": ("90 % av reservblocken är använda", "90 % der Reserveblöcke sind verbraucht"),
    "{} to {} % of the flash's life are over": (
        "{0} till {1} % av flashminnets liv är förbrukat",
        "{0} bis {1} % der Lebensdauer des Flash sind vorbei",
    ),
    "back up the state directory and replace the controller's flash at the next visit": (
        "säkerhetskopiera state-mappen och byt flashminnet vid nästa besök",
        "das State-Verzeichnis sichern und den Flash beim nächsten Besuch tauschen",
    ),
    "{} facts are as they were written": (
        "{0} poster är som de skrevs",
        "{0} Einträge sind, wie sie geschrieben wurden",
    ),
    "the first {} facts are as they were written; the time did not suffice": (
        "de första {0} posterna är som de skrevs; tiden räckte inte",
        "die ersten {0} Einträge sind, wie sie geschrieben wurden; die Zeit reichte nicht",
    ),
    "run ocpi-gateway verify": ("kör ocpi-gateway verify", "ocpi-gateway verify ausführen"),
    "there is no journal yet at {}": ("det finns ingen journal ännu i {0}", "es gibt noch kein Journal unter {0}"),
    "there is no journal yet": ("det finns ingen journal ännu", "es gibt noch kein Journal"),
    "keep a copy of the journal, find out who changed it, and run ocpi-gateway verify": (
        "behåll en kopia av journalen, ta reda på vem som ändrade den, och kör ocpi-gateway verify",
        "eine Kopie des Journals behalten, herausfinden, wer es änderte, und ocpi-gateway verify ausführen",
    ),
    "refused 1 object": ("nekade 1 objekt", "lehnte 1 Objekt ab"),
    "refused {} objects": ("nekade {0} objekt", "lehnte {0} Objekte ab"),
    "see ocpi-gateway outbox --parked, mend the cause, then ocpi-gateway outbox retry ID": (
        "se ocpi-gateway outbox --parked, åtgärda orsaken, sedan ocpi-gateway outbox retry ID",
        "ocpi-gateway outbox --parked ansehen, Ursache beheben, dann ocpi-gateway outbox retry ID",
    ),
    "nothing was refused": ("inget nekades", "nichts wurde abgelehnt"),
}
