"""XML signatures on alerts (enveloped XML-DSig, CAP 1.2 §3.3.2.1): made, and checked. Needs the extra "signatures"."""

from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from lxml import etree
from signxml.algorithms import SignatureConstructionMethod, SignatureMethod
from signxml.signer import XMLSigner
from signxml.verifier import SignatureConfiguration, XMLVerifier

from pusher.warnings.cap.read import SIGNATURES
from pusher.watch import cap_xml
from pusher.watch.plain_text import Element

#: Of RSA and EC, with digests that still hold.
_METHODS = frozenset(
    {
        SignatureMethod.RSA_SHA256,
        SignatureMethod.RSA_SHA384,
        SignatureMethod.RSA_SHA512,
        SignatureMethod.ECDSA_SHA256,
        SignatureMethod.ECDSA_SHA384,
        SignatureMethod.ECDSA_SHA512,
    }
)


class SignatureError(ValueError):
    """The signature cannot be made or checked; one sentence says why, without any key."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature that fits the alert."""

    #: Subject of the certificate that it was checked with.
    subject: str
    #: Aware end of the certificate's life.
    valid_until: datetime


def sign(alert: Element, *, key: bytes, certificate: bytes) -> Element:
    """A copy of the alert with a signature as its last element (RSA or EC with SHA-256); key and certificate in PEM.

    Raises SignatureError where they do not fit each other, or cannot be read.
    """
    try:
        signer = XMLSigner(
            method=SignatureConstructionMethod.enveloped,
            signature_algorithm=_algorithm(key),
            c14n_algorithm="http://www.w3.org/2001/10/xml-exc-c14n#",
        )
        signed: Element = signer.sign(alert, key=key, cert=certificate.decode("ascii"))
    except Exception as error:
        failure = SignatureError(f"the alert cannot be signed with this key and certificate ({type(error).__name__})")
    else:
        return signed
    raise failure


def verify(document: bytes, *, certificate: bytes) -> Signed:
    """Check the signature of the one alert of a document against the certificate (PEM) of whom we trust.

    Raises SignatureError if there is none, if it does not fit, or if it covers something else than the whole alert.
    A certificate inside the document is never believed.
    """
    try:
        root = cap_xml.parse(cap_xml.text_of(document, "")[0])
        trusted = x509.load_pem_x509_certificate(certificate)
    except ValueError as error:
        raise SignatureError(str(error)) from None
    signed_part(root, certificate=certificate)
    return Signed(trusted.subject.rfc4514_string(), trusted.not_valid_after_utc)


def signed_part(alert: Element, *, certificate: bytes, at: datetime | None = None) -> Element:
    """What the alert's own signature proves, as an element that was made of the signed bytes and of nothing else.

    Whoever trusts the signature reads this and not `alert`. The certificate must be in force at the aware time `at`
    (None = now). Raises SignatureError as `verify` does.
    """
    if alert.find(f"{{{SIGNATURES}}}Signature") is None:
        raise SignatureError("the alert is not signed")
    # What was signed long ago is still in the world; SHA-1 is refused all the same.
    allowed = SignatureConfiguration(location="./", signature_methods=_METHODS, verification_time=at)
    try:
        checked = XMLVerifier().verify(
            alert, x509_cert=certificate.decode("ascii"), expect_config=allowed, id_attribute="Id"
        )
        signed: Element | None = getattr(checked, "signed_xml", None)
    except Exception as error:
        failure = SignatureError(f"the signature does not fit the alert or the certificate ({type(error).__name__})")
    else:
        if signed is None or _canonical(signed) != _canonical(_without_signature(alert)):
            # A signature of one's own, wrapped into somebody else's alert.
            raise SignatureError("the signature covers something else than the whole alert")
        return signed
    raise failure


def _without_signature(alert: Element) -> Element:
    rest = deepcopy(alert)
    signature = rest.find(f"{{{SIGNATURES}}}Signature")
    assert signature is not None
    before, after = signature.getprevious(), signature.tail or ""
    rest.remove(signature)
    if before is None:
        rest.text = (rest.text or "") + after
    else:
        before.tail = (before.tail or "") + after
    return rest


def _canonical(element: Element) -> bytes:
    written: bytes = etree.tostring(element, method="c14n", exclusive=True, with_tail=False)
    return written


def _algorithm(key: bytes) -> SignatureMethod:
    is_elliptic = isinstance(load_pem_private_key(key, None), EllipticCurvePrivateKey)
    return SignatureMethod.ECDSA_SHA256 if is_elliptic else SignatureMethod.RSA_SHA256
