"""Everything that speaks with DingTalk: the Stream gateway, the OpenAPI, the clock-in targets."""
