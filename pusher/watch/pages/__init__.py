"""HTML pages: lists and articles recognised by their structure. Pure; nothing here fetches, stores or reads a clock."""
