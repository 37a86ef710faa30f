"""The signature of the signed clock-in API."""

import pytest

from bot.dingtalk.clock_in import authorization

URL = "https://oapi.dingtalk.com/attendance/v1/clock/single/add"


@pytest.mark.parametrize(
    ("secret", "ts_ms", "signature"),
    [
        ("s3cr3t", 1700000000000, "0U84DFP8VImu6KghKqBh36pGtli0dDg0hQ6XwdtMhQ0="),
        ("密钥-ünï", 1764000000123, "3IWHot4Le96bOv16lDQyBuRGWGFdc_wUJxMfj2TvYTo="),
    ],
)
def test_the_golden_vectors_hold(secret: str, ts_ms: int, signature: str) -> None:
    expected = f"myAppKey=dingxxxx,timestamp={ts_ms},signature={signature}"
    assert authorization("dingxxxx", secret, URL, ts_ms) == expected


@pytest.mark.parametrize(("secret", "url", "ts_ms"), [("t", URL, 1), ("s", URL + "/", 1), ("s", URL, 2)])
def test_secret_address_and_time_each_change_the_signature(secret: str, url: str, ts_ms: int) -> None:
    plain = authorization("id", "s", URL, 1).rpartition("signature=")[2]
    assert authorization("id", secret, url, ts_ms).rpartition("signature=")[2] != plain
