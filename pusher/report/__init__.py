"""What became of it: progress, reach, and what is overdue. Reads only."""
