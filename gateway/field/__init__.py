"""Buses and card readers: where hardware becomes observations, and wanted outputs become true."""
