"""Names that are hard on a URI: spaces, umlauts, markup, and characters that mean something there."""

ISSUERS = [
    "Northwind",
    "Northwind Traders Ltd",
    "Müller & Söhne",
    "100% #1 / best?",
    "<b>Tom & \"Jerry\"</b> 'Inc'",
    "a+b=c;d",
    "日本語の会社",
    "Ünïcôdé 🔐",
]
ACCOUNTS = [
    "ada@customers.test",
    "ada+work@customers.test",
    "r&d@customers.test",
    "no#1@customers.test",
    "50%off@customers.test",
    "o'hara@customers.test",
    "a=b?c/d@customers.test",
    "jürgen@müller.test",
]
