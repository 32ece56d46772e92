"""Accounts, sessions, organizations, teams, memberships, invitations."""
