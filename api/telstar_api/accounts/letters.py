"""What mails say. Secrets stand behind the `#` of a link, which browsers send to no server. Pure."""

from telstar_api.mail.port import Message

IGNORE = "If this was not you, you need do nothing."


def confirm(to: str, page: str, token: str) -> Message:
    """To whoever registers."""
    return Message(
        to,
        "Confirm your Telstar account",
        f"Somebody, we hope you, registered at {page} with this address. To confirm it, follow this link "
        f"within a day and enter the password you chose:\n\n{page}/register/confirm#token={token}\n\n"
        f"{IGNORE} Without the password the link opens nothing.\n",
    )


def has_account(to: str, page: str) -> Message:
    """To whoever registers a second time."""
    return Message(
        to,
        "You already have a Telstar account",
        f"Somebody, we hope you, registered at {page} with this address, which has an account already. "
        f"Sign in as before, or choose a new password: {page}/reset\n\n{IGNORE}\n",
    )


def reset(to: str, page: str, token: str) -> Message:
    """To whoever forgot the password."""
    return Message(
        to,
        "Choose a new Telstar password",
        f"To choose a new password for {page}, follow this link within half an hour:\n\n"
        f"{page}/reset/confirm#token={token}\n\n{IGNORE} Your password stays as it is.\n",
    )


def password_changed(to: str, page: str) -> Message:
    """To whoever's password is another now."""
    return Message(
        to,
        "Your Telstar password was changed",
        f"The password of your account at {page} was changed, and other devices were signed out. "
        f"If this was not you, choose a new one at once: {page}/reset\n",
    )
