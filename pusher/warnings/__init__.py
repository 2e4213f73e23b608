"""Warnings: CAP in and out, a warning's life, who must answer; from the draft to the end for exactly those warned."""
