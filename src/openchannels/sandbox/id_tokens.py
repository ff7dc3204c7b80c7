"""Signed id tokens (OpenID Connect), and the public key to verify them with."""

from datetime import UTC, datetime, timedelta
from functools import cache, cached_property
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from jwt.algorithms import RSAAlgorithm

from openchannels.sandbox.ids import digest
from openchannels.sandbox.state import State

LIFETIME_SECONDS = 3600
_ALGORITHM = "RS256"


class IdTokens:
    """Signs id tokens with one key, which the sandbox's state keeps."""

    def __init__(self, state: State) -> None:
        self._state = state

    @cached_property
    def _key(self) -> rsa.RSAPrivateKey:
        text = self._state.value("signing_key", _new_key())
        key = load_pem_private_key(text.encode(), password=None)
        assert isinstance(key, rsa.RSAPrivateKey)
        return key

    @cached_property
    def _key_id(self) -> str:
        public = self._key.public_key()
        coded = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return f"{digest('key', coded.hex()):032x}"

    def sign(self, claims: dict[str, Any], now: float) -> str:
        """An id token with these claims, issued now and valid for an hour."""
        times = {"iat": int(now), "exp": int(now) + LIFETIME_SECONDS}
        headers = {"kid": self._key_id}
        return jwt.encode(claims | times, self._key, algorithm=_ALGORITHM, headers=headers)

    def key_set(self) -> dict[str, Any]:
        """The public key as a JSON Web Key Set (RFC 7517)."""
        key = RSAAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        key.pop("key_ops")
        return {"keys": [key | {"kid": self._key_id, "use": "sig", "alg": _ALGORITHM}]}

    def certificates(self) -> dict[str, str]:
        """The public key in an X.509 certificate (PEM) by its id."""
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "openchannels sandbox")])
        begin = datetime(2026, 1, 1, tzinfo=UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self._key.public_key())
            .serial_number(int(self._key_id, 16) >> 1 or 1)
            .not_valid_before(begin)
            .not_valid_after(begin + timedelta(days=36_500))
            .sign(self._key, hashes.SHA256())
        )
        return {self._key_id: certificate.public_bytes(Encoding.PEM).decode()}


def discovery(
    issuer: str, authorization: str, token: str, userinfo: str, keys: str, **more: Any
) -> dict[str, Any]:
    """Where an identity provider has its endpoints (OpenID Connect Discovery 1.0, section 3)."""
    return {
        "issuer": issuer,
        "authorization_endpoint": authorization,
        "token_endpoint": token,
        "userinfo_endpoint": userinfo,
        "jwks_uri": keys,
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [_ALGORITHM],
        "scopes_supported": ["openid", "email", "profile"],
        **more,
    }


@cache
def _new_key() -> str:
    """A private key (PEM); one for the process, because making one takes long."""
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
