"""A request becomes a call, a result an answer: operations, access, input, errors, middleware, OpenAPI."""
