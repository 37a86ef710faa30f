"""The errors of the assistant, by who has to act.

UserError: the person. NotSent, OutcomeUnknown: the retry loop. Rejected: nobody, it is final.
StoreRefused: the writer, which reads back. ProcessFailed: whoever asks again. OperatorError: an
operator, who corrects the set-up; ServiceStopped is one of a service. ClaimLost: this process,
which leaves the work to another one. Any other error is a bug: an apology with a reference id, a
trace in the log.
"""


class BotError(Exception):
    """Root of the errors that somebody has to act on."""


class UserError(BotError):
    """The person can correct it.

    `code` names a sentence in `locales/`; `params` fills its placeholders.
    """

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


class UpstreamError(BotError):
    """A call of a service did not end in a clear success.

    `service` is the short name of the API, such as `record_upload`. `reason` holds no secret.
    `code` is the service's own; after `retry_after_s` the call may go again, 0 if nobody says so.
    """

    def __init__(self, service: str, reason: str, code: str = "", retry_after_s: float = 0) -> None:
        super().__init__(f"{service}: {reason}")
        self.service = service
        self.reason = reason
        self.code = code
        self.retry_after_s = retry_after_s


class NotSent(UpstreamError):
    """The service certainly did not carry out the call. Send it again."""


class TokenExpired(NotSent):
    """The access token is not valid any more."""


class TooFast(NotSent):
    """The service refuses the pace of this API."""


class Banned(NotSent):
    """DingTalk refuses every call of this app, or from this IP address."""


class Unclassified(UpstreamError):
    """An error code that no table knows.

    Nobody knows its meaning, so a caller tries again a few times. A write may have happened.
    """


class OutcomeUnknown(UpstreamError):
    """Nobody knows whether the service carried out the call. Read back before you send it again."""


class Rejected(UpstreamError):
    """The service refused this item for good."""


class TooLarge(Rejected):
    """The service takes no file of this size."""


class ProcessFailed(BotError):
    """A worker process died, took too long, or raised an error; the message says which."""


class StoreRefused(BotError):
    """The database did not answer, or did not confirm a write.

    The write may still be there: reopen and read it back.
    """


class ClaimLost(Exception):
    """This process was silent for too long: another one may have taken over its claim."""


class OperatorError(BotError):
    """An operator has to correct the set-up. The message says how."""


class ConfigError(OperatorError):
    """The configuration is not usable.

    The message names the key and says what to do. Exit code 2.
    """


class ServiceStopped(UpstreamError, OperatorError):
    """A service refuses us until an operator acts: no permission, no such API, quota used up.

    `remedy` is the sentence that tells the operator what to do.
    """

    def __init__(self, service: str, reason: str, remedy: str) -> None:
        super().__init__(service, f"{reason}. {remedy}")
        self.reason = reason
        self.remedy = remedy
