"""The Common Alerting Protocol and the profile of the national warning system: read, check, write."""
