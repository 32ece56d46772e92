"""Teams and people straight in the tables, for tests of what stands below accounts."""

from datetime import UTC, datetime

from sqlalchemy import insert, select, update

from hub.database import Database
from hub.ids import AccountId, DocumentId, new_id
from hub.schema import accounts, documents, memberships, organization_members, organizations, teams, updates

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


class Folders:
    def __init__(self, database: Database) -> None:
        self.database = database

    async def person(self) -> AccountId:
        id_ = new_id()
        row = {
            "id": id_,
            "email": id_,
            "email_key": id_,
            "display_name": "",
            "password_hash": "",
            "created_at": LONG_AGO,
        }
        async with self.database.write() as connection:
            await connection.execute(insert(accounts).values(row))
        return AccountId(id_)

    async def folder(self, *writers: AccountId, readers: tuple[AccountId, ...] = ()) -> DocumentId:
        team, organization = new_id(), new_id()
        async with self.database.write() as connection:
            await connection.execute(insert(organizations).values(id=organization, name="", created_at=LONG_AGO))
            await connection.execute(
                insert(teams).values(id=team, organization_id=organization, name="", created_at=LONG_AGO)
            )
            await connection.execute(insert(documents).values(id=team, head=0))
            for account in (*writers, *readers):
                key = {"organization_id": organization, "account_id": account, "created_at": LONG_AGO}
                await connection.execute(insert(organization_members).values(**key, role="member"))
                await connection.execute(
                    insert(memberships).values(
                        **key, team_id=team, can_read=True, can_write=account in writers, is_manager=False
                    )
                )
        return DocumentId(team)

    async def set_access(self, folder: DocumentId, account: AccountId, *, can_write: bool) -> None:
        mine = (memberships.c.team_id == folder) & (memberships.c.account_id == account)
        async with self.database.write() as connection:
            await connection.execute(update(memberships).where(mine).values(can_write=can_write))

    async def disable(self, account: AccountId) -> None:
        async with self.database.write() as connection:
            await connection.execute(update(accounts).where(accounts.c.id == account).values(disabled_at=LONG_AGO))

    async def delete(self, folder: DocumentId) -> None:
        async with self.database.write() as connection:
            await connection.execute(update(documents).where(documents.c.id == folder).values(deleted_at=LONG_AGO))

    async def log(self, folder: DocumentId) -> list[tuple[int, bytes]]:
        async with self.database.read() as connection:
            rows = await connection.execute(
                select(updates.c.seq, updates.c.payload).where(updates.c.document_id == folder).order_by(updates.c.seq)
            )
            return [(seq, payload) for seq, payload in rows]
