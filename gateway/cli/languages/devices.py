"""What drivers and lines say of themselves, clause by clause."""

from gateway.cli.language import Table

TABLE: Table = {
    "{}: no reply began within {} s": (
        "{0:say}: inget svar började inom {1:num} s",
        "{0:say}: keine Antwort begann innerhalb von {1:num} s",
    ),
    "check its power, wiring, unit id and baud rate, and the bus's `kind`": (
        "kontrollera matning, kablage, adress, baudtal och bussens `kind`",
        "Versorgung, Verdrahtung, Adresse, Baudrate und `kind` des Busses prüfen",
    ),
    "check its power and wiring": ("kontrollera matning och kablage", "Versorgung und Verdrahtung prüfen"),
    "no reply from unit {} on bus {}": (
        "inget svar från adress {0} på buss {1}",
        "keine Antwort von Adresse {0} an Bus {1}",
    ),
    "{}: refuses function {} at address {} (0x{}) with exception {} ({})": (
        "{0:say}: nekar funktion {1} på adress {2} (0x{3}) med undantag {4} ({5:say})",
        "{0:say}: verweigert Funktion {1} an Adresse {2} (0x{3}) mit Ausnahme {4} ({5:say})",
    ),
    "correct its `model` or `unit`": ("rätta dess `model` eller `unit`", "`model` oder `unit` berichtigen"),
    "device failure": ("fel i enheten", "Gerätefehler"),
    "illegal data address": ("otillåten dataadress", "unzulässige Datenadresse"),
    "illegal data value": ("otillåtet datavärde", "unzulässiger Datenwert"),
    "illegal function": ("otillåten funktion", "unzulässige Funktion"),
    "connection refused": ("förbindelsen nekades", "Verbindung abgelehnt"),
    "{}: connection refused": ("{0:say}: förbindelsen nekades", "{0:say}: Verbindung abgelehnt"),
    "check `host` and `port`, and that the device's Modbus server is enabled": (
        "kontrollera `host` och `port`, och att enhetens Modbus-server är på",
        "`host` und `port` prüfen, und ob der Modbus-Server des Geräts an ist",
    ),
    "there is no such port": ("porten finns inte", "es gibt keine solche Schnittstelle"),
    "{}: there is no such port": ("{0:say}: porten finns inte", "{0:say}: es gibt keine solche Schnittstelle"),
    "plug the adapter in or correct `device` (list them: ls -l /dev/serial/by-id)": (
        "anslut adaptern eller rätta `device` (lista dem: ls -l /dev/serial/by-id)",
        "den Adapter einstecken oder `device` berichtigen (Liste: ls -l /dev/serial/by-id)",
    ),
    "there is no device behind this port": (
        "det finns ingen enhet bakom porten",
        "hinter dieser Schnittstelle ist kein Gerät",
    ),
    "plug the adapter in or correct `device`": (
        "anslut adaptern eller rätta `device`",
        "den Adapter einstecken oder `device` berichtigen",
    ),
    "no permission for this port": ("ingen behörighet för porten", "keine Berechtigung für diese Schnittstelle"),
    "add the service user to the port's group (usually dialout)": (
        "lägg tjänstens användare i portens grupp (oftast dialout)",
        "den Dienstbenutzer in die Gruppe der Schnittstelle aufnehmen (meist dialout)",
    ),
    "the port is taken by {}": ("porten är upptagen av {0:say}", "die Schnittstelle ist belegt von {0:say}"),
    "stop that program or give each its own port": (
        "stoppa det programmet eller ge var och en sin port",
        "dieses Programm stoppen oder jedem eine eigene geben",
    ),
    "no route to the host": ("ingen väg till värden", "kein Weg zum Host"),
    "check `host`, the cable and the device's power": (
        "kontrollera `host`, kabeln och enhetens matning",
        "`host`, Kabel und Versorgung des Geräts prüfen",
    ),
    "no answer to the connection attempt": (
        "inget svar på anslutningsförsöket",
        "keine Antwort auf den Verbindungsversuch",
    ),
    "check `host`, the network and the device's power": (
        "kontrollera `host`, nätet och enhetens matning",
        "`host`, Netz und Versorgung des Geräts prüfen",
    ),
    "the host name is not known": ("värdnamnet är okänt", "der Hostname ist unbekannt"),
    "correct `host` or check name resolution": (
        "rätta `host` eller kontrollera namnuppslagningen",
        "`host` berichtigen oder die Namensauflösung prüfen",
    ),
    "if it recurs, check polarity, termination, parity and for two devices with one unit id": (
        "om det upprepas, kontrollera polaritet, terminering, paritet och om två enheter har samma adress",
        "bei Wiederholung Polarität, Abschluss, Parität und doppelte Adressen prüfen",
    ),
    "pcscd does not run": ("pcscd kör inte", "pcscd läuft nicht"),
    "pcscd is not running": ("pcscd kör inte", "pcscd läuft nicht"),
    "start it with `systemctl enable --now pcscd.socket`": (
        "starta den med `systemctl enable --now pcscd.socket`",
        "mit `systemctl enable --now pcscd.socket` starten",
    ),
    "pcscd denies access": ("pcscd nekar åtkomst", "pcscd verweigert den Zugriff"),
    "allow the service user org.debian.pcsc-lite.access_pcsc and .access_card by a polkit rule": (
        "tillåt tjänstens användare org.debian.pcsc-lite.access_pcsc och .access_card med en polkit-regel",
        "dem Dienstbenutzer org.debian.pcsc-lite.access_pcsc und .access_card per polkit-Regel erlauben",
    ),
    "pyscard cannot be loaded ({})": ("pyscard kan inte laddas ({0})", "pyscard lässt sich nicht laden ({0})"),
    "install pcscd, and pyscard into the gateway's environment": (
        "installera pcscd, och pyscard i gatewayens miljö",
        "pcscd installieren, und pyscard in die Umgebung des Gateways",
    ),
    "another program holds the card reader": (
        "ett annat program håller kortläsaren",
        "ein anderes Programm hält den Kartenleser",
    ),
    "stop it (gpg, opensc and browsers are known for it)": (
        "stoppa det (gpg, opensc och webbläsare är kända för det)",
        "es stoppen (gpg, opensc und Browser sind dafür bekannt)",
    ),
    "the card does not answer": ("kortet svarar inte", "die Karte antwortet nicht"),
    "hold it flat to the reader for a second, or use another card": (
        "håll det platt mot läsaren en sekund, eller ta ett annat kort",
        "sie eine Sekunde flach an den Leser halten oder eine andere nehmen",
    ),
    "the card shows a new random number at each tap, as phones and some bank cards do": (
        "kortet visar ett nytt slumptal varje gång, som telefoner och vissa bankkort",
        "die Karte zeigt jedes Mal eine neue Zufallszahl, wie Telefone und manche Bankkarten",
    ),
    "use a charging card": ("använd ett laddkort", "eine Ladekarte verwenden"),
    "it tells of more than {} cards a minute, and those beyond are not heeded": (
        "den talar om fler än {0} kort i minuten, och de därutöver beaktas inte",
        "er meldet mehr als {0} Karten in der Minute, und die darüber hinaus werden nicht beachtet",
    ),
    "check its cable, its line speed and what lies on it": (
        "kontrollera dess kabel, dess linjehastighet och vad som ligger på den",
        "Kabel, Leitungsgeschwindigkeit und was auf ihm liegt prüfen",
    ),
    "plug the reader in, or correct `device` in the configuration": (
        "anslut läsaren, eller rätta `device` i konfigurationen",
        "den Leser einstecken oder `device` in der Konfiguration berichtigen",
    ),
}
