"""What is kept of people, under which key, and for how long; and the copy of it that a person may ask for."""
