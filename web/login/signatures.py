"""
Signatures that people's keys make over a digest: raw `r ‖ s` for elliptic curves, PKCS #1 for RSA.
"""

from __future__ import annotations

import base64
import binascii

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, utils

from web.login.certificates import PersonKey
from web.login.port import LogInRefused

#: longest text of base64 that is decoded, in characters
LONGEST = 32 * 1024


def decoded(text: object) -> bytes:
    """
    Decode base64 from outside; only its own alphabet and padding are accepted.

    Raises:
        LogInRefused: `unreadable_answer`.
    """
    if not isinstance(text, str) or not text or len(text) > LONGEST:
        raise LogInRefused("unreadable_answer", "base64")
    try:
        return base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        raise LogInRefused("unreadable_answer", "base64") from None


def verify(
    key: PersonKey, signature: bytes, digest: bytes, algorithm: hashes.HashAlgorithm, *, pss: bool = False
) -> None:
    """
    Check a signature over `digest`.

    Args:
        signature: `r ‖ s`, each as long as the curve's order, or RSA's.
        algorithm: that made the digest; its length is the digest's.
        pss: RSA with PSS instead of PKCS #1 v1.5.

    Raises:
        LogInRefused: `bad_signature`.
    """
    hashed = utils.Prehashed(algorithm)
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(_der(signature, key), digest, ec.ECDSA(hashed))
        else:
            pad = padding.PSS(padding.MGF1(algorithm), padding.PSS.DIGEST_LENGTH) if pss else padding.PKCS1v15()
            key.verify(signature, digest, pad, hashed)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        raise LogInRefused("bad_signature") from None


def _der(signature: bytes, key: ec.EllipticCurvePublicKey) -> bytes:
    size = (key.key_size + 7) // 8
    if len(signature) != 2 * size:
        raise ValueError("length of a signature")
    return utils.encode_dss_signature(int.from_bytes(signature[:size], "big"), int.from_bytes(signature[size:], "big"))
