"""Modbus as a master speaks it: one object per line, one transaction in flight, no reply taken for another's."""
