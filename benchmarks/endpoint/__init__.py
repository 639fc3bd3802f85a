"""How fast the endpoint answers beside other SPARQL servers, on made data of any size."""
