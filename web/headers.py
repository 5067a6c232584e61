"""Security headers on every response of the server, errors included.

The page may run its own scripts and styles, talk to its own server, and nothing else. No inline script, no inline
style, no third party: a stranger's name or chat line that slipped into markup would still do nothing.
"""

from __future__ import annotations

import re

from aiohttp import web

HSTS = "max-age=31536000"
PERMISSIONS = ("camera", "microphone", "display-capture", "autoplay", "fullscreen", "clipboard-write")
"""What the page itself may ask for. Everything else that matters is off."""
DENIED = ("geolocation", "payment", "usb", "serial", "hid", "midi", "browsing-topics")
_HOST = re.compile(r"^[A-Za-z0-9.\-]+(:\d+)?$|^\[[0-9A-Fa-f:.]+\](:\d+)?$")

FIXED = {
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": ", ".join([f"{name}=(self)" for name in PERMISSIONS] + [f"{name}=()" for name in DENIED]),
}


def content_security_policy(host: str) -> str:
    """The policy (W3C CSP 3) for pages served under `host`.

    Args:
        host: the Host header; `'self'` covers `ws:` only in newer browsers, so it is spelled out. Ignored unless it
            is plainly a host, because the visitor says it.
    """
    sockets = f" ws://{host} wss://{host}" if _HOST.match(host) else ""
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self'",
            "media-src blob:",
            f"connect-src 'self'{sockets}",
            "worker-src 'self'",
            "frame-src 'self'",  # where a streamed download is begun; the pages themselves refuse to be framed
            "manifest-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",  # no string becomes markup but lit-html's own templates,
            "trusted-types lit-html twocans",  # and none a script but the workers of io/scripts.js
        )
    )


async def secure(request: web.BaseRequest, response: web.StreamResponse) -> None:
    """For `app.on_response_prepare`: adds what the handler has not said itself."""
    headers = response.headers
    headers.setdefault("Content-Security-Policy", content_security_policy(request.host))
    for name, value in FIXED.items():
        headers.setdefault(name, value)
    if request.secure:
        headers.setdefault("Strict-Transport-Security", HSTS)
