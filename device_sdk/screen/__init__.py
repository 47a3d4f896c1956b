"""The rep's screen: a small web application for one phone or tablet, in front of a Device.

It needs the extra `screen` (Starlette, uvicorn, Jinja2, Babel), and nothing of the SDK imports it.
`public` names what a module's screens may use; docs/SCREEN.md tells how all of it is built.
"""
