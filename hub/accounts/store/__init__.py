"""Queries, one module per noun. They decide nothing: who may ask has been settled by `hub.accounts.rights`.

Each takes the open connection of the caller's transaction. Lists ask for one item more than wanted (see `Page.of`).
"""
