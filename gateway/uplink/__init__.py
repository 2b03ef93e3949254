"""The way to the backends: one shipper per backend drains its outbox through an uplink, HTTPS or MQTT."""
