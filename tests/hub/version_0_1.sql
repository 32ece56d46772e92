-- A database as version 0.1 made it, before shapes had numbers.

CREATE TABLE accounts (
    id VARCHAR(36) NOT NULL,
    email VARCHAR(320) NOT NULL,
    email_key VARCHAR(320) NOT NULL,
    display_name VARCHAR(200) NOT NULL,
    password_hash VARCHAR(200) NOT NULL,
    verified_at DATETIME,
    disabled_at DATETIME,
    created_at DATETIME NOT NULL,
    CONSTRAINT pk_accounts PRIMARY KEY (id),
    CONSTRAINT uq_accounts_email_key UNIQUE (email_key)
);
CREATE TABLE organizations (
    id VARCHAR(36) NOT NULL,
    name VARCHAR(200) NOT NULL,
    created_at DATETIME NOT NULL,
    deleted_at DATETIME,
    CONSTRAINT pk_organizations PRIMARY KEY (id)
);
CREATE TABLE invitations (
    id VARCHAR(36) NOT NULL,
    organization_id VARCHAR(36) NOT NULL,
    email VARCHAR(320) NOT NULL,
    email_key VARCHAR(320) NOT NULL,
    role VARCHAR(10) NOT NULL,
    token_hash BLOB NOT NULL,
    invited_by VARCHAR(36) NOT NULL,
    created_at DATETIME NOT NULL,
    expires_at DATETIME NOT NULL,
    accepted_at DATETIME,
    declined_at DATETIME,
    withdrawn_at DATETIME,
    CONSTRAINT pk_invitations PRIMARY KEY (id),
    CONSTRAINT ck_invitations_role CHECK (role IN ('owner', 'admin', 'member')),
    CONSTRAINT fk_invitations_organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) ON DELETE CASCADE,
    CONSTRAINT uq_invitations_token_hash UNIQUE (token_hash),
    CONSTRAINT fk_invitations_invited_by FOREIGN KEY(invited_by) REFERENCES accounts (id) ON DELETE CASCADE
);
CREATE INDEX ix_invitations_email_key ON invitations (email_key);
CREATE INDEX ix_invitations_organization_id ON invitations (organization_id);
CREATE TABLE organization_members (
    organization_id VARCHAR(36) NOT NULL,
    account_id VARCHAR(36) NOT NULL,
    role VARCHAR(10) NOT NULL,
    created_at DATETIME NOT NULL,
    CONSTRAINT pk_organization_members PRIMARY KEY (organization_id, account_id),
    CONSTRAINT ck_organization_members_role CHECK (role IN ('owner', 'admin', 'member')),
    CONSTRAINT fk_organization_members_organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) ON DELETE CASCADE,
    CONSTRAINT fk_organization_members_account_id FOREIGN KEY(account_id) REFERENCES accounts (id) ON DELETE CASCADE
);
CREATE INDEX ix_organization_members_account_id ON organization_members (account_id);
CREATE TABLE sessions (
    id VARCHAR(36) NOT NULL,
    account_id VARCHAR(36) NOT NULL,
    device VARCHAR(200) NOT NULL,
    generation INTEGER NOT NULL,
    refresh_secret BLOB NOT NULL,
    rotated_at DATETIME NOT NULL,
    created_at DATETIME NOT NULL,
    expires_at DATETIME NOT NULL,
    revoked_at DATETIME,
    revoked_because VARCHAR(40),
    CONSTRAINT pk_sessions PRIMARY KEY (id),
    CONSTRAINT fk_sessions_account_id FOREIGN KEY(account_id) REFERENCES accounts (id) ON DELETE CASCADE
);
CREATE INDEX ix_sessions_account_id ON sessions (account_id);
CREATE TABLE teams (
    id VARCHAR(36) NOT NULL,
    organization_id VARCHAR(36) NOT NULL,
    name VARCHAR(200) NOT NULL,
    created_at DATETIME NOT NULL,
    deleted_at DATETIME,
    CONSTRAINT pk_teams PRIMARY KEY (id),
    CONSTRAINT uq_teams_organization_id_id UNIQUE (organization_id, id),
    CONSTRAINT fk_teams_organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) ON DELETE CASCADE
);
CREATE TABLE documents (
    id VARCHAR(36) NOT NULL,
    head BIGINT NOT NULL,
    deleted_at DATETIME,
    CONSTRAINT pk_documents PRIMARY KEY (id),
    CONSTRAINT fk_documents_id FOREIGN KEY(id) REFERENCES teams (id) ON DELETE CASCADE
);
CREATE TABLE invitation_teams (
    invitation_id VARCHAR(36) NOT NULL,
    team_id VARCHAR(36) NOT NULL,
    can_write BOOLEAN NOT NULL,
    is_manager BOOLEAN NOT NULL,
    CONSTRAINT pk_invitation_teams PRIMARY KEY (invitation_id, team_id),
    CONSTRAINT fk_invitation_teams_invitation_id FOREIGN KEY(invitation_id) REFERENCES invitations (id) ON DELETE CASCADE,
    CONSTRAINT fk_invitation_teams_team_id FOREIGN KEY(team_id) REFERENCES teams (id) ON DELETE CASCADE
);
CREATE TABLE memberships (
    team_id VARCHAR(36) NOT NULL,
    account_id VARCHAR(36) NOT NULL,
    organization_id VARCHAR(36) NOT NULL,
    can_read BOOLEAN NOT NULL,
    can_write BOOLEAN NOT NULL,
    is_manager BOOLEAN NOT NULL,
    created_at DATETIME NOT NULL,
    CONSTRAINT pk_memberships PRIMARY KEY (team_id, account_id),
    CONSTRAINT fk_memberships_organization_id_team_id FOREIGN KEY(organization_id, team_id) REFERENCES teams (organization_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_memberships_organization_id_account_id FOREIGN KEY(organization_id, account_id) REFERENCES organization_members (organization_id, account_id) ON DELETE CASCADE
);
CREATE INDEX ix_memberships_account_id ON memberships (account_id);
CREATE TABLE snapshots (
    document_id VARCHAR(36) NOT NULL,
    seq BIGINT NOT NULL,
    state BLOB NOT NULL,
    made_at DATETIME NOT NULL,
    CONSTRAINT pk_snapshots PRIMARY KEY (document_id),
    CONSTRAINT fk_snapshots_document_id FOREIGN KEY(document_id) REFERENCES documents (id) ON DELETE CASCADE
);
CREATE TABLE updates (
    document_id VARCHAR(36) NOT NULL,
    seq BIGINT NOT NULL,
    payload BLOB NOT NULL,
    account_id VARCHAR(36) NOT NULL,
    stored_at DATETIME NOT NULL,
    quarantined_because VARCHAR(200),
    CONSTRAINT pk_updates PRIMARY KEY (document_id, seq),
    CONSTRAINT fk_updates_document_id FOREIGN KEY(document_id) REFERENCES documents (id) ON DELETE CASCADE
);

INSERT INTO accounts VALUES ('ann', 'Ann@example.org', 'ann@example.org', 'Ann', '-', NULL, NULL, '2026-01-01 00:00:00.000000');
INSERT INTO organizations VALUES ('acme', 'Acme', '2026-01-01 00:00:00.000000', NULL);
INSERT INTO organization_members VALUES ('acme', 'ann', 'owner', '2026-01-01 00:00:00.000000');
INSERT INTO teams VALUES ('team', 'acme', 'Endpoints', '2026-01-01 00:00:00.000000', NULL);
INSERT INTO memberships VALUES ('team', 'ann', 'acme', 1, 1, 1, '2026-01-01 00:00:00.000000');
INSERT INTO documents VALUES ('team', 2, NULL);
INSERT INTO updates VALUES ('team', 1, x'0102', 'ann', '2026-01-01 00:00:00.000000', NULL);
INSERT INTO updates VALUES ('team', 2, x'0304', 'ann', '2026-01-02 00:00:00.000000', 'does not load');
INSERT INTO snapshots VALUES ('team', 1, x'0506', '2026-01-03 00:00:00.000000');
