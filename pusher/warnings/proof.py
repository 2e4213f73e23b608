"""Signatures of senders that count as an approver: each alert of theirs is checked before anything in it is read."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pusher.warnings.certificate import Certificate
from pusher.warnings.settings import Automatic
from pusher.watch.cap_proof import SIGNED_BY, UNPROVEN, Proof, Proven
from pusher.watch.cap_record import of_element
from pusher.watch.plain_text import Element


def proofs(automatic: Mapping[str, Automatic], now: Callable[[], datetime]) -> Mapping[str, Proof]:
    """How alerts are checked, by name of their source; of sources that are not in it no proof is asked."""
    by_source: defaultdict[str, defaultdict[str, list[Certificate]]] = defaultdict(lambda: defaultdict(list))
    for each in automatic.values():
        if each.certificates:
            by_source[each.source][each.sender] += each.certificates
    return {source: _Signatures(senders, now) for source, senders in by_source.items()}


@dataclass(frozen=True, slots=True)
class _Signatures:
    """The proof of one source."""

    #: By CAP's sender.
    certificates: Mapping[str, Sequence[Certificate]]
    #: The present, aware.
    now: Callable[[], datetime]

    def __call__(self, alert: Element) -> Proven:
        """What a certificate of its sender proves of an alert; the alert as it is, and why, where none does."""
        certificates = self.certificates.get(of_element(alert).text("sender"))
        if certificates is None:
            return Proven(alert)
        at = self.now()
        valid = [each for each in certificates if each.since <= at <= each.until]
        why = "" if valid else "each certificate of its sender in the settings has expired, or is not valid yet"
        # An extra, which the settings were not read without.
        from pusher.warnings.cap import signature  # noqa: PLC0415

        for each in valid:
            try:
                signed = signature.signed_part(alert, certificate=each.pem, at=at)
            except signature.SignatureError as error:
                why = str(error)
            else:
                return Proven(signed, {SIGNED_BY: each.fingerprint})
        return Proven(alert, {UNPROVEN: why})
