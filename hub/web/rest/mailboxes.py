"""What is settled by mail: whose an address is, a forgotten password, another address."""

from fastapi import APIRouter

from hub.errors import Code
from hub.web.problems import answers
from hub.web.rest.asking import BODY, RECENTLY, SENDS, SIGNED_IN, Asked, Body, By, Email, Token
from hub.web.rest.pacing import Counted, counted, secret_tried
from hub.web.rest.people import Accepted, Password

router = APIRouter(tags=["accounts"])

ALIKE = "The answer is the same whether or not the address has an account; the letter to it says more."


class AddressBody(Body):
    email: Email


class TokenBody(Body):
    token: Token


class NewPassword(TokenBody):
    new_password: Password


@router.post(
    "/accounts/verify",
    status_code=204,
    operation_id="verifyAddress",
    summary="Confirm an e-mail address, by the token that was sent to it",
    description="`gone`: the token was used, has expired or was never made. `conflict`: another account has it.",
    responses=answers(*BODY, Code.GONE, Code.CONFLICT, Code.RATE_LIMITED),
    dependencies=[secret_tried()],
)
async def verify_address(accounts: Asked, body: TokenBody) -> None:
    await accounts.mailboxes.verify(body.token)


@router.post(
    "/accounts/verification-mails",
    status_code=202,
    operation_id="askForVerification",
    summary="Send the letter by which an address is confirmed once more",
    description=ALIKE,
    responses=answers(*BODY, Code.RATE_LIMITED),
    dependencies=[counted("letters_per_network")],
)
async def ask_for_verification(accounts: Asked, rates: Counted, body: AddressBody) -> Accepted:
    await rates.take(letters_per_address=body.email.key)
    await accounts.mailboxes.ask_for_verification(body.email)
    return Accepted()


@router.post(
    "/accounts/password-resets",
    status_code=202,
    operation_id="askForReset",
    summary="Send a letter by which a forgotten password is replaced",
    description=ALIKE,
    responses=answers(*BODY, Code.RATE_LIMITED),
    dependencies=[counted("letters_per_network")],
)
async def ask_for_reset(accounts: Asked, rates: Counted, body: AddressBody) -> Accepted:
    await rates.take(letters_per_address=body.email.key)
    await accounts.mailboxes.ask_for_reset(body.email)
    return Accepted()


@router.put(
    "/accounts/password-resets",
    status_code=204,
    operation_id="resetPassword",
    summary="Choose a new password, by the token that was sent; all sessions end",
    description="`gone`: the token was used, has expired or was never made.",
    responses=answers(*BODY, Code.GONE, Code.UNAVAILABLE, Code.RATE_LIMITED),
    dependencies=[secret_tried()],
)
async def reset_password(accounts: Asked, body: NewPassword) -> None:
    await accounts.mailboxes.reset(body.token, body.new_password)


@router.put(
    "/me/email",
    status_code=202,
    operation_id="changeAddress",
    summary="Change your e-mail address",
    description="It changes once the new one is confirmed, by the letter to it. The answer is the same whether or not "
    "another account has it.",
    responses=answers(*SIGNED_IN, *RECENTLY, *BODY),
    dependencies=[SENDS],
)
async def change_address(accounts: Asked, actor: By, body: AddressBody) -> Accepted:
    await accounts.mailboxes.ask_for_change(actor, body.email)
    return Accepted()
