"""What the control pilot says of the vehicle; alone, so that who only shows it needs no facts."""

from enum import StrEnum


class Pilot(StrEnum):
    """Control pilot state of IEC 61851-1: A no vehicle, B connected, C charging, D with ventilation, E/F fault."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"
    E = "E"
    F = "F"
