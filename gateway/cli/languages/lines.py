"""What a line's errors hint at, clause by clause."""

from gateway.cli.language import Table

TABLE: Table = {
    "the USB adapter holds every reply back for up to its latency_timer, as from the factory": (
        "USB-adaptern håller varje svar upp till sin latency_timer, som från fabrik",
        "der USB-Adapter hält jede Antwort bis zu seinem latency_timer zurück, wie ab Werk",
    ),
    "install the udev rule 61-ocpi-gateway.rules and plug it in anew, or write 1 to /sys/bus/usb-serial/devices/PORT/latency_timer": (
        "installera udev-regeln 61-ocpi-gateway.rules och anslut den på nytt, eller skriv 1 till /sys/bus/usb-serial/devices/PORT/latency_timer",
        "die udev-Regel 61-ocpi-gateway.rules installieren und ihn neu einstecken, oder 1 nach /sys/bus/usb-serial/devices/PORT/latency_timer schreiben",
    ),
    "no device answers and no byte comes back": (
        "ingen enhet svarar och inte en byte kommer tillbaka",
        "kein Gerät antwortet und kein Byte kommt zurück",
    ),
    "A and B are swapped, the baud rate is wrong, or the line has no power": (
        "A och B är förväxlade, baudtalet är fel, eller linjen är strömlös",
        "A und B sind vertauscht, die Baudrate ist falsch, oder die Leitung ist stromlos",
    ),
    "swap A and B first, then run ocpi-gateway bus scan": (
        "byt A och B först, kör sedan ocpi-gateway bus scan",
        "zuerst A und B tauschen, dann ocpi-gateway bus scan ausführen",
    ),
    "bytes come back and no reply is whole": (
        "byte kommer tillbaka men inget svar är helt",
        "Bytes kommen zurück, aber keine Antwort ist vollständig",
    ),
    "parity, stop bits or baud rate differ": (
        "paritet, stoppbitar eller baudtal skiljer sig",
        "Parität, Stoppbits oder Baudrate weichen ab",
    ),
    "run ocpi-gateway bus scan, or look at a meter's display": (
        "kör ocpi-gateway bus scan, eller se på en mätares display",
        "ocpi-gateway bus scan ausführen oder auf das Display eines Zählers sehen",
    ),
    "replies of several devices are spoilt now and then": (
        "flera enheters svar är störda då och då",
        "Antworten mehrerer Geräte sind ab und zu gestört",
    ),
    "check the 120 ohm terminators (both ends of the line and nowhere else), the bias, long stubs, and the cable's distance from motor and contactor leads": (
        "kontrollera termineringsmotstånden på 120 ohm (linjens båda ändar och ingen annanstans), förspänningen, långa stickledningar, och kabelns avstånd till motor- och kontaktorledningar",
        "die 120-Ohm-Abschlusswiderstände (beide Enden der Leitung und sonst nirgends), die Vorspannung, lange Stichleitungen und den Abstand zu Motor- und Schützleitungen prüfen",
    ),
    "the line is busy all the time": ("linjen är ständigt upptagen", "die Leitung ist ständig belegt"),
    "raise poll_interval_s or the baud rate, or split the line": (
        "höj poll_interval_s eller baudtalet, eller dela linjen",
        "poll_interval_s oder die Baudrate erhöhen, oder die Leitung teilen",
    ),
    "its replies are spoilt while its neighbours' are clean": (
        "dess svar är störda medan grannarnas är felfria",
        "seine Antworten sind gestört, die der Nachbarn fehlerfrei",
    ),
    "two devices have unit id {}, or its own stub is bad": (
        "två enheter har adress {0}, eller så är dess egen stickledning dålig",
        "zwei Geräte haben Adresse {0}, oder seine eigene Stichleitung ist schlecht",
    ),
    "switch it off and see whether unit {} still answers": (
        "stäng av den och se om adress {0} ändå svarar",
        "es abschalten und sehen, ob Adresse {0} noch antwortet",
    ),
    "it answers twice": ("den svarar två gånger", "es antwortet doppelt"),
    "two devices have unit id {}, or a converter repeats": (
        "två enheter har adress {0}, eller så upprepar en omvandlare telegrammen",
        "zwei Geräte haben Adresse {0}, oder ein Konverter wiederholt Telegramme",
    ),
    "its replies are spoilt now and then": (
        "dess svar är störda då och då",
        "seine Antworten sind ab und zu gestört",
    ),
    "check the 120 ohm terminators (both ends of the line and nowhere else), its stub, and the clamps of A and B": (
        "kontrollera termineringsmotstånden på 120 ohm (linjens båda ändar och ingen annanstans), dess stickledning, och klämmorna för A och B",
        "die 120-Ohm-Abschlusswiderstände (beide Enden der Leitung und sonst nirgends), seine Stichleitung und die Klemmen von A und B prüfen",
    ),
    "its replies come after the time-out": (
        "dess svar kommer först efter väntetiden",
        "seine Antworten kommen erst nach der Wartezeit",
    ),
    "raise its timeout_s": ("höj dess timeout_s", "sein timeout_s erhöhen"),
    "it refuses what is asked": ("den nekar det som frågas", "es verweigert das Gefragte"),
    "it is busy, if ocpi-gateway meters says so": (
        "den är upptagen, om ocpi-gateway meters säger så",
        "es ist beschäftigt, wenn ocpi-gateway meters das sagt",
    ),
    "else its model or unit id in the configuration is another device's": (
        "annars är dess modell eller adress i konfigurationen en annan enhets",
        "sonst gehört sein Modell oder seine Adresse in der Konfiguration einem anderen Gerät",
    ),
    "run ocpi-gateway bus scan with the gateway stopped": (
        "kör ocpi-gateway bus scan med gatewayen stoppad",
        "ocpi-gateway bus scan bei gestopptem Gateway ausführen",
    ),
    "it is silent while its neighbours answer": (
        "den är tyst medan grannarna svarar",
        "es schweigt, während die Nachbarn antworten",
    ),
    "check its power, its unit id ({}) and its own A and B": (
        "kontrollera dess matning, adress ({0}) och dess egna A och B",
        "seine Versorgung, seine Adresse ({0}) und seine eigenen A und B prüfen",
    ),
    "it leaves questions unanswered now and then": (
        "den lämnar frågor obesvarade då och då",
        "es lässt ab und zu Fragen unbeantwortet",
    ),
    "check its clamps and its supply, and whether another master speaks on the line": (
        "kontrollera klämmor och matning, och om en annan master talar på linjen",
        "Klemmen und Versorgung prüfen, und ob ein anderer Master auf der Leitung spricht",
    ),
}
