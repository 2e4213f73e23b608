"""The command line: each command asks the service for one act and says what came of it."""
