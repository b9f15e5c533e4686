"""What news agencies send: NewsML-G2, NewsML 1, NITF, IPTC 7901 and ANPA 1312."""
