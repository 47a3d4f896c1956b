"""What is really in the file of a device's store."""

from __future__ import annotations

from device_sdk import Device


def decrypted(device: Device) -> bytes:
    """Every page of the file in clear, free ones included; the store is of no use afterwards."""
    device._reader.close()
    database = device._store.database
    database.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.connection.execute("PRAGMA journal_mode=DELETE")
    database.connection.execute("PRAGMA rekey=''")
    return database.path.read_bytes()
