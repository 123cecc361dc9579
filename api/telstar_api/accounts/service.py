"""Registration, password change and reset.

No answer tells whether an address has an account: what depends on that is done when the answer is out.
"""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from telstar_api.accounts import letters, password_rules, repository
from telstar_api.auth import passwords
from telstar_api.auth import repository as sign_ins
from telstar_api.auth.client import Occasion
from telstar_api.auth.digests import digest, new_secret
from telstar_api.auth.service import SignedIn, begin, note
from telstar_api.auth.tokens import AccessTokens, Viewer
from telstar_api.database import Database
from telstar_api.limits import service as limits
from telstar_api.limits.decision import Limit
from telstar_api.limits.service import Counter
from telstar_api.mail.port import Mail, Message, send_after
from telstar_api.models import PasswordReset, Registration, User
from telstar_api.problems import Gone, Invalid, InvalidInput, TooManyAttempts, Unauthenticated

REGISTRATION_LIFETIME = timedelta(days=1)
RESET_LIFETIME = timedelta(minutes=30)
LINK_OVER = "This link is not good any more: ask for a new one."

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MAILS_BY_ADDRESS = Limit(free=10, first=_MINUTE, longest=_HOUR, memory=_DAY)
# Nobody's mailbox is flooded. Whoever asks within the minute has a mail with a link that is good already.
MAILS_TO_MAILBOX = Limit(free=0, first=_MINUTE, longest=_MINUTE, memory=_HOUR)
SECRETS_BY_ADDRESS = Limit(free=20, first=timedelta(seconds=1), longest=_MINUTE, memory=_HOUR)
PASSWORDS_BY_SIGN_IN = Limit(free=5, first=timedelta(seconds=1), longest=15 * _MINUTE, memory=_DAY)


class WrongPassword(Unauthenticated):
    """Not the present password; it is in the audit log."""

    keeps_writes = True


async def register(database: Database, email: str, password: str, occasion: Occasion) -> str:
    """Look at a registration before it is answered: its password's hash. Raises Invalid, TooManyAttempts."""
    _must_be_good(password, email, "body/password")
    household = occasion.client.household
    await limits.take(database, [Counter(("mail", household), MAILS_BY_ADDRESS)], occasion.now)
    return await passwords.hashed(password)


async def finish_registration(
    database: Database, mail: Mail, page: str, email: str, password_hash: str, occasion: Occasion
) -> None:
    """What follows when the answer is out: a mail to the address, whether or not it has an account."""
    if not await _may_write_to(database, email, occasion):
        return
    async with database.writing.begin() as session:
        if await sign_ins.user_by_email(session, email) is not None:
            message = letters.has_account(email, page)
        else:
            token = new_secret()
            session.add(
                Registration(
                    token_hash=digest(token),
                    email=email,
                    password_hash=password_hash,
                    expires_at=occasion.now + REGISTRATION_LIFETIME,
                )
            )
            message = letters.confirm(email, page, token)
    await send_after(mail, message)


async def confirm_registration(
    session: AsyncSession,
    database: Database,
    tokens: AccessTokens,
    token: str,
    password: str,
    occasion: Occasion,
) -> SignedIn:
    """The account, signed in, for the secret from the mail and the password that was chosen.

    It takes both: who registers somebody else's address never gets in by the owner's click, and the owner
    does not get an account with somebody else's password. Raises Gone, WrongPassword, TooManyAttempts.
    """
    row = await repository.registration(session, digest(token), occasion.now)
    await session.close()
    counter = Counter(("secret", occasion.client.household), SECRETS_BY_ADDRESS)
    await limits.take(database, [counter], occasion.now)
    if row is None:
        raise Gone(LINK_OVER)
    if not await passwords.matches(password, row.password_hash):
        raise WrongPassword("This is not the password that was chosen. If you chose none, ignore the mail.")
    user = await repository.new_account(session, row.email, row.password_hash)
    if user is None:
        raise Gone(LINK_OVER)
    await repository.take_registrations(session, row.email, occasion.now)
    await limits.take_back(session, counter, occasion.now)
    note(session, "auth.registered", user.id, user.id, occasion)
    return await begin(session, tokens, user, occasion, by="registration")


async def change_password(
    session: AsyncSession,
    database: Database,
    viewer: Viewer,
    present: str,
    new: str,
    occasion: Occasion,
) -> str:
    """A new password for the old one; all other sign-ins end. Answers whom to tell by mail.

    Raises WrongPassword, Invalid, TooManyAttempts.
    """
    user = await _account(session, viewer)
    _must_be_good(new, user.email, "body/new_password")
    await session.close()
    counter = Counter(("password", str(viewer.sign_in)), PASSWORDS_BY_SIGN_IN)
    await limits.take(database, [counter], occasion.now)
    if not await passwords.matches(present, user.password_hash):
        note(session, "auth.password-change-failed", viewer.id, viewer.id, occasion)
        raise WrongPassword("The present password is wrong.")
    new_hash = await passwords.hashed(new)
    device = digest(occasion.client.device) if occasion.client.device else None
    user = await _account(session, viewer)
    await _put_password(session, user, new_hash, occasion, known_device=device)
    ended = await sign_ins.end_sign_ins(session, user.id, occasion.now, but=viewer.sign_in)
    await limits.succeeded(session, [counter])
    note(session, "auth.password-changed", viewer.id, viewer.id, occasion, sign_ins_ended=ended)
    return user.email


async def ask_for_reset(database: Database, occasion: Occasion) -> None:
    """Whether a reset may be asked for from here. Raises TooManyAttempts."""
    household = occasion.client.household
    await limits.take(database, [Counter(("mail", household), MAILS_BY_ADDRESS)], occasion.now)


async def send_reset(database: Database, mail: Mail, page: str, email: str, occasion: Occasion) -> None:
    """What follows when the answer is out: a mail, if there is such an account."""
    if not await _may_write_to(database, email, occasion):
        return
    async with database.writing.begin() as session:
        user = await sign_ins.user_by_email(session, email)
        if user is None or not user.active:
            return
        token = new_secret()
        session.add(
            PasswordReset(token_hash=digest(token), user_id=user.id, expires_at=occasion.now + RESET_LIFETIME)
        )
        note(session, "auth.password-reset-asked", "anybody", user.id, occasion)
    await send_after(mail, letters.reset(email, page, token))


async def reset_password(
    session: AsyncSession, database: Database, token: str, new: str, occasion: Occasion
) -> str:
    """A new password for the secret from the mail; all sign-ins end. Answers whom to tell by mail.

    Raises Gone, Invalid (which leaves the secret good), TooManyAttempts.
    """
    _must_be_good(new, "", "body/new_password")
    counter = Counter(("secret", occasion.client.household), SECRETS_BY_ADDRESS)
    await limits.take(database, [counter], occasion.now)
    new_hash = await passwords.hashed(new)
    user_id = await repository.take_reset(session, digest(token), occasion.now)
    user = await sign_ins.user(session, user_id) if user_id else None
    if user is None or not user.active:
        raise Gone(LINK_OVER)
    _must_be_good(new, user.email, "body/new_password")
    await _put_password(session, user, new_hash, occasion, known_device=None)
    ended = await sign_ins.end_sign_ins(session, user.id, occasion.now)
    await limits.take_back(session, counter, occasion.now)
    note(session, "auth.password-reset", user.id, user.id, occasion, sign_ins_ended=ended)
    return user.email


async def tell(mail: Mail | None, messages: Sequence[Message]) -> None:
    """Send what an account's owner should know, where there is mail at all."""
    for message in messages if mail is not None else ():
        assert mail is not None
        await send_after(mail, message)


async def _account(session: AsyncSession, viewer: Viewer) -> User:
    user = await sign_ins.user(session, viewer.id)
    if user is None:
        raise Unauthenticated("This account no longer exists.")
    return user


async def _put_password(
    session: AsyncSession, user: User, new_hash: str, occasion: Occasion, *, known_device: bytes | None
) -> None:
    user.password_hash = new_hash
    await repository.forget_resets(session, user.id, occasion.now)
    await sign_ins.forget_devices(session, user.id, known_device)


async def _may_write_to(database: Database, email: str, occasion: Occasion) -> bool:
    try:
        await limits.take(database, [Counter(("mailbox", email), MAILS_TO_MAILBOX)], occasion.now)
    except TooManyAttempts:
        return False
    return True


def _must_be_good(password: str, email: str, pointer: str) -> None:
    objection = password_rules.objection(password, email)
    if objection is not None:
        raise Invalid(InvalidInput(pointer=pointer, detail=objection))
