"""The headers that guard an answer, written out: what we send is compared with them as a whole."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
GUARDS = {
    "Cache-Control": "private, no-store",
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": (
        "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()"
    ),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
KEPT = "public, max-age=0, s-maxage=60, must-revalidate"
# These say what is in an answer; all others are compared.
CONTENT = {
    "Allow",
    "Content-Disposition",
    "Content-Encoding",
    "Content-Length",
    "Content-Type",
    "ETag",
    "Expires",
    "Last-Modified",
    "Location",
    "Vary",
    "X-Robots-Tag",
}


def guards(headers):
    """Return those of an answer's headers that guard it, and any that nobody expects."""
    return {name: text for name, text in headers.items() if name not in CONTENT}
