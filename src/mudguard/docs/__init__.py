"""The documentation site: pages, reference, guides and samples, served from files inside the package."""
