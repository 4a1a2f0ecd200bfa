"""The database: tables, transactions, and a file of queries for each aggregate."""
