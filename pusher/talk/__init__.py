"""What people write, press or scan towards the service, what that does, and what they are answered."""
