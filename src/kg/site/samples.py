"""The same query in other people's programs: curl, pandas, SPARQLWrapper, rdflib, R.

Each is a whole program that prints the answer. The query stands in it as in the editor, quoted as the language wants.
"""

from dataclasses import dataclass
from urllib.parse import quote


@dataclass(frozen=True)
class Sample:
    """A program: what it is called, the language of its text, and the text."""

    name: str
    language: str
    code: str


def shell_quoted(text: str) -> str:
    """Return a text in single quotes for a POSIX shell."""
    return "'" + text.replace("'", "'\\''") + "'"


def python_quoted(text: str) -> str:
    """Return a text as a Python string over several lines."""
    escaped = text.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    return f'"""\n{escaped}\n"""'


def r_quoted(text: str) -> str:
    """Return a text as a raw string of R 4.0, with as many hyphens as it takes."""
    hyphens = "---"
    while f"){hyphens}" in text:
        hyphens += "-"
    return f'r"{hyphens}({text}){hyphens}"'


def samples(query: str, endpoint: str, *, is_graph: bool) -> list[Sample]:
    """Return programs that send a query to an endpoint, whose address is absolute.

    `is_graph` says that the answer is a graph (CONSTRUCT, DESCRIBE) and not a table.
    """
    text = query.strip()
    media_type = "text/turtle" if is_graph else "text/csv"
    quoted = shell_quoted(text)
    curl = f"curl --silent --header 'Accept: {media_type}' \\\n  --data-urlencode query={quoted} \\\n  {endpoint}"
    found = [Sample("curl", "sh", curl)]
    assigned = f"QUERY = {python_quoted(text)}"
    if is_graph:
        found.append(
            Sample(
                "Python, rdflib",
                "python",
                "from urllib.parse import urlencode\n\nfrom rdflib import Graph\n\n"
                f"{assigned}\n\n"
                'address = "' + endpoint + '?" + urlencode({"query": QUERY, "format": "ttl"})\n'
                'print(Graph().parse(address, format="turtle").serialize())',
            )
        )
    else:
        found.append(
            Sample(
                "Python, pandas",
                "python",
                "from urllib.parse import urlencode\n\nimport pandas\n\n"
                f"{assigned}\n\n"
                'address = "' + endpoint + '?" + urlencode({"query": QUERY, "format": "csv"})\n'
                "print(pandas.read_csv(address).to_string())",
            )
        )
    returned, shown = ("TURTLE", "print(answer.decode())") if is_graph else ("JSON", _ROWS)
    found.append(
        Sample(
            "Python, SPARQLWrapper",
            "python",
            f"from SPARQLWrapper import POST, {returned}, SPARQLWrapper\n\n"
            f"{assigned}\n\n"
            f'endpoint = SPARQLWrapper("{endpoint}")\nendpoint.setMethod(POST)\nendpoint.setQuery(QUERY)\n'
            f"endpoint.setReturnFormat({returned})\nanswer = endpoint.query().convert()\n{shown}",
        )
    )
    ending = "print(answer, quote = FALSE)" if not is_graph else 'cat(answer, sep = "\\n")'
    reading = "read.csv(address, encoding = 'UTF-8')" if not is_graph else "readLines(address, encoding = 'UTF-8')"
    found.append(
        Sample(
            "R",
            "r",
            f'query <- {r_quoted(text)}\naddress <- paste0("{endpoint}?format={"ttl" if is_graph else "csv"}&query=",\n'
            f"  URLencode(enc2utf8(query), reserved = TRUE))\nanswer <- {reading}\n{ending}",
        )
    )
    return found


_ROWS = """for row in answer["results"]["bindings"]:
    print({name: term["value"] for name, term in row.items()})"""


def address(endpoint: str, query: str, form: str) -> str:
    """Return the address of the answer to a query in a format of `kg.results`."""
    return f"{endpoint}?query={quote(query, safe='')}&format={form}"
