"""The signature of the signed clock-in API."""

import hmac
from base64 import urlsafe_b64encode


def authorization(client_id: str, client_secret: str, signed_url: str, ts_ms: int) -> str:
    """Return the `Authorization` header of a request made at `ts_ms` (milliseconds since 1970-01-01 UTC).

    HMAC-SHA256 under the client secret over secret, address and time, in URL-safe base64 with its padding.
    """
    key = client_secret.encode()
    digest = hmac.digest(key, f"{client_secret}{signed_url}{ts_ms}".encode(), "sha256")
    return f"myAppKey={client_id},timestamp={ts_ms},signature={urlsafe_b64encode(digest).decode()}"
