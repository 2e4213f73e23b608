"""XML signatures on alerts (enveloped XML-DSig, CAP 1.2 §3.3.2.1): made, and checked. Needs the extra "signatures"."""

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
    if root.find(f"{{{SIGNATURES}}}Signature") is None:
        raise SignatureError("the alert is not signed")
    # What was signed long ago is still in the world; SHA-1 is refused all the same.
    allowed = SignatureConfiguration(
        location="./",
        signature_methods=frozenset(
            {SignatureMethod.RSA_SHA256, SignatureMethod.RSA_SHA512, SignatureMethod.ECDSA_SHA256}
        ),
    )
    try:
        checked = XMLVerifier().verify(
            root, x509_cert=certificate.decode("ascii"), expect_config=allowed, id_attribute="Id"
        )
    except Exception as error:
        failure = SignatureError(f"the signature does not fit the alert or the certificate ({type(error).__name__})")
    else:
        _check_covers(root, checked)
        return Signed(trusted.subject.rfc4514_string(), trusted.not_valid_after_utc)
    raise failure


def _check_covers(root: Element, checked: object) -> None:
    signed = getattr(checked, "signed_xml", None)
    if signed is None or etree.QName(signed) != etree.QName(root):
        raise SignatureError("the signature covers something else than the whole alert")


def _algorithm(key: bytes) -> SignatureMethod:
    is_elliptic = isinstance(load_pem_private_key(key, None), EllipticCurvePrivateKey)
    return SignatureMethod.ECDSA_SHA256 if is_elliptic else SignatureMethod.RSA_SHA256
