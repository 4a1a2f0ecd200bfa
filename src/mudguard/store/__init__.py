"""The database: tables, transactions, and one file of queries for each aggregate."""
