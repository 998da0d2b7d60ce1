"""The pure language core: functions over values, no network, database, clock or environment."""
