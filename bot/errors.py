"""The errors of the assistant, by who has to act.

BotError
├── UserError                the person can act: a sentence from the locale, no trace
├── UpstreamError            the retry loop acts
│   ├── NotSent              it was certainly not taken: safe to send again
│   ├── OutcomeUnknown       it may have been taken: read back before sending again
│   └── Rejected             final for this item
├── ProcessFailed            a worker process failed
├── StoreRefused             the database did not confirm a write: read back before saying anything
│   └── StoreDamaged         it is damaged and must be restored; the process ends (also an OperatorError)
└── OperatorError            somebody has to mend the set-up
    ├── ConfigError          the configuration is wrong (exit code 2)
    └── ServiceStopped       a service refuses us until permission, address or quota is mended

Anything else is a bug: an apology with a reference id, the trace in the log, never swallowed.
"""


class BotError(Exception):
    """Root of everything the assistant raises on purpose."""


class UserError(BotError):
    """Something the person can put right.

    `code` names a sentence in `locales/`; `params` fills its placeholders.
    """

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


class UpstreamError(BotError):
    """A service we call did not do what we asked.

    `service` is the short name of the API (for example `record_upload`), `reason` says what happened
    in words without secrets.
    """

    def __init__(self, service: str, reason: str) -> None:
        super().__init__(f"{service}: {reason}")
        self.service = service
        self.reason = reason


class NotSent(UpstreamError):
    """The call was certainly not carried out; sending it again is safe.

    `retry_after_s` is how long the service asked us to wait, in seconds, if it did.
    """

    def __init__(self, service: str, reason: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(service, reason)
        self.retry_after_s = retry_after_s


class OutcomeUnknown(UpstreamError):
    """The call may or may not have been carried out; ask before sending it again."""


class Rejected(UpstreamError):
    """The service refused this item for good; `reason` is its own explanation, `code` its own code."""

    def __init__(self, service: str, reason: str, code: str = "") -> None:
        super().__init__(service, reason)
        self.code = code


class ProcessFailed(BotError):
    """A worker process died, took too long, or raised an error; the message says which."""


class StoreRefused(BotError):
    """The database did not confirm a write. The write may still be there: reopen and read it back."""


class ClaimLost(Exception):
    """Another process may have taken over a claim of this one, which was silent for too long."""


class OperatorError(BotError):
    """The set-up has to be mended by an operator; the message says how."""


class StoreDamaged(StoreRefused, OperatorError):
    """The database turned out to be damaged while it was used; the message says how to restore it.

    Retry loops may catch it as StoreRefused; the heartbeat then ends the process.
    """


class ConfigError(OperatorError):
    """The configuration cannot be used; the message names the key and the mend."""


class ServiceStopped(OperatorError):
    """A service refuses us until an operator acts (no permission, no such API, quota used up).

    `service` is the short name of the API, `remedy` the sentence that tells the operator what to do.
    """

    def __init__(self, service: str, reason: str, remedy: str) -> None:
        super().__init__(f"{service}: {reason}. {remedy}")
        self.service = service
        self.reason = reason
        self.remedy = remedy
