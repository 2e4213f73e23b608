"""How a message ended in the network, in the words that the carriers' status reports share. Pure.

Source: CMPP 3.0 (QB-GF-028-2003), `Stat` of a status report; MBBLACK and the like are the platforms' own.
"""

from collections.abc import Mapping

from channels.receipt import Outcome

#: Outcome by the report's code.
ENDS: Mapping[str, Outcome] = {
    "DELIVRD": Outcome.DELIVERED,
    # On its way: it says no more than "accepted" did.
    "ACCEPTD": Outcome.SENT,
    "EXPIRED": Outcome.TEMPORARY,
    "DELETED": Outcome.TEMPORARY,
    "UNDELIV": Outcome.TEMPORARY,
    "REJECTD": Outcome.TEMPORARY,
    "UNKNOWN": Outcome.TEMPORARY,
    "MBBLACK": Outcome.PERMANENT,
}


def end(code: str, *, success: bool, ends: Mapping[str, Outcome] = ENDS) -> Outcome:
    """How the message ended; `success` is the report's own verdict and outweighs an odd code.

    A failure with a code that stands in no table is temporary: it speaks of one number only, and carriers invent codes.
    """
    if success:
        return Outcome.DELIVERED
    outcome = ends.get(code, Outcome.TEMPORARY)
    return Outcome.TEMPORARY if outcome is Outcome.DELIVERED else outcome
