"""The bookmark tree of a team, on the five maps of its document.

`node` reads one entry, `tree` hangs and shows them all, `trash` keeps deletes, `position` orders siblings, `text` is
what may be written, `writer` holds the only rules by which a tree is changed, `export` is what other programs read, and
`document` is the one module here that knows the CRDT library.
"""
