"""HTTP requests and answers: operations, access, input, errors, middleware, OpenAPI."""
