"""What a line to a carrier's gateway needs, whatever is spoken on it: CMPP and SMPP differ in frames and codes only.

`layout` and `stream` are octets and frames; `link` one connection with its window, `lines` all of an account; `parts`
and `pieces` cut long messages and join them; `assembly` brings the reports on parts together; `channel` is what sends.
"""
