"""The service: watch, review, plan, dispatch, report, and the ways people and programs reach it."""
