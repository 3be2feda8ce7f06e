"""Public pages as bytes that are ready before Django runs, and stay when the database does not.

`entry`, `store` and `wsgi` use the standard library only: they answer visitors. `rendering`, `index`, `follower` and
`publisher` are Django's side: they make what is answered, in one thread of their own that no visitor's request waits
for. `export`, `folder` and `watch` write the same pages as files, for another server.
"""
