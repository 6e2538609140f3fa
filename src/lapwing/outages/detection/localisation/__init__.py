"""Where and for whom: the part of a service's reports that carries the excess of an outage."""
