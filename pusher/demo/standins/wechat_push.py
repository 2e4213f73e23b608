"""What the platform pushes to an account: XML, signed, and encrypted where a key is set."""

import base64
import hashlib
import secrets
import struct
import time
from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from pusher.demo.standins.callbacks import Call

#: PKCS#7 is applied to blocks of this many bytes, not of AES's 16.
_BLOCK = 32

#: What an XML element of a push holds: text, a number (written without CDATA), elements, or a repeated element.
Content = str | int | Mapping[str, "Content"]


@dataclass(frozen=True, slots=True)
class PushTo:
    """Where and how an account wants to be called."""

    #: "" = nowhere.
    url: str = ""
    token: str = ""
    appid: str = ""
    #: EncodingAESKey of 43 characters; "" = plain mode.
    aes_key: str = ""

    def call(self, content: Mapping[str, Content]) -> Call:
        """The call for a push of these elements."""
        xml = element("xml", content)
        timestamp, nonce = str(int(time.time())), secrets.token_hex(5)
        query = {"signature": sign(self.token, timestamp, nonce), "timestamp": timestamp, "nonce": nonce}
        if self.aes_key:
            encrypted = encrypt(xml, aes_key=self.aes_key, appid=self.appid)
            signature = sign(self.token, timestamp, nonce, encrypted)
            query |= {"encrypt_type": "aes", "msg_signature": signature}
            xml = element("xml", {"ToUserName": self.appid, "Encrypt": encrypted})
        return Call(self.url, xml.encode(), "text/xml", query)


def read_answer(body: str, *, aes_key: str) -> dict[str, str]:
    """The elements of a passive reply; empty for anything else. With a key only an encrypted one counts."""
    told = _elements(body)
    if not aes_key or not told:
        return told
    key = base64.b64decode(f"{aes_key}=")
    decryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).decryptor()
    plain = decryptor.update(base64.b64decode(told.get("Encrypt", ""))) + decryptor.finalize()
    [length] = struct.unpack(">I", plain[16:20])
    return _elements(plain[20 : 20 + length].decode())


def _elements(body: str) -> dict[str, str]:
    try:
        return {child.tag: child.text or "" for child in ElementTree.fromstring(body)}  # noqa: S314 - our own service
    except ElementTree.ParseError:
        return {}


def sign(*parts: str) -> str:
    """SHA-1 of the sorted parts, joined."""
    return hashlib.sha1("".join(sorted(parts)).encode(), usedforsecurity=False).hexdigest()


def encrypt(xml: str, *, aes_key: str, appid: str) -> str:
    """AES-256-CBC in base64 of 16 random bytes, the length, the XML and the appid."""
    key = base64.b64decode(f"{aes_key}=")
    body = xml.encode()
    plain = secrets.token_bytes(16) + struct.pack(">I", len(body)) + body + appid.encode()
    padding = _BLOCK - len(plain) % _BLOCK
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    return base64.b64encode(encryptor.update(plain + bytes([padding]) * padding) + encryptor.finalize()).decode()


def element(name: str, content: Content) -> str:
    """One element: texts in CDATA, as the platform writes them."""
    if isinstance(content, Mapping):
        inner = "".join(element(child, value) for child, value in content.items())
    elif isinstance(content, int):
        inner = str(content)
    else:
        inner = "<![CDATA[" + content.replace("]]>", "]]]]><![CDATA[>") + "]]>"
    return f"<{escape(name)}>{inner}</{escape(name)}>"
