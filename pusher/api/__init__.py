"""The acts of the service for programs: items posted to it, and the callbacks of providers. Nothing here knows a table.

What is to be done is handed in as callables (`pusher.api.api.add_api`), so that nothing here builds or opens anything.
"""
