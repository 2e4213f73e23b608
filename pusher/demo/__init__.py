"""The demo's world around the service: a town that publishes, people, providers that answer, an inbox to look into."""
