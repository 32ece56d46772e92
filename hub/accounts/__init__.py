"""Accounts, sessions, organizations, teams and invitations.

One module per noun with its use cases, each taking the actor who asks; `rights` settles what the actor may do, `store`
holds the queries. `Accounts` puts them together.
"""

from collections.abc import Callable

from hub.access import Authority, Change
from hub.accounts.administration import Administration
from hub.accounts.api_tokens import ApiTokens
from hub.accounts.authority import SyncAuthority
from hub.accounts.events import Events
from hub.accounts.gateways import Gateways
from hub.accounts.invitations import Invitations
from hub.accounts.joining import Joining
from hub.accounts.keys import SigningKeys
from hub.accounts.mailboxes import Mailboxes
from hub.accounts.organizations import Organizations
from hub.accounts.passwords import Cost, Passwords
from hub.accounts.people import People
from hub.accounts.repeats import Repeats
from hub.accounts.safe import Safe
from hub.accounts.second_factors import SecondFactors
from hub.accounts.sessions import Sessions
from hub.accounts.teams import Teams
from hub.accounts.tokens import AccessTokens
from hub.accounts.work import Ledger
from hub.database import Database
from hub.mail.outbox import Outbox
from hub.settings import Settings

KEYS_FILE = "signing-keys.json"
SAFE_FILE = "second-factors.key"


class Accounts:
    def __init__(
        self,
        database: Database,
        settings: Settings,
        *,
        public_url: str,
        announce: Callable[[Change], None],
        clock: Callable[[], float],
        password_cost: Cost | None = None,
    ) -> None:
        """`public_url` is where people reach this hub: links start with it and tokens name it as their issuer.

        `announce` is called after each commit that somebody connected should hear of. Raises OSError where the keys
        can't be read or made in the data folder.
        """
        self.outbox = Outbox(public_url)
        ledger = Ledger(database, announce, clock, self.outbox)
        passwords = Passwords(password_cost or Cost())
        keys = SigningKeys.open(settings.data_dir / KEYS_FILE)
        tokens = AccessTokens(keys, public_url, clock)
        self.published_keys = keys.published
        self.people = People(ledger, passwords, settings.registration)
        self.mailboxes = Mailboxes(ledger, passwords)
        self.api_tokens = ApiTokens(ledger)
        safe = Safe.open(settings.data_dir / SAFE_FILE)
        self.second_factors = SecondFactors(ledger, safe)
        self.sessions = Sessions(ledger, passwords, tokens, self.second_factors, to_be_verified=bool(settings.smtp_url))
        self.organizations = Organizations(ledger)
        self.teams = Teams(ledger)
        self.events = Events(ledger)
        self.gateways = Gateways(ledger)
        self.repeats = Repeats(database, safe)
        self.administration = Administration(ledger, passwords)
        self.invitations = Invitations(ledger, public_url, mails=bool(settings.smtp_url))
        self.joining = Joining(ledger, mails=bool(settings.smtp_url))
        self.authority: Authority = SyncAuthority(ledger, tokens)
