"""The rules by which w3id.org leads the IRIs of the project to the server that answers for them, for Apache httpd.

They are the whole content of the folder of the project at w3id.org. An IRI names a thing, so it leads with 303 to a
document about the thing; who takes one format alone is led straight to the document in it, whoever takes several is
left to the server, because rules cannot weigh q-values. The formats are those of `kg.site.negotiation`.
"""

import re
from typing import Final

from kg.namespaces import BASE
from kg.server.address import checked_public_url
from kg.site.negotiation import SUFFIXES

_THINGS: Final = "((?:id|graph)/.+|ontology(?:/.+)?|shapes)"

_HEAD: Final = """# {base} : from the IRIs of the project to the server that answers for them.
# An IRI under id/, graph/, ontology and shapes names a thing, so it leads with 303 to a document about the thing.
# Made by `kg redirects --public-url {url}`: SITE is the public address of the server.

Options -MultiViews
RewriteEngine on
RewriteRule ^ - [E=SITE:{url}]

# A document by its suffix.
RewriteRule ^((?:id/|graph/|ontology|shapes).*\\.(?:{suffixes}))$ %{{ENV:SITE}}/$1 [R=302,NE,L]

# A thing, for a client that takes one format and no other.
"""

_ONE_FORMAT: Final = """RewriteCond %{{HTTP_ACCEPT}} ^{media_type}$
RewriteRule ^{things}$ %{{ENV:SITE}}/$1.{suffix} [R=303,NE,L]
"""

_TAIL: Final = """
# A thing, for everybody else: the server weighs what Accept says.
RewriteRule ^{things}$ %{{ENV:SITE}}/$1 [R=303,NE,L]

# The endpoint, the descriptions and the downloads, which are documents and services of the server.
RewriteRule ^(sparql|(?:\\.well-known/void|catalog)(?:\\.[a-z]+)?|dumps/.+)$ %{{ENV:SITE}}/$1 [R=307,NE,L]
# What a problem of the endpoint means, and the rules of the checks, to which reports lead: #ID stays with the client.
RewriteRule ^(problem(?:/.+)?|rules)$ %{{ENV:SITE}}/$1 [R=303,NE,L]
RewriteRule ^$ %{{ENV:SITE}}/ [R=302,NE,L]
"""


def redirect_rules(public_url: str) -> str:
    """Return the text of `.htaccess` for a server at an address, as `https://example.org/kg`.

    Raises ValueError, with a sentence, for what is no address of a site, or holds what a rule would read otherwise.
    """
    url = checked_public_url(public_url)
    if "[" in url:  # an address of IPv6: a bracket ends the flags of a rule
        raise ValueError(f"{url!r} needs the name of a host")
    formats = "".join(
        _ONE_FORMAT.format(media_type=re.sub(r"([.+])", r"\\\1", form.media_types[0]), things=_THINGS, suffix=suffix)
        for suffix, form in SUFFIXES.items()
    )
    head = _HEAD.format(base=BASE, url=url, suffixes="|".join(SUFFIXES))
    return f"{head}{formats}{_TAIL.format(things=_THINGS)}"
